"""Gate: no event of a copy has an item before the day on which the item was launched.

An item's launch is the earliest that the day's real rows tell of it in the column ``launched``, whatever the
copy says; of an item that no real row of the day has, it is what the copy itself says. Events that the parent
has too early are not the copy's fault. Source: on leaks of the future in the evaluation of recommenders, Ji,
Sun, Zhang, Li, "A Critical Study on Data Leakage in Recommender System Offline Evaluation", TOIS 2023.

Not for datasets without such a column, in which it judges nothing: that an item is first seen on a day does
not say that it was not there before. It cannot see an item that no real row of the day has and that brings a
wrong date, or none.
"""

from typing import Any, ClassVar, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field

from aug_assets.gates import base, visits
from aug_assets.operators.sequence.ragged import Ints, Mask

_NEVER = np.iinfo(np.int64).min  # a launch before all time: nothing is known of it


class LaunchDateParams(visits.VisitParams):
    """Settings of the ``launch_date`` gate."""

    gate: Literal["launch_date"] = "launch_date"
    launched: str | None = Field(
        None, description="Column of events with the launch of their item, a date or a timestamp"
    )
    max_share: float = Field(
        0.2, ge=0, le=1, description="Share of candidates that may fail; they never pass"
    )


class LaunchDate(visits.VisitGate):
    """No copy knows of what was not there yet."""

    name: ClassVar = "launch_date"
    Params: ClassVar = LaunchDateParams
    told: ClassVar = "have an item before its launch"

    @classmethod
    def blind(cls, real: Any, params: LaunchDateParams) -> str:
        """See :class:`aug_assets.gates.visits.VisitGate`."""
        return "" if params.launched else "no column says when items were launched; name one with `launched`"

    @classmethod
    def broken(cls, real: Any, params: LaunchDateParams, batch: base.Batch) -> dict[str, Mask]:
        """See :class:`aug_assets.gates.visits.VisitGate`."""
        item, time, launched = visits.item_of(real, params), real.spec.sessions.time, params.launched or ""
        if launched not in real.spec.kinds["each"] or launched == time:
            raise ValueError(f"launched names {launched!r}, which is no column of events with a launch")
        pairs = visits.pairs(real, batch, [item, time, launched])
        first = real.once(f"launch_date:{item}:{launched}", lambda: _launches(real, item, launched))
        zone = real.spec.partitions.timezone
        found = []
        for events, codes in zip((pairs.new, pairs.old), pairs.codes(item), strict=True):
            at = visits.known(events.flat[item], visits.items(real, item))
            since = np.where(at >= 0, np.append(first, _NEVER)[at], _numbers(events.flat[launched]))
            when = events.flat[time]
            days = pa.types.is_date(events.flat[launched].type)
            clock = _numbers(pc.local_timestamp(when.cast(pa.timestamp("us", zone))).cast(pa.date32())
                             if days else when)  # fmt: skip
            early = (clock < since) & (clock != _NEVER)
            found.append((events.lists.row[early], codes[early]))
        return {"before_launch": visits.beyond(found[0], found[1], len(batch))}


def _launches(real: Any, item: str, launched: str) -> Ints:
    """The earliest launch that the real rows tell of each of their items."""
    events = visits.events(real, [item, launched])
    among = visits.items(real, item)
    at, told = visits.known(events.flat[item], among), _numbers(events.flat[launched])
    use = (at >= 0) & (told != _NEVER)
    first = np.full(len(among), np.iinfo(np.int64).max)
    np.minimum.at(first, at[use], told[use])
    first[first == np.iinfo(np.int64).max] = _NEVER
    return first


def _numbers(values: pa.Array) -> Ints:
    """Days or microseconds; what is null is never."""
    whole = values.cast(pa.int32()) if pa.types.is_date32(values.type) else values
    return np.asarray(pc.fill_null(whole.cast(pa.int64()), _NEVER).to_numpy(), np.int64)
