"""Gate: no candidate descends from the holdout. What a proof is measured on was never learned.

Source: the platform's own.

Not for leaks in the raw data, such as a person under two names on both sides of the holdout.
"""

from collections.abc import Sequence
from typing import Any, ClassVar, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from aug_assets.gates import base
from aug_assets.gates.words import too_few
from aug_assets.rows import ROW_ID


class LeakageParams(base.Params):
    """Settings of the ``leakage`` gate."""

    gate: Literal["leakage"] = "leakage"


class Leakage(base.Gate):
    """No parent of a candidate lies in the holdout, and every parent is a real row of the day."""

    name: ClassVar = "leakage"
    Params: ClassVar = LeakageParams

    @classmethod
    def observe(cls, real: Any, params: Any, batch: base.Batch) -> base.Observation:
        """Candidates of held or unknown parents; see :class:`aug_assets.gates.base.Gate`."""
        if real.spec.holdout is None:
            return base.Observation({}, (0, len(batch)))
        parents = batch.told.column("parents").combine_chunks()
        child = pc.index_in(
            batch.told.column(ROW_ID).take(pc.list_parent_indices(parents)), value_set=batch.ids
        )
        free = real.once("leakage:free", lambda: _free(real))
        leaked = pc.invert(pc.is_in(pc.list_flatten(parents), value_set=free))
        bad, told = np.zeros((2, len(batch)), bool)
        bad[child.filter(leaked).drop_null().to_numpy()] = True
        told[child.drop_null().to_numpy()] = True
        failures = {"held_parent": bad, "no_parent": ~told}
        return base.Observation(failures, (int((bad | ~told).sum()), len(batch)))

    @classmethod
    def judge(cls, real: Any, params: LeakageParams, evidence: Sequence[tuple[int, int]]) -> base.Judgement:
        """None may; see :class:`aug_assets.gates.base.Gate`."""
        if real.spec.holdout is None:
            reason = "the dataset has no holdout, so none can leak; set `holdout` to have lift proven"
            return too_few(params, 0.0, reason)
        bad, total = map(sum, zip(*evidence, strict=True))
        return base.share_judgement(params, bad, total, 0.0, "have a parent that is held out or unknown")


def _free(real: Any) -> pa.Array:
    """Ids of the real rows outside the holdout."""
    held = real.spec.holdout.held(real.rows[real.spec.holdout.by])
    return real.source.column(ROW_ID).filter(pa.array(~held)).combine_chunks()
