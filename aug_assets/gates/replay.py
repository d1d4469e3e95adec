"""Gate: candidates can be made again from their provenance. A row that was put in or altered cannot.

Every candidate must name a branch, a parent and a copy of the day's plan, and bear the id that follows from
them; of about ``sample`` candidates, chosen by their ids, the values are made again and compared. Source: the
platform's own; it rests on rows that follow from keys.

Not for judging a recipe: a bad recipe replays as well as a good one.
"""

from collections.abc import Sequence
from typing import Any, ClassVar, Literal

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pydantic import Field

from aug_assets.gates import base
from aug_assets.rows import from_hex


class ReplayParams(base.Params):
    """Settings of the ``replay`` gate."""

    gate: Literal["replay"] = "replay"
    sample: int = Field(1000, ge=1, description="About how many candidates are made again")


class Replay(base.Gate):
    """Candidates are what their provenance says, value by value."""

    name: ClassVar = "replay"
    Params: ClassVar = ReplayParams
    default: ClassVar = False  # it plans the day a second time

    @classmethod
    def observe(cls, real: Any, params: ReplayParams, batch: base.Batch) -> base.Observation:
        """Rows that are not what they are told to be; see :class:`aug_assets.gates.base.Gate`."""
        from aug_assets import recipe  # which imports the spec, which lists the gates
        from aug_assets.lineage.rebuild import Rebuilder

        again = real.once(
            "replay", lambda: Rebuilder(recipe.plan(real.spec, real.day, real.source, recorded=real.recorded))
        )
        unknown = again.places(batch.ids, batch.told)[1] < 0
        share = params.sample / max(again.plan.rows, 1)
        chosen = np.flatnonzero(~unknown & _chosen(batch.ids, share))
        differ = np.zeros(len(batch), bool)
        ids = batch.ids.take(pa.array(chosen))
        differ[chosen] = again.differ(batch.rows.iloc[chosen].reset_index(drop=True), ids, batch.told)
        failures = {"replay_unknown": unknown, "replay_mismatch": differ}
        return base.Observation(failures, (int((unknown | differ).sum()), len(chosen), len(batch)))

    @classmethod
    def judge(
        cls,
        real: Any,
        params: ReplayParams,
        evidence: Sequence[tuple[int, int, int]],
    ) -> base.Judgement:
        """None may differ; see :class:`aug_assets.gates.base.Gate`."""
        bad, again, total = map(sum, zip(*evidence, strict=True))
        reason = (
            f"{bad:,} of {total:,} candidates do not follow from their provenance; "
            f"all ids and the values of {again:,} were made again"
        )
        details = {"rows": float(bad), "made again": float(again)}
        return base.Judgement(params.gate, bad == 0, params.blocking, bad / total, 0.0, reason, details)


def _chosen(ids: pa.Array, share: float) -> NDArray[np.bool_]:
    """A fair draw of this share of the rows, each by its own id alone."""
    return np.asarray(from_hex(ids)[:, 0] < min(share, 1.0) * 2.0**64)
