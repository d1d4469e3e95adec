"""Gate: the recipe was shown to help the model. Only for datasets that name it: the proof takes minutes.

Source: that made rows must beat training without them, well tuned: Elor and Averbuch-Elor, "To SMOTE, or not
to SMOTE?", 2022.

Not for datasets without a label and a holdout: there is nothing to measure on.
"""

import math
from collections.abc import Sequence
from typing import Any, ClassVar, Literal

from pydantic import Field

from aug_assets.gates import base
from aug_assets.gates.words import refused

_TODO = "run `aug bench lift`"


class LiftParams(base.Params):
    """Settings of the ``lift`` gate."""

    gate: Literal["lift"] = "lift"
    min_lift: float = Field(
        0.0, description="What the lower end of the interval must reach, over the best re-weighted baseline"
    )


class Lift(base.Gate):
    """The stored proof of benefit is of this recipe, and not worse than the best baseline without rows."""

    name: ClassVar = "lift"
    Params: ClassVar = LiftParams
    marks: ClassVar = False
    default: ClassVar = False

    @classmethod
    def observe(cls, real: Any, params: Any, batch: base.Batch) -> base.Observation:
        """Nothing: the proof is not about these rows; see :class:`aug_assets.gates.base.Gate`."""
        return base.Observation({}, None)

    @classmethod
    def judge(cls, real: Any, params: LiftParams, evidence: Sequence[None]) -> base.Judgement:
        """The record against the recipe and the limit; see :class:`aug_assets.gates.base.Gate`."""
        record = real.record
        if record is None:
            return refused(params, params.min_lift, f"no proof of benefit is stored; {_TODO}")
        if record.get("recipe_digest") != real.spec.recipe_digest:
            return refused(
                params, params.min_lift, f"the stored proof of benefit is of another recipe; {_TODO} again"
            )
        low = record.get("lift_low")
        if low is None or not math.isfinite(low):
            return refused(
                params, params.min_lift, f"the stored proof of benefit has no interval; {_TODO} again"
            )
        reason = (
            f"the recipe lifts the model by {low:+.4f} at least over the best re-weighted baseline; "
            f"{params.min_lift:+.4f} is asked"
        )
        figures = {name: record.get(name) for name in ("lift", "lift_low", "lift_high", "baseline")}
        details = {k: float(v) for k, v in figures.items() if isinstance(v, int | float) and math.isfinite(v)}
        return base.Judgement(
            cls.name, bool(low >= params.min_lift), params.blocking, low, params.min_lift, reason, details
        )
