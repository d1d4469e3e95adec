"""The sensor of serving: each new day once, oldest first, and none before a model was trained."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from aug_assets.assets.dataset import build_dataset
from resources.lake import LakeResource
from tests import builders

pytestmark = pytest.mark.filterwarnings("ignore::dagster.BetaWarning")
SPAN = {"start": "2025-01-01", "end": "2025-03-01"}


class Watch:
    """Sensors of a dataset that trains models, and the log that they read."""

    def __init__(self, instance: dg.DagsterInstance, name: str) -> None:
        self.instance = instance
        spec = builders.spec(drift={}, training={}, partitions=SPAN)
        shared = dg.Definitions(resources={"lake": LakeResource()})
        self.repository = dg.Definitions.merge(build_dataset(spec), shared).get_repository_def()
        self.sensor = self.repository.get_sensor_def(f"lab__small_{name}")
        self.cursor: str | None = None

    def made(self, stage: str, day: str | None, **metadata: Any) -> None:
        """A stage of a day was materialized."""
        key = dg.AssetKey(["lab", f"small_{stage}"])
        event = dg.AssetMaterialization(key, partition=day, metadata=metadata)
        self.instance.report_runless_asset_event(event)

    def tick(self) -> Any:
        context = dg.build_sensor_context(self.instance, cursor=self.cursor, repository_def=self.repository)
        found: Any = self.sensor.evaluate_tick(context)
        self.cursor = found.cursor
        return found

    def asked(self) -> list[str]:
        return [request.partition_key for request in self.tick().run_requests or ()]


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral(tempdir=str(tmp_path)) as made:
        yield made


@pytest.fixture
def watch(instance: dg.DagsterInstance) -> Watch:
    return Watch(instance, "scoring")


def test_nothing_is_scored_before_a_model_was_trained(watch: Watch) -> None:
    watch.made("source", "2025-01-05")
    assert "no model" in watch.tick().skip_message
    watch.made("model", "2025-01-05")
    assert watch.asked() == []
    watch.made("source", "2025-01-06")
    assert watch.asked() == ["2025-01-06"]


def test_each_day_once_and_the_oldest_first(watch: Watch) -> None:
    watch.made("model", "2025-01-05")
    for day in ("2025-01-08", "2025-01-07", "2025-01-04"):
        watch.made("source", day)
    assert [watch.asked() for _ in range(4)] == [["2025-01-07"], ["2025-01-08"], [], []]
    watch.made("source", "2025-01-08")  # its labels came
    assert watch.asked() == []


def test_a_run_says_why_and_has_a_key_of_its_day(watch: Watch) -> None:
    watch.made("model", "2025-01-05")
    watch.made("source", "2025-01-06")
    (request,) = watch.tick().run_requests
    assert request.run_key == "scoring:lab/small:2025-01-06"
    assert request.tags["refresh/reason"] == "scoring"


@pytest.mark.parametrize("cursor", ["", "nonsense", "[]", '{"seen": "x"}', '{"asked": 3}'])
def test_a_cursor_that_cannot_be_read_begins_anew(watch: Watch, cursor: str) -> None:
    watch.made("model", "2025-01-05")
    watch.made("source", "2025-01-06")
    watch.cursor = cursor
    assert watch.asked() == ["2025-01-06"]


def test_what_is_no_partition_stops_no_other(watch: Watch) -> None:
    watch.made("model", "2025-01-05")
    for day in ("2026-01-01", None, "2025-01-06"):
        watch.made("source", day)
    assert watch.asked() == ["2025-01-06"]
