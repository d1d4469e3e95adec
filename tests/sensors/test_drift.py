"""The sensor of drift: exactly the drifted days are asked for, whatever else stands in the event log."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from aug_assets.assets.dataset import build_dataset
from resources.lake import LakeResource
from sensors.drift import Watched, drift_sensor
from tests import builders
from tests.assets.drifting import day_of, rows_of, with_reference

pytestmark = pytest.mark.filterwarnings("ignore::dagster.BetaWarning")
DRIFT = {"cooldown_days": 2, "max_requests": 3}
KEY = dg.AssetKey(["lab", "small_drift"])


class Watch:
    """A sensor with the log that it reads."""

    def __init__(self, instance: dg.DagsterInstance, **drift: Any) -> None:
        self.spec = builders.spec(drift={**DRIFT, **drift})
        self.instance = instance
        made = build_dataset(self.spec)
        shared = dg.Definitions(resources={"lake": LakeResource()})
        self.repository = dg.Definitions.merge(made, shared).get_repository_def()
        self.sensor = self.repository.get_sensor_def("lab__small_drift")
        self.cursor: str | None = None

    def say(self, day: str | None, word: str = "refresh", value: float = 9.0, **more: Any) -> None:
        """Let the asset have said something of a day."""
        told = {"word": word, "value": value, "limit": 4.0, "feature": "amount", "measure": "ks", **more}
        told = {name: one for name, one in told.items() if one is not None}
        self.instance.report_runless_asset_event(dg.AssetMaterialization(KEY, partition=day, metadata=told))

    def tick(self) -> Any:
        context = dg.build_sensor_context(self.instance, cursor=self.cursor, repository_def=self.repository)
        found = self.sensor.evaluate_tick(context)
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
    return Watch(instance)


def test_a_drifted_day_is_asked_for_once_and_says_why(watch: Watch) -> None:
    watch.say("2025-01-05", "steady", 1.0)
    watch.say("2025-01-06", reason="amount by ks: 9.0 usual spreads, limit 4.0; far beyond the limit")
    watch.say("2025-01-07", "warn", 5.0)
    (request,) = watch.tick().run_requests
    assert request.partition_key == "2025-01-06"
    names = {key.path[-1] for key in request.asset_selection}
    assert names == {"small_source", "small_augmented", "small_validated"}, "its source was never made here"
    assert request.run_key.startswith("drift:lab/small:2025-01-06:")
    storage_id = request.run_key.rpartition(":")[2]
    told = {name: value for name, value in request.tags.items() if name.startswith("refresh/")}
    assert told == {
        "refresh/reason": "drift", "refresh/metric": "amount by ks", "refresh/value": "9",
        "refresh/threshold": "4",
        "refresh/evidence": f"event {storage_id}: amount by ks: 9.0 usual spreads, limit 4.0; "
        "far beyond the limit",
    }  # fmt: skip
    after = watch.tick()
    assert (after.run_requests, after.skip_message) == ([], "no new decision on drift")


def test_a_current_source_is_left_alone(watch: Watch) -> None:
    tags = {"dagster/code_version": watch.spec.digest[:16]}
    made = dg.AssetMaterialization(["lab", "small_source"], partition="2025-01-06", tags=tags)
    watch.instance.report_runless_asset_event(made)
    watch.say("2025-01-06")
    (request,) = watch.tick().run_requests
    assert {key.path[-1] for key in request.asset_selection} == {"small_augmented", "small_validated"}


@pytest.mark.parametrize(
    "poison",
    [{"value": None}, {"value": "much"}, {"value": float("nan")}, {"limit": None}, {"word": None}],
    ids=str,
)
def test_an_event_that_says_nothing_usable_stops_no_other(watch: Watch, poison: dict[str, Any]) -> None:
    watch.say("2025-01-05", **poison)
    watch.say(None)
    watch.say("2025-01-06")
    assert watch.asked() == ["2025-01-06"]
    assert watch.tick().skip_message == "no new decision on drift", "it is not read again"


@pytest.mark.parametrize("day", ["1999-01-01", "2999-01-01", "all"])
def test_a_day_that_is_no_partition_is_skipped(watch: Watch, day: str) -> None:
    watch.say(day)
    watch.say("2025-01-06")
    assert watch.asked() == ["2025-01-06"]


def test_the_last_word_on_a_day_counts(watch: Watch) -> None:
    watch.say("2025-01-06")
    watch.say("2025-01-06", "steady", 1.0)
    assert watch.asked() == []


def test_days_soon_after_are_left_alone_unless_twice_as_far_out(watch: Watch) -> None:
    for day, value in (("06", 9.0), ("07", 10.0), ("08", 20.0), ("09", 20.0), ("12", 8.0)):
        watch.say(f"2025-01-{day}", value=value)
    found = watch.tick()
    assert [one.partition_key for one in found.run_requests] == ["2025-01-06", "2025-01-08", "2025-01-12"]
    watch.say("2025-01-13")
    assert watch.tick().skip_message == "2025-01-13: 1 days after 2025-01-12, which was asked for"


def test_the_same_rows_are_not_asked_for_twice_and_others_are(watch: Watch) -> None:
    for source, asked in (("a", ["2025-01-06"]), ("a", []), ("b", ["2025-01-06"])):
        watch.say("2025-01-06", source_digest=source)
        assert watch.asked() == asked


def test_what_a_tick_may_not_ask_for_waits_for_the_next(instance: dg.DagsterInstance) -> None:
    watch = Watch(instance, cooldown_days=0, max_requests=2)
    for n in range(1, 6):
        watch.say(f"2025-01-0{n}")
    assert [watch.asked() for _ in range(4)] == [
        ["2025-01-01", "2025-01-02"], ["2025-01-03", "2025-01-04"], ["2025-01-05"], [],
    ]  # fmt: skip


@pytest.mark.parametrize("cursor", [None, "", "17", "{", json.dumps({"seen": "x", "asked": {}})])
def test_a_cursor_that_is_lost_asks_under_the_same_run_key(watch: Watch, cursor: str | None) -> None:
    watch.say("2025-01-06")
    first = watch.tick().run_requests[0].run_key
    watch.cursor = cursor
    assert [one.run_key for one in watch.tick().run_requests] == [first], "Dagster runs a key once"


@pytest.mark.parametrize(("setting", "status"), [(None, "RUNNING"), ("OFF", "STOPPED")])
def test_it_runs_by_itself_unless_switched_off(
    monkeypatch: pytest.MonkeyPatch, setting: str | None, status: str
) -> None:
    monkeypatch.delenv("AUG_AUTOMATION", raising=False)
    if setting:
        monkeypatch.setenv("AUG_AUTOMATION", setting)
    found = build_dataset(builders.spec(drift={})).sensors or ()
    assert [one.name for one in found] == ["lab__small_drift", "lab__small_arrivals"]
    assert {one.default_status.value for one in found} == {status}


def test_two_hundred_datasets_are_looked_at_in_a_second(tmp_path: Path) -> None:
    job, plain = dg.define_asset_job("some"), builders.spec(drift={})
    with dg.DagsterInstance.local_temp(str(tmp_path)) as instance:
        watches = []
        for n in range(200):
            spec = plain.model_copy(update={"name": f"d{n}"})
            key = dg.AssetKey(["lab", f"d{n}_drift"])
            if n % 20 == 0:
                told = {"word": "steady", "value": 1.0, "limit": 4.0}
                event = dg.AssetMaterialization(key, partition="2025-01-06", metadata=told)
                instance.report_runless_asset_event(event)
            watched = Watched(spec, {"drift": key}, dg.DailyPartitionsDefinition("2025-01-01"))
            watches.append(drift_sensor(watched, job))
        end = instance.event_log_storage.get_maximum_record_id()
        cursor = json.dumps({"seen": 10**9, "end": end, "asked": {}})
        begun = time.thread_time()
        for sensor in watches:
            found = sensor.evaluate_tick(dg.build_sensor_context(instance, cursor=cursor))
            assert found.skip_message == "no new decision on drift"
        assert time.thread_time() - begun < 1.0


def test_a_shifted_day_is_made_again_and_no_other(tmp_path: Path) -> None:
    """From raw files to the refreshed training data, through the assets and the sensor themselves."""
    days = with_reference(tmp_path, drift={"days": 20, "min_rows": 50})
    for n in (20, 21, 22):
        days.deliver(rows_of(n, 1.6 if n == 21 else 1.0), day_of(n))
        assert days.run(*(("source", "drift") if n == 20 else ()), day=day_of(n)).success
    watch = Watch(days.instance)
    assert watch.spec.id == days.spec.id
    (request,) = watch.tick().run_requests
    assert request.partition_key == day_of(21)
    before = {n: days.table(n).version() for n in ("source", "augmented", "validated")}
    assert days.run("augmented", "validated", day=request.partition_key, tags=dict(request.tags)).success
    after = {n: days.table(n).version() for n in ("source", "augmented", "validated")}
    assert {n: after[n] - before[n] for n in after} == {"source": 0, "augmented": 1, "validated": 1}
    assert watch.tick().run_requests == [], "a refresh is no new decision on drift"


def test_uncertainty_asks_in_the_same_way_for_its_own_reason(instance: dg.DagsterInstance) -> None:
    watch = Watch(instance)
    watch.spec = builders.spec(training={}, uncertainty={"max_requests": 1, "cooldown_days": 0})
    shared = dg.Definitions(resources={"lake": LakeResource()})
    watch.repository = dg.Definitions.merge(build_dataset(watch.spec), shared).get_repository_def()
    watch.sensor = watch.repository.get_sensor_def("lab__small_uncertainty")
    for day in ("2025-01-05", "2025-01-06"):
        told = {"word": "refresh", "value": 9.0, "limit": 4.0, "feature": "score", "measure": "uncertainty"}
        key = dg.AssetKey(["lab", "small_uncertainty"])
        instance.report_runless_asset_event(dg.AssetMaterialization(key, partition=day, metadata=told))
    (request,) = watch.tick().run_requests
    assert request.partition_key == "2025-01-05"
    assert request.run_key.startswith("uncertainty:lab/small:2025-01-05:")
    assert request.tags["refresh/reason"] == "uncertainty"
    assert watch.asked() == ["2025-01-06"]
    assert watch.asked() == []
