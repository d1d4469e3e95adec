"""The sensor of late labels: which days are made again with what came back, and how often."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import dagster as dg
import pyarrow as pa
import pytest

from aug_assets.assets.dataset import build_dataset
from aug_assets.labels import LABELS
from resources.labels import LabelTable
from sensors import labels
from tests import builders
from tests.assets.days import DAY, NEXT_DAY, Days
from tests.test_labels import COLUMNS

pytestmark = pytest.mark.filterwarnings("ignore::dagster.BetaWarning")


class Watch:
    """A dataset of two days, its instance, and the sensor with its cursor."""

    def __init__(self, folder: Path) -> None:
        self.days = Days(folder, columns=COLUMNS, training={})
        for day, seed in ((DAY, 1), (NEXT_DAY, 2)):
            self.days.deliver(builders.frame(60, seed=seed), day)
            assert self.days.run("source", day=day).success
        shared = dg.Definitions(resources={"lake": self.days.lake})
        self.repository = dg.Definitions.merge(build_dataset(self.days.spec), shared).get_repository_def()
        self.cursor: str | None = None

    def say(self, day: str, label: str, row: int = 0) -> None:
        row_id = self.days.rows("source", day).column("row_id")[row].as_py()
        known = datetime(2025, 2, 1, tzinfo=UTC)
        one = {"row_id": row_id, "label": label, "why": "alert", "by": "ann", "known_at": known}
        assert LabelTable(self.days.lake, self.days.spec).add(day, pa.Table.from_pylist([one], LABELS)) == 1

    def tick(self) -> Any:
        sensor = self.repository.get_sensor_def("lab__small_labels")
        context = dg.build_sensor_context(
            self.days.instance,
            cursor=self.cursor,
            repository_def=self.repository,
            resources={"lake": self.days.lake},
        )
        found = sensor.evaluate_tick(context)
        self.cursor = found.cursor
        return found

    def asked(self) -> list[str]:
        return [request.partition_key for request in self.tick().run_requests or ()]


@pytest.fixture
def watch(tmp_path: Path) -> Watch:
    return Watch(tmp_path)


def test_a_day_is_made_again_once_its_labels_have_stayed_the_same(watch: Watch) -> None:
    assert "no label came back yet" in watch.tick().skip_message
    watch.say(DAY, "1")
    assert watch.asked() == [], "more may be coming"
    (request,) = watch.tick().run_requests
    assert request.partition_key == DAY
    assert request.tags["refresh/reason"] == "labels"
    assert [watch.asked() for _ in range(2)] == [[], []]


def test_labels_that_are_still_coming_are_waited_for(watch: Watch) -> None:
    for row in range(3):
        watch.say(DAY, "1", row)
        assert watch.asked() == []
    assert watch.asked() == [DAY]


def test_what_came_later_makes_the_day_again_under_another_key(watch: Watch) -> None:
    watch.say(DAY, "1")
    watch.tick()
    (first,) = watch.tick().run_requests
    watch.say(DAY, "0", row=1)
    watch.say(NEXT_DAY, "0")
    watch.tick()
    again = {request.partition_key: request.run_key for request in watch.tick().run_requests}
    assert list(again) == [DAY, NEXT_DAY]
    assert again[DAY] != first.run_key


@pytest.mark.parametrize("cursor", [None, "nonsense", '{"done": 3}'])
def test_a_day_whose_source_has_the_labels_is_left_alone(watch: Watch, cursor: str | None) -> None:
    watch.say(DAY, "1")
    assert "labels_version" in watch.days.run("source").metadata["source"]
    watch.cursor = cursor
    assert [watch.asked() for _ in range(2)] == [[], []]
    watch.say(NEXT_DAY, "1")
    watch.tick()
    assert watch.asked() == [NEXT_DAY], "another day's labels are no news of this one"


def test_one_tick_asks_for_a_few_days_and_the_next_goes_on(
    watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(labels, "_RUNS", 1)
    for day in (DAY, NEXT_DAY):
        watch.say(day, "1")
    watch.tick()
    assert [watch.asked() for _ in range(3)] == [[DAY], [NEXT_DAY], []]


def test_labels_of_a_day_that_is_no_partition_start_nothing(watch: Watch) -> None:
    one = {
        "row_id": "0" * 32,
        "label": "1",
        "why": "alert",
        "by": "ann",
        "known_at": datetime(2025, 2, 1, tzinfo=UTC),
    }
    LabelTable(watch.days.lake, watch.days.spec).add("1999-01-01", pa.Table.from_pylist([one], LABELS))
    assert [watch.asked() for _ in range(2)] == [[], []]


def test_only_a_dataset_that_trains_is_watched(tmp_path: Path) -> None:
    plain = builders.spec(columns=COLUMNS)
    assert not [one for one in build_dataset(plain).sensors or () if one.name.endswith("_labels")]
