"""The sensor of raw files: which deliveries start a run, once, and which are not yet complete."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from aug_assets.assets.dataset import build_dataset
from aug_assets.spec import DatasetSpec
from resources.lake import LakeResource
from tests import builders

pytestmark = pytest.mark.filterwarnings("ignore::dagster.BetaWarning")
SPAN = {"start": "2025-01-01", "end": "2025-01-11"}


class Watch:
    """A folder of deliveries and the sensor that looks at it."""

    def __init__(self, folder: Path, instance: dg.DagsterInstance, pattern: str = "{date}.parquet") -> None:
        self.folder, self.instance = folder, instance
        self.spec: DatasetSpec = builders.spec(source={"uri": f"{folder}/{pattern}"}, partitions=SPAN)
        shared = dg.Definitions(resources={"lake": LakeResource()})
        self.repository = dg.Definitions.merge(build_dataset(self.spec), shared).get_repository_def()
        self.sensor = self.repository.get_sensor_def("lab__small_arrivals")
        self.cursor: str | None = None

    def write(self, name: str, text: str = "rows", at: float = 1000.0) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        os.utime(path, (at, at))

    def tick(self) -> Any:
        context = dg.build_sensor_context(self.instance, cursor=self.cursor, repository_def=self.repository)
        found = self.sensor.evaluate_tick(context)
        self.cursor = found.cursor
        return found

    def asked(self) -> list[str]:
        return [request.partition_key for request in self.tick().run_requests or ()]


@pytest.fixture(scope="module")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral(tempdir=str(tmp_path_factory.mktemp("instance"))) as made:
        yield made


@pytest.fixture
def watch(tmp_path: Path, instance: dg.DagsterInstance) -> Watch:
    return Watch(tmp_path, instance)


def test_a_day_starts_once_its_file_has_stayed_the_same(watch: Watch) -> None:
    assert watch.asked() == []
    watch.write("2025-01-03.parquet", "ro")
    assert watch.asked() == []
    watch.write("2025-01-03.parquet", "rows")
    assert watch.asked() == [], "it is still being written"
    (request,) = watch.tick().run_requests
    assert request.partition_key == "2025-01-03"
    assert request.tags["refresh/reason"] == "arrival"
    assert [watch.asked() for _ in range(2)] == [[], []]


def test_the_same_size_at_another_time_is_another_file(watch: Watch) -> None:
    watch.write("2025-01-03.parquet")
    watch.asked()
    watch.write("2025-01-03.parquet", at=2000.0)
    assert [watch.asked() for _ in range(2)] == [[], ["2025-01-03"]]


def test_a_day_that_is_delivered_again_starts_again_under_another_key(watch: Watch) -> None:
    watch.write("2025-01-03.parquet")
    watch.asked()
    (first,) = watch.tick().run_requests
    watch.write("2025-01-03.parquet", "other rows", at=3000.0)
    watch.asked()
    (again,) = watch.tick().run_requests
    assert again.partition_key == first.partition_key
    assert again.run_key != first.run_key


@pytest.mark.parametrize(
    "name",
    ["2025-01-11.parquet", "2024-12-31.parquet", "2999-01-01.parquet", "notes.parquet", "2025-01-03.csv"],
)
def test_what_is_no_day_of_the_dataset_starts_nothing(watch: Watch, name: str) -> None:
    watch.write(name)
    assert [watch.asked() for _ in range(2)] == [[], []]


def test_an_empty_file_is_not_complete(watch: Watch) -> None:
    watch.write("2025-01-03.parquet", "")
    assert [watch.asked() for _ in range(3)] == [[], [], []]


def test_a_folder_is_complete_once_nothing_is_added(tmp_path: Path, instance: dg.DagsterInstance) -> None:
    watch = Watch(tmp_path, instance, "{date:%Y/%m/%d}/*.parquet")
    watch.write("2025/01/03/a.parquet")
    watch.asked()
    watch.write("2025/01/03/b.parquet")
    assert [watch.asked() for _ in range(3)] == [[], ["2025-01-03"], []]


def test_a_tick_asks_for_a_few_and_the_next_goes_on(watch: Watch) -> None:
    for n in range(1, 9):
        watch.write(f"2025-01-0{n}.parquet")
    assert watch.tick().skip_message == "8 days have files; 8 wait for the next tick"
    assert [len(watch.asked()) for _ in range(3)] == [5, 3, 0]


def test_what_was_read_since_its_delivery_starts_nothing(watch: Watch) -> None:
    watch.write("2025-01-09.parquet")
    made = dg.AssetMaterialization(["lab", "small_source"], partition="2025-01-09")
    watch.instance.report_runless_asset_event(made)
    assert [watch.asked() for _ in range(2)] == [[], []]


@pytest.mark.parametrize("cursor", ["17", "{", "[]", '{"seen": 3}'])
def test_a_cursor_that_cannot_be_read_begins_anew(watch: Watch, cursor: str) -> None:
    watch.write("2025-01-03.parquet")
    watch.asked()
    (first,) = watch.tick().run_requests
    watch.cursor = cursor
    assert watch.asked() == []
    assert [one.run_key for one in watch.tick().run_requests] == [first.run_key], "Dagster runs a key once"


def test_storage_that_cannot_be_asked_fails_the_tick(watch: Watch, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: str) -> None:
        raise PermissionError("no")

    monkeypatch.setattr("aug_assets.source_files.find", refuse)
    with pytest.raises(PermissionError):
        watch.tick()


def test_samples_and_files_of_all_days_have_no_such_sensor() -> None:
    whole = builders.spec(
        source={"uri": "/x/all.parquet", "timestamp": "at"},
        columns={**builders.COLUMNS, "at": {"type": "timestamp"}},
    )
    for spec in (whole, builders.spec(source={"uri": "sample://card_fraud"})):
        assert not list(build_dataset(spec).sensors or ())
