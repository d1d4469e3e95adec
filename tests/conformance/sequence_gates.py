"""What every gate on sessions must hold: inherit, name the gate, and plant what it must not let through.

    class TestConformance(SequenceGateConformance):
        gate = "session_times"
        planted = {"long_pause": lambda row: {"event_time": ...}}

A planted change gets a session as a dict, its columns of events as lists and times in microseconds, and says
which columns are other in the copy. Reasons may have a word after a ``/``. Gates that judge the day only say
``row_level = False``; their reasons are any words.
"""

from collections.abc import Callable
from typing import Any, ClassVar

import pandas as pd
import pyarrow as pa

from aug_assets.frames import arrow_type, to_frame
from aug_assets.gates.base import Batch
from aug_assets.rows import to_hex
from tests import builders, sessions_data
from tests.conformance.gates import GateConformance

Row = dict[str, Any]
Change = Callable[[Row], Row]
SECOND = 1_000_000
ROWS = 24


class SequenceGateConformance(GateConformance):
    """Inherit this; see the module. Each candidate's parent is the real row of the same place."""

    planted: ClassVar[dict[str, Change]]
    fine: ClassVar[list[Change]] = []
    events: ClassVar[tuple[int, int]] = (4, 12)

    def spec(self) -> Any:
        return sessions_data.spec(
            gates=[{"gate": self.gate, **self.settings}],
            source={"uri": "/nowhere/{date}.parquet", "timestamp": "event_time"},
        )

    @property
    def params(self) -> Any:
        strict = {"max_share": 0.0} if self.row_level and self.gate != "unseen_bigrams" else {}
        return self.cls.Params.model_validate({"gate": self.cls.name, **strict, **self.settings})

    def real_rows(self) -> pd.DataFrame:
        return sessions_data.frame(ROWS, events=self.events)

    def clean(self) -> pd.DataFrame:
        return self._made([lambda row: {}] * (ROWS - len(self.fine)) + self.fine)

    def defective(self) -> pd.DataFrame:
        return self._made(list(self.planted.values()))

    def _made(self, changes: list[Change]) -> pd.DataFrame:
        real = as_rows(self.real_rows())
        rows = [{**real[n % ROWS], **change(real[n % ROWS])} for n, change in enumerate(changes)]
        return as_frame(rows).assign(place=[n % ROWS for n in range(len(rows))])

    def batch(self, rows: pd.DataFrame) -> Batch:
        ids = to_hex(builders.candidate_ids(rows.index.to_numpy()))
        parents = to_hex(builders.row_ids(len(self.real_rows()))).to_pylist()
        told = builders.told(ids, self.spec(), builders.row_ids(len(parents)))
        named = pa.array([[parents[n]] for n in rows["place"]], pa.list_(pa.string()))
        told = told.set_column(told.column_names.index("parents"), "parents", named)
        return Batch(rows.drop(columns="place").reset_index(drop=True), ids, told)

    def test_each_planted_row_is_caught_for_its_reason(self) -> None:
        if self.row_level:
            masks = self.observe(self.defective()).failures
            for at, reason in enumerate(self.planted):
                assert masks[reason.partition("/")[0]][at], reason

    def test_a_candidate_of_nobody_breaks_nothing(self) -> None:
        batch = self.batch(self.clean())
        orphan = Batch(batch.rows, batch.ids, batch.told.slice(0, 0))
        seen = self.cls.observe(self.real(), self.params, orphan)
        assert self.cls.judge(self.real(), self.params, [seen.evidence]).reason

    def test_sessions_without_events_break_nothing(self) -> None:
        empty = {name: [] for name in sessions_data.EACH}
        rows = self._made([lambda row: empty] * 3)
        assert self.judge(rows).reason


def as_rows(frame: pd.DataFrame) -> list[Row]:
    """Sessions as dicts; times in microseconds."""
    plain = {name: sessions_data.lists(frame, name) for name in sessions_data.EACH}
    return [
        {**row, **{name: list(lists[n]) for name, lists in plain.items()}}
        for n, row in enumerate(frame.drop(columns=list(plain)).to_dict("records"))
    ]


def as_frame(rows: list[Row]) -> pd.DataFrame:
    """The inverse of :func:`as_rows`."""
    columns = sessions_data.shape().columns
    stored = {n: pa.array([row[n] for row in rows], arrow_type(c)) for n, c in columns.items()}
    return to_frame(pa.table(stored), sessions_data.shape())


def changed(row: Row, name: str, at: int, value: Any) -> Row:
    """One event of a session with another value."""
    values = list(row[name])
    values[at] = value
    return {name: values}


def without(row: Row, at: int) -> Row:
    """A session without one event."""
    return {
        name: [v for n, v in enumerate(row[name]) if n != at % len(row[name])] for name in sessions_data.EACH
    }


def of_items(row: Row, items: list[str]) -> Row:
    """A session of views of these items, ending when it did."""
    count = len(items)
    end = row["event_time"][-1]
    return {
        "item_id": items,
        "event": ["view"] * count,
        "event_time": [end - SECOND * (count - 1 - n) for n in range(count)],
        "category": ["books"] * count,
        "price": [9.0] * count,
        "seconds": [None] * count,
    }
