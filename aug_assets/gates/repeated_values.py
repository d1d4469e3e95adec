"""Gate: no value of a continuous column comes up again and again: a planted trigger, or mass at a bound.

A value stands out when it is far more frequent than in the real rows, beyond what chance allows, and also
than the values beside it: rounding makes neighbours alike frequent, a trigger or a bound one value alone.
Source: triggers of the kind it looks for are those of Gu, Dolan-Gavitt and Garg, "BadNets", 2017.

Not for categories and small whole numbers, which repeat by nature: see the gate ``column_skew``.
"""

from collections.abc import Sequence
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from aug_assets.gates import base
from aug_assets.gates.chance import LEVEL, upper_count, upper_share
from aug_assets.gates.sample import Samples, draw, merged
from aug_assets.gates.words import too_few
from aug_assets.operators.base import numbers

_CANDIDATES = 4000
_FEWEST = 20
_DISTINCT = 0.5  # of the values of a column that counts as continuous,
_PLENTY = 50  # or as many
_KNOWN = 3  # real rows that tell a value's share by themselves
_BESIDE = 4  # distinct values looked at on either side
_UNEVEN = 3.0  # how much more frequent than those beside it a value may be


class RepeatedValuesParams(base.Params):
    """Settings of the ``repeated_values`` gate."""

    gate: Literal["repeated_values"] = "repeated_values"
    max_excess: float = Field(
        0.01,
        ge=0,
        le=1,
        description="How much larger a value's share may be than in real rows, beyond chance",
    )


class RepeatedValues(base.Gate):
    """Per class and continuous column, the value that is most in excess of the real rows."""

    name: ClassVar = "repeated_values"
    Params: ClassVar = RepeatedValuesParams
    modality: ClassVar = "tabular"
    marks: ClassVar = False

    @classmethod
    def observe(cls, real: Any, params: Any, batch: base.Batch) -> base.Observation:
        """The numbers of a sample of each class; see :class:`aug_assets.gates.base.Gate`."""
        names = real.columns.numeric
        return base.Observation({}, draw(real, batch, _CANDIDATES, lambda _, rows: numbers(rows, names)))

    @classmethod
    def judge(cls, real: Any, params: RepeatedValuesParams, evidence: Sequence[Samples]) -> base.Judgement:
        """The value most in excess; see :class:`aug_assets.gates.base.Gate`."""
        found: dict[str, tuple[float, float]] = {}  # column and class -> excess, value
        classes = merged(evidence, _CANDIDATES)
        level = LEVEL / max(len(classes) * len(real.columns.numeric), 1)
        for label, seen in classes.items():
            known = numbers(real.of_class(label), real.columns.numeric)
            for at, name in enumerate(real.columns.numeric):
                ours, theirs = (v[np.isfinite(v)] for v in (seen[:, at], known[:, at]))
                if _continuous(theirs) and len(ours) >= _FEWEST:
                    found[f"{name} ({label})"] = _excess(ours, theirs, level)
        if not found:
            reason = f"no class has a continuous column with {_FEWEST} values"
            return too_few(params, params.max_excess, reason)
        worst = max(found, key=lambda pair: found[pair][0])
        excess, value = found[worst]
        reason = f"no value of {len(found)} continuous columns stands out beyond chance"
        if excess > 0:
            reason = (
                f"{worst} is {value:g} in {excess:.1%} more candidates than chance allows by the real rows "
                f"and the values beside it; at most {params.max_excess:.1%} may be"
            )
        passed = excess <= params.max_excess
        details = {name: share for name, (share, _) in found.items() if share > 0}
        return base.Judgement(cls.name, passed, params.blocking, excess, params.max_excess, reason, details)


def _continuous(values: NDArray[np.float64]) -> bool:
    return len(values) >= _FEWEST and len(np.unique(values)) >= min(_DISTINCT * len(values), _PLENTY)


def _excess(ours: NDArray[np.float64], theirs: NDArray[np.float64], level: float) -> tuple[float, float]:
    """By how much the most frequent value's share exceeds what chance allows, and the value."""
    values, counts = np.unique(ours, return_counts=True)
    best = (0.0, 0.0)
    for at in np.argsort(-counts, kind="stable")[:_BESIDE]:
        real = int((theirs == values[at]).sum())
        usual = upper_share(real, len(theirs), level) if real else 0.0
        beside = np.r_[counts[max(at - _BESIDE, 0) : at], counts[at + 1 : at + 1 + _BESIDE]]
        rough = _UNEVEN * float(beside.mean() if len(beside) else 0.0) / len(ours)
        allowed = upper_count(usual if real >= _KNOWN else max(usual, rough), len(ours), level / len(values))
        best = max(best, (float((counts[at] - allowed) / len(ours)), float(values[at])))
    return best
