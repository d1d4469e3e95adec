"""Gate: candidates are not much nearer to real rows than real rows are to each other. It warns.

The distance to the closest record shows near copies of many rows; a few copies hide in it, and a set that
passes can still be attacked (Yao et al., "The DCR Delusion", 2025): see the gate ``membership``. All real
rows of the class are compared with, never a sample of them. Source: distance to the closest record, as
SDMetrics and others report it.

Not for a claim of privacy: near copies of a few people pass it.
"""

from collections.abc import Sequence
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from aug_assets.gates import base
from aug_assets.gates.sample import Samples, draw, merged
from aug_assets.gates.space import nearest, space
from aug_assets.gates.words import too_few

_CANDIDATES = 1000
_FEWEST = 20


class DcrParams(base.Params):
    """Settings of the ``dcr`` gate."""

    gate: Literal["dcr"] = "dcr"
    blocking: bool = False
    min_ratio: float = Field(
        0.2, ge=0, le=1, description="Median distance to a real row, in that between real rows"
    )


class Dcr(base.Gate):
    """Per class, the median distance to the closest real row, against that of real rows to each other."""

    name: ClassVar = "dcr"
    Params: ClassVar = DcrParams
    modality: ClassVar = "tabular"
    marks: ClassVar = False
    default: ClassVar = False  # only warns, and passes what can be attacked

    @classmethod
    def observe(cls, real: Any, params: Any, batch: base.Batch) -> base.Observation:
        """A sample of each class as points; see :class:`aug_assets.gates.base.Gate`."""
        return base.Observation(
            {}, draw(real, batch, _CANDIDATES, lambda label, rows: space(real, label).of(rows))
        )

    @classmethod
    def judge(cls, real: Any, params: DcrParams, evidence: Sequence[Samples]) -> base.Judgement:
        """The class with the lowest ratio; see :class:`aug_assets.gates.base.Gate`."""
        ratios = {}
        for label, found in merged(evidence, _CANDIDATES).items():
            known = space(real, label).known
            if min(len(known), len(found)) >= _FEWEST:
                usual = float(np.median(nearest(known[:_CANDIDATES], known, 2)))  # the nearest is itself
                ratios[label] = float(np.median(nearest(found, known))) / usual if usual else 1.0
        if not ratios:
            reason = f"no class has {_FEWEST} real rows and {_FEWEST} candidates to measure between"
            return too_few(params, params.min_ratio, reason, 1.0)
        label = min(ratios, key=lambda each: ratios[each])
        reason = (
            f"candidates of class {label} are {ratios[label]:.2f} times as far from the closest real row as "
            f"real rows are from each other; at least {params.min_ratio:.2f} is asked"
        )
        passed = ratios[label] >= params.min_ratio
        return base.Judgement(
            cls.name, passed, params.blocking, ratios[label], params.min_ratio, reason, ratios
        )
