"""The gate ``launch_date``."""

from datetime import date, timedelta
from typing import Any, ClassVar

import pandas as pd
import pyarrow as pa
import pytest

from aug_assets.gates.launch_date import LaunchDateParams
from tests import sessions_data
from tests.conformance import sequence_gates
from tests.conformance.sequence_gates import SequenceGateConformance

DAY = date.fromisoformat(sessions_data.DAY)
OLD, NEW = DAY - timedelta(days=300), DAY + timedelta(days=1)
COLUMNS = {**sessions_data.COLUMNS, "launched": {"type": "date", "each": True}}
LATE = "item-late"  # sold by mistake before its launch, by the third visitor


def launched(row, at, item, when):
    """A session in which one event is of another item, with its own date of launch."""
    return {
        name: [value if n == at % len(row[name]) else old for n, old in enumerate(row[name])]
        for name, value in (("item_id", item), ("launched", when))
    }


class TestConformance(SequenceGateConformance):
    gate = "launch_date"
    settings: ClassVar = {"launched": "launched"}
    planted: ClassVar = {
        "before_launch": lambda row: launched(row, 0, LATE, NEW),
        "before_launch/told otherwise": lambda row: launched(row, 0, LATE, OLD),
        "before_launch/unknown": lambda row: launched(row, 0, "item-unheard", NEW),
        "before_launch/last": lambda row: launched(row, -1, LATE, NEW),
    }
    fine: ClassVar = [
        lambda row: launched(row, 0, "item-unheard", OLD),
        lambda row: launched(row, 0, "item-unheard", None),
        lambda row: launched(row, 0, "item-unheard", DAY),
        lambda row: launched(row, 0, "item-01", NEW),
    ]

    def spec(self) -> Any:
        gates = [{"gate": self.gate, **self.settings}]
        return sessions_data.spec(gates=gates, columns=COLUMNS)

    def real_rows(self) -> pd.DataFrame:
        rows = [
            {**row, "launched": [OLD] * len(row["item_id"])}
            for row in sequence_gates.as_rows(sessions_data.frame(sequence_gates.ROWS, events=self.events))
        ]
        rows[9] = {**rows[9], **launched(rows[9], 1, LATE, NEW)}
        return self._frame(rows)

    def _frame(self, rows):
        base = sequence_gates.as_frame(rows)
        told = pa.array([row["launched"] for row in rows], pa.list_(pa.date32()))
        return base.assign(launched=to_frame_column(told))

    def _made(self, changes):
        frame = self.real_rows()
        real = sequence_gates.as_rows(frame.drop(columns="launched"))
        for row, dates in zip(real, sessions_data.lists(frame, "launched"), strict=True):
            row["launched"] = dates
        rows = [{**real[n % len(real)], **change(real[n % len(real)])} for n, change in enumerate(changes)]
        return self._frame(rows).assign(place=[n % len(real) for n in range(len(rows))])

    def test_sessions_without_events_break_nothing(self) -> None:
        empty = {name: [] for name in (*sessions_data.EACH, "launched")}
        assert self.judge(self._made([lambda row: empty] * 3)).reason

    def test_without_a_column_nothing_is_judged_and_the_gate_says_so(self) -> None:
        params = LaunchDateParams()
        seen = self.cls.observe(self.real(), params, self.batch(self.defective()))
        word = self.cls.judge(self.real(), params, [seen.evidence])
        assert word.passed
        assert "no column says" in word.reason

    @pytest.mark.parametrize("name", ["event_time", "user_id", "nowhere"])
    def test_a_column_that_holds_no_launch_is_refused(self, name: str) -> None:
        with pytest.raises(ValueError, match="no column of events with a launch"):
            self.cls.observe(self.real(), LaunchDateParams(launched=name), self.batch(self.defective()))


def to_frame_column(values: pa.Array) -> pd.Series:
    return pd.Series(pd.arrays.ArrowExtensionArray(pa.chunked_array([values])))
