"""Gate: candidates do not give away which real rows they were made from.

The attack that it runs calls a real row a member where candidates are nearer to it than other real rows make
likely, and counts how many true members it finds while blaming 1 % of the others. Source: the calibrated
density ratio of van Breugel et al., "Membership inference attacks against synthetic data through overfitting
detection" (DOMIAS), AISTATS 2023, with nearest neighbours for densities; distance alone misleads (Yao et al.,
"The DCR Delusion", 2025).

Non-members are real rows of the class that no candidate can have been made from: those held out. Without a
holdout they are the rows that no candidate names as a parent; an operator that learns from all rows has seen
these too, so the figure is then a lower bound.

Not for a guarantee: that this attack fails says nothing of a better one. Where one is needed, only
differential privacy gives it.
"""

from collections.abc import Sequence
from typing import Any, ClassVar, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from pydantic import Field

from aug_assets.gates import base
from aug_assets.gates.chance import LEVEL, upper_tail
from aug_assets.gates.sample import Samples, draw, merged
from aug_assets.gates.space import Points, nearest, space
from aug_assets.gates.words import refused
from aug_assets.rows import ROW_ID

_CANDIDATES = 4000
_FEWEST = 20  # members, and non-members in each of two halves
_BLAMED = 0.01  # share of non-members that the attack may blame
_SMALLEST = 1e-3  # added to distances, so that a copy does not make them infinitely unlike


class MembershipParams(base.Params):
    """Settings of the ``membership`` gate."""

    gate: Literal["membership"] = "membership"
    blocking: bool = False
    max_found: float = Field(0.25, ge=0, le=1, description="Share of members that the attack may find")


class Membership(base.Gate):
    """Share of the parents that an attacker who holds only the candidates and other real rows can name."""

    name: ClassVar = "membership"
    Params: ClassVar = MembershipParams
    modality: ClassVar = "tabular"
    marks: ClassVar = False
    default: ClassVar = False  # without a holdout most days have no non-members

    @classmethod
    def observe(cls, real: Any, params: Any, batch: base.Batch) -> base.Observation:
        """A sample of each class as points, and all parents; see :class:`aug_assets.gates.base.Gate`."""
        named = frozenset(pc.list_flatten(batch.told.column("parents")).unique().to_pylist())
        samples = draw(real, batch, _CANDIDATES, lambda label, rows: space(real, label).of(rows))
        return base.Observation({}, (samples, named))

    @classmethod
    def judge(
        cls, real: Any, params: MembershipParams, evidence: Sequence[tuple[Samples, frozenset[str]]]
    ) -> base.Judgement:
        """The class that gives most away; see :class:`aug_assets.gates.base.Gate`."""
        named = frozenset().union(*(parents for _, parents in evidence))
        words = []
        for label, found in merged([samples for samples, _ in evidence], _CANDIDATES).items():
            member, other = _sides(real, label, named)
            if min(len(member), len(other) // 2) >= _FEWEST:
                words.append((*_found(member, other, found), label))
        if not words:
            reason = (
                f"no class has {_FEWEST} parents and {2 * _FEWEST} rows that no candidate was made from, "
                "so it stays unknown what candidates give away; set `holdout`"
            )
            return refused(params, params.max_found, reason)
        share, chance, label = max(words, key=lambda word: word[0] - word[1])
        limit = max(params.max_found, chance)
        reason = (
            f"an attacker finds {share:.1%} of the parents of class {label} at {_BLAMED:.0%} false alarms; "
            f"at most {limit:.1%} may be found"
        )
        details = {f"found ({word[2]})": word[0] for word in words}
        return base.Judgement(cls.name, share <= limit, params.blocking, share, limit, reason, details)


def _sides(real: Any, label: str, named: frozenset[str]) -> tuple[Points, Points]:
    """The class's members and non-members as points."""
    rows = real.of_class(label)
    ids = real.source.column(ROW_ID).take(pa.array(rows.index)).to_pylist()
    member = np.fromiter((i in named for i in ids), bool, len(ids))
    holdout = real.spec.holdout
    outside = ~member if holdout is None else holdout.held(rows[holdout.by])
    known = space(real, label).known
    return known[member & ~outside], known[outside]


def _found(member: Points, other: Points, candidates: Points) -> tuple[float, float]:
    """Share of members found at the false alarms allowed, and the share that chance alone might find."""
    reference, judged = other[::2], other[1::2]

    def scores(points: Points) -> NDArray[np.float32]:
        usual, near = nearest(points, reference), nearest(points, candidates)
        return np.asarray(np.log((usual + _SMALLEST) / (near + _SMALLEST)))

    rank = int(_BLAMED * len(judged)) + 1
    limit = np.sort(scores(judged))[-rank]
    return float((scores(member) > limit).mean()), upper_tail(rank, len(judged), LEVEL)
