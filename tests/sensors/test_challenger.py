"""The sensor that wants a model: after drift, once labels have come, and not all the time."""

import json
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from tests.sensors.test_scoring import Watch

pytestmark = pytest.mark.filterwarnings("ignore::dagster.BetaWarning")


class Drifting(Watch):
    """A dataset whose days are read, judged, published, and read again when labels come."""

    def day(self, day: str, word: str = "steady") -> None:
        self.made("source", day)
        self.made("drift", day, word=word, reason=f"amount on {day}")
        self.made("validated", day)

    def labels(self, day: str) -> None:
        self.made("source", day)
        self.made("validated", day)


@pytest.fixture
def watch(tmp_path: Path) -> Iterator[Drifting]:
    with dg.DagsterInstance.ephemeral(tempdir=str(tmp_path)) as instance:
        yield Drifting(instance, "challenger")


def test_without_drift_labels_start_nothing(watch: Drifting) -> None:
    watch.day("2025-01-20")
    watch.labels("2025-01-20")
    assert "no day drifted" in watch.tick().skip_message


def test_a_model_is_asked_for_once_labels_of_a_drifted_day_are_back(watch: Drifting) -> None:
    watch.day("2025-01-20", "refresh")
    assert watch.asked() == []
    watch.made("validated", "2025-01-20")  # the refresh published it again, without a label
    assert watch.asked() == []
    watch.labels("2025-01-19")  # of a day before the drift
    assert watch.asked() == []
    watch.labels("2025-01-20")
    (request,) = watch.tick().run_requests
    assert request.partition_key == "2025-01-20"
    assert request.run_key == "challenger:lab/small:2025-01-20"
    assert request.tags["refresh/reason"] == "drift"
    assert "amount on 2025-01-20" in request.tags["refresh/evidence"]
    assert watch.asked() == []


def test_models_are_days_apart_and_end_when_the_drift_is_over(watch: Drifting) -> None:
    asked = []
    for number in range(1, 29):
        day = f"2025-01-{number:02d}"
        watch.day(day, "refresh" if number in (3, 4) else "steady")
        watch.labels(day)
        asked += watch.asked()
    assert asked == [f"2025-01-{number:02d}" for number in (3, 6, 9, 12, 15, 18)]


def test_a_new_drift_long_after_begins_anew(watch: Drifting) -> None:
    watch.day("2025-01-03", "refresh")
    watch.labels("2025-01-03")
    assert watch.asked() == ["2025-01-03"]
    watch.day("2025-02-10", "refresh")
    watch.labels("2025-01-04")
    assert watch.asked() == []  # it is before the new drift
    watch.labels("2025-02-10")
    assert watch.asked() == ["2025-02-10"]


def test_events_that_say_nothing_stop_no_other(watch: Drifting) -> None:
    watch.made("drift", None, word="refresh")
    watch.made("drift", "2025-01-19")
    watch.made("drift", "2025-01-19", word=3.0)
    watch.made("validated", None)
    watch.day("2025-01-20", "refresh")
    watch.labels("2025-01-20")
    assert watch.asked() == ["2025-01-20"]


@pytest.mark.parametrize("cursor", ["", "nonsense", "[]", json.dumps({"seen": "x"})])
def test_a_cursor_that_cannot_be_read_begins_anew(watch: Drifting, cursor: str) -> None:
    watch.day("2025-01-20", "refresh")
    watch.labels("2025-01-20")
    watch.cursor = cursor
    assert watch.asked() == ["2025-01-20"]
