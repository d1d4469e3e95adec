"""The sensor of stale models: the first one, then another after so many days, and no storm of failures."""

from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from aug_assets.assets.dataset import build_dataset
from resources.lake import LakeResource
from tests import builders
from tests.sensors.test_scoring import SPAN, Watch

pytestmark = pytest.mark.filterwarnings("ignore::dagster.BetaWarning")


@pytest.fixture
def watch(tmp_path: Path) -> Iterator[Watch]:
    with dg.DagsterInstance.ephemeral(tempdir=str(tmp_path)) as instance:
        made = Watch(instance, "scoring")
        spec = builders.spec(training={"max_age_days": 7, "window_days": 4}, partitions=SPAN)
        shared = dg.Definitions(resources={"lake": LakeResource()})
        made.repository = dg.Definitions.merge(build_dataset(spec), shared).get_repository_def()
        made.sensor = made.repository.get_sensor_def("lab__small_model_age")
        yield made


def publish(watch: Watch, *numbers: int) -> None:
    for number in numbers:
        watch.made("validated", f"2025-01-{number:02d}")


def test_the_first_model_waits_for_a_window_of_days(watch: Watch) -> None:
    assert "no day" in watch.tick().skip_message
    publish(watch, 1, 2, 3)
    assert "3 days are published" in watch.tick().skip_message
    publish(watch, 4)
    (request,) = watch.tick().run_requests
    assert request.partition_key == "2025-01-04"
    assert request.run_key == "model_age:lab/small:2025-01-04"
    assert request.tags["refresh/evidence"] == "there is no model yet"


def test_a_training_that_failed_is_tried_again_with_the_next_day_only(watch: Watch) -> None:
    publish(watch, 1, 2, 3, 4)
    assert watch.asked() == ["2025-01-04"]
    assert watch.asked() == []
    publish(watch, 5)
    assert watch.asked() == ["2025-01-05"]


def test_a_model_is_replaced_once_it_is_old_enough(watch: Watch) -> None:
    publish(watch, *range(1, 11))
    watch.made("model", "2025-01-04")
    assert "6 days old" in watch.tick().skip_message
    publish(watch, 11)
    (request,) = watch.tick().run_requests
    assert request.partition_key == "2025-01-11"
    assert request.tags["refresh/evidence"] == "the last model is 7 days old"
    watch.made("model", "2025-01-11")
    publish(watch, 12)
    assert watch.asked() == []


def test_events_of_no_day_stop_nothing(watch: Watch) -> None:
    for day in (None, "2030-01-01"):
        watch.made("validated", day)
        watch.made("model", day)
    publish(watch, 1, 2, 3, 4)
    assert watch.asked() == ["2025-01-04"]


def test_without_a_limit_there_is_no_such_sensor() -> None:
    found = build_dataset(builders.spec(training={}, partitions=SPAN)).sensors or []
    assert "lab__small_model_age" not in {one.name for one in found}
