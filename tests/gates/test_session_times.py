"""The gate ``session_times``."""

from typing import ClassVar

from tests import sessions_data
from tests.conformance.sequence_gates import SECOND, SequenceGateConformance, changed

GAP = sessions_data.GAP_MINUTES * 60 * SECOND
DAY = 24 * 3600 * SECOND


def late(row, by):
    return {"event_time": [*row["event_time"][:-1], row["event_time"][-2] + by]}


class TestConformance(SequenceGateConformance):
    gate = "session_times"
    planted: ClassVar = {
        "time_goes_back": lambda row: late(row, -SECOND),
        "long_pause": lambda row: late(row, GAP + 1),
        "outside_day": lambda row: {"event_time": [t + DAY for t in row["event_time"]]},
        "outside_day/before": lambda row: {"event_time": [t - DAY for t in row["event_time"]]},
        "no_time": lambda row: changed(row, "event_time", 1, None),
    }
    fine: ClassVar = [lambda row: late(row, 0), lambda row: late(row, GAP)]

    def test_what_is_between_two_sessions_is_no_pause(self) -> None:
        rows = self._made(
            [lambda row: {}, lambda row: {"event_time": [t - t % DAY for t in row["event_time"]]}]
        )
        assert not self.observe(rows).failures

    def test_days_are_judged_only_where_the_source_is_dated_by_the_time(self) -> None:
        real = self.real()
        source = real.spec.source.model_copy(update={"timestamp": None})
        real.__dict__["spec"] = real.spec.model_copy(update={"source": source})
        failures = self.observe(self.defective()).failures
        assert set(failures) == {"time_goes_back", "long_pause", "no_time"}
