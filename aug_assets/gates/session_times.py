"""Gate: times of a session never go back, no pause in it is one that ends sessions, and all are of the day.

Source: the dataset's own ``sessions.gap_minutes``, by which real sessions were cut; that a session ends
after a pause of some length, Catledge and Pitkow, "Characterizing browsing strategies in the World-Wide Web",
1995.

Not for whether pauses are likely: only for whether they are possible. Days are looked at where
``source.timestamp`` dates the events; else a delivery may hold others by right.
"""

from typing import Any, ClassVar, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from aug_assets.gates import base, visits
from aug_assets.operators.sequence.ragged import Mask

_MINUTE = 60_000_000  # microseconds


class SessionTimesParams(visits.VisitParams):
    """Settings of the ``session_times`` gate."""

    gate: Literal["session_times"] = "session_times"


class SessionTimes(visits.VisitGate):
    """Every candidate is a session by the dataset's own rule."""

    name: ClassVar = "session_times"
    Params: ClassVar = SessionTimesParams
    told: ClassVar = "have times that no session of the day can have"

    @classmethod
    def broken(cls, real: Any, params: SessionTimesParams, batch: base.Batch) -> dict[str, Mask]:
        """See :class:`aug_assets.gates.visits.VisitGate`."""
        from aug_assets import sources  # which reads specs

        spec = real.spec
        events = visits.Events.of(batch.rows, [spec.sessions.time])
        times = events.flat[spec.sessions.time]
        null = np.asarray(times.is_null().to_numpy(zero_copy_only=False))
        micros = np.asarray(pc.fill_null(times.cast(pa.int64()), 0).to_numpy(), np.int64)
        at = events.follows
        at = at[~(null[at] | null[at + 1])]
        pause = micros[at + 1] - micros[at]
        row, rows = events.lists.row, len(batch)
        masks = {
            "no_time": np.bincount(row[null], minlength=rows) > 0,
            "time_goes_back": np.bincount(row[at[pause < 0]], minlength=rows) > 0,
            "long_pause": np.bincount(row[at[pause > spec.sessions.gap_minutes * _MINUTE]], minlength=rows)
            > 0,
        }
        if spec.source.timestamp == spec.sessions.time:
            out = np.asarray(sources.outside(spec, real.day, times).to_numpy(zero_copy_only=False))
            masks["outside_day"] = np.bincount(row[out], minlength=rows) > 0
        return masks
