"""Gate: every kind of real row has candidates near it. A generator that forgot a kind of row leaves it bare.

Source: Naeem et al., "Reliable fidelity and diversity metrics for generative models", ICML 2020. What is
expected of candidates distributed as the real rows are follows from their lemma, in closed form.

Not for rows that are wrong rather than missing: see the gate ``teacher_tail``.
"""

from collections.abc import Sequence
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from aug_assets.gates import base
from aug_assets.gates.sample import Samples, draw, merged
from aug_assets.gates.space import Points, nearest, space
from aug_assets.gates.words import too_few

_CANDIDATES = 2000
_REAL = 1000
_NEIGHBOURS = 5
_FEWEST = 20
_CERTAIN = 3.7  # standard deviations, one-sided 1 in 10,000


class CoverageParams(base.Params):
    """Settings of the ``coverage`` gate."""

    gate: Literal["coverage"] = "coverage"
    max_loss: float = Field(
        0.1, ge=0, le=1, description="Share of real rows that may lack a candidate, beyond chance"
    )


class Coverage(base.Gate):
    """Share of the real rows of a class with a candidate no further off than their fifth nearest real row."""

    name: ClassVar = "coverage"
    Params: ClassVar = CoverageParams
    modality: ClassVar = "tabular"
    marks: ClassVar = False

    @classmethod
    def observe(cls, real: Any, params: Any, batch: base.Batch) -> base.Observation:
        """A sample of each class as points; see :class:`aug_assets.gates.base.Gate`."""
        return base.Observation(
            {}, draw(real, batch, _CANDIDATES, lambda label, rows: space(real, label).of(rows))
        )

    @classmethod
    def judge(cls, real: Any, params: CoverageParams, evidence: Sequence[Samples]) -> base.Judgement:
        """The class with the greatest loss; see :class:`aug_assets.gates.base.Gate`."""
        losses, excess = {}, {}
        for label, found in merged(evidence, _CANDIDATES).items():
            known = space(real, label).known[:_REAL]  # in order of ids, so a fair draw
            if min(len(known), len(found)) >= _FEWEST:
                losses[label], chance = _loss(known, found)
                excess[label] = max(losses[label] - chance, 0.0)
        if not excess:
            reason = f"no class has {_FEWEST} real rows and {_FEWEST} candidates to tell coverage by"
            return too_few(params, params.max_loss, reason)
        worst = max(excess, key=lambda label: excess[label])
        reason = (
            f"class {worst}: {losses[worst]:.1%} fewer real rows have a candidate near them than would by "
            f"chance draws, {excess[worst]:.1%} beyond chance; at most {params.max_loss:.1%} may"
        )
        value = excess[worst]
        return base.Judgement(
            cls.name, value <= params.max_loss, params.blocking, value, params.max_loss, reason, losses
        )


def _loss(known: Points, found: Points) -> tuple[float, float]:
    """How far the share of covered rows is below what is expected, and what chance allows."""
    rows, drawn = len(known), len(found)
    radius = nearest(known, known, _NEIGHBOURS + 1)  # the nearest of all is the row itself
    covered = float((nearest(known, found) <= radius + 1e-6).mean())
    steps = np.arange(1, _NEIGHBOURS + 1)
    bare = float(np.prod((rows - steps) / (rows + drawn - steps)))
    # One candidate covers about k rows at once, so that the k-th part of the rows is independent.
    spread = np.sqrt(max(bare * (1 - bare), 1 / rows) * _NEIGHBOURS / rows)
    return (1 - bare) - covered, float(_CERTAIN * spread)
