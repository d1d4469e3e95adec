"""Dagster's event log in the audit log: all of it, once, and from where the last copy ended."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import dagster as dg
import pytest
from dagster._core.definitions.run_request import InstigatorType
from dagster._core.scheduler.instigation import TickData, TickStatus
from dagster_shared.error import SerializableErrorInfo

from aug_assets.lineage.chain import Record
from resources import event_mirror
from resources.audit import audit_log
from resources.event_mirror import NOBODY, mirror
from resources.lake import LakeResource

DAY = "2025-01-01"


@dg.asset(key=["lab", "small_source"], partitions_def=dg.DailyPartitionsDefinition(DAY))
def source() -> dg.MaterializeResult:
    return dg.MaterializeResult(metadata={"delta_version": 3, "digest": "ab", "rows": 5})


@dg.asset_check(asset=source)
def well() -> dg.AssetCheckResult:
    return dg.AssetCheckResult(passed=False, severity=dg.AssetCheckSeverity.WARN)


@dg.asset(key=["lab", "broken"])
def broken() -> None:
    raise RuntimeError


@pytest.fixture(scope="module")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.local_temp(str(tmp_path_factory.mktemp("home"))) as made:
        tags = {"tenant": "lab", "dataset": "small", "user": "ann", "refresh/reason": "schedule"}
        run(made, [source, well], partition_key=DAY, tags=tags)
        run(made, [broken], tags={"dagster/schedule_name": "lab__small_daily"})
        made.report_runless_asset_event(dg.AssetMaterialization(["lonely"]))
        yield made


def run(instance: dg.DagsterInstance, assets: list[Any], **options: Any) -> None:
    dg.materialize(assets, instance=instance, raise_on_error=False, **options)


@pytest.fixture
def lake(tmp_path: Path, instance: dg.DagsterInstance) -> LakeResource:
    instance.daemon_cursor_storage.set_cursor_values({event_mirror.CURSOR: "{}"})
    return LakeResource(uri=str(tmp_path / "lake"))


def log(lake: LakeResource, tenant: str = "lab") -> list[Record]:
    return list(audit_log(lake, tenant).records())


def test_runs_materializations_and_checks_are_copied(
    instance: dg.DagsterInstance, lake: LakeResource
) -> None:
    assert mirror(instance, lake) == {"lab": 4, NOBODY: 3}
    launch, end, check, made = sorted(
        log(lake), key=lambda one: ["launch", "run", "check", "materialize"].index(one.action)
    )
    assert (launch.by, launch.why) == ("ann", "schedule")
    assert (launch.subject["dataset"], launch.subject["date"]) == ("small", DAY)
    assert end.subject["status"] == "success"
    assert end.subject["run_id"] == launch.subject["run_id"] == made.subject["run_id"]
    told = {name: check.subject[name] for name in ("asset", "check", "passed", "severity")}
    assert told == {"asset": "lab/small_source", "check": "well", "passed": False, "severity": "WARN"}
    assert (made.subject["date"], made.subject["delta_version"], made.subject["digest"]) == (DAY, 3, "ab")
    other = {one.action: one for one in log(lake, NOBODY)}
    assert other["run"].subject["status"] == "failure"
    assert other["launch"].by == "lab__small_daily"
    assert (other["materialize"].subject["asset"], other["materialize"].by) == ("lonely", "unknown")


def test_a_second_copy_goes_on_where_the_first_ended(
    instance: dg.DagsterInstance, lake: LakeResource
) -> None:
    mirror(instance, lake)
    assert mirror(instance, lake) == {}


def test_a_lost_cursor_or_a_kill_makes_nothing_twice(
    instance: dg.DagsterInstance, lake: LakeResource, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*args: Any) -> Iterator[Any]:
        raise KeyboardInterrupt
        yield

    with monkeypatch.context() as patch:
        patch.setattr(event_mirror, "_materializations", killed)
        with pytest.raises(KeyboardInterrupt):
            mirror(instance, lake)
    assert mirror(instance, lake) == {"lab": 1, NOBODY: 1}
    before = log(lake)
    instance.daemon_cursor_storage.set_cursor_values({event_mirror.CURSOR: "{}"})
    assert sum(mirror(instance, lake).values()) == 7
    assert log(lake) == before


def test_many_pages_are_read(
    instance: dg.DagsterInstance, lake: LakeResource, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_mirror, "_PAGE", 1)
    assert sum(mirror(instance, lake).values()) == 7


class Ticking:
    """A sensor whose ticks the test makes."""

    def __init__(self, instance: dg.DagsterInstance, name: str) -> None:
        self.instance, self.name = instance, name

    def state(self) -> Any:
        return Mock(
            instigator_name=self.name,
            instigator_origin_id=f"origin-{self.name}",
            selector_id=f"s-{self.name}",
        )

    def tick(self, at: float, status: TickStatus, **more: Any) -> Any:
        return self.instance.create_tick(
            TickData(
                instigator_origin_id=f"origin-{self.name}", instigator_name=self.name,
                instigator_type=InstigatorType.SENSOR, status=status, timestamp=at,
                selector_id=f"s-{self.name}", **more,
            )
        )  # fmt: skip


def test_ticks_tell_their_reason_and_repeated_skips_are_one(
    instance: dg.DagsterInstance, lake: LakeResource, monkeypatch: pytest.MonkeyPatch
) -> None:
    found, own = Ticking(instance, "lab__drift"), Ticking(instance, "audit_mirror")
    monkeypatch.setattr(instance, "all_instigator_state", lambda: [found.state(), own.state()])
    own.tick(1.0, TickStatus.SKIPPED, skip_reason="mine")
    for at in (1.0, 2.0, 3.0):
        found.tick(at, TickStatus.SKIPPED, skip_reason="no drift")
    found.tick(4.0, TickStatus.SUCCESS, run_ids=["r1"])
    slow = found.tick(5.0, TickStatus.STARTED)
    found.tick(6.0, TickStatus.SKIPPED, skip_reason="later")

    def ticks() -> list[tuple[str, str]]:
        return [(one.subject["status"], one.why) for one in log(lake) if one.action == "tick"]

    mirror(instance, lake, own="audit_mirror")
    assert ticks() == [("skipped", "no drift"), ("success", "")]
    instance.update_tick(
        slow.with_status(TickStatus.FAILURE, error=SerializableErrorInfo("no lake\n", [], None))
    )
    mirror(instance, lake, own="audit_mirror")
    mirror(instance, lake, own="audit_mirror")
    assert ticks()[2:] == [("failure", "no lake"), ("skipped", "later")]
    assert next(one for one in log(lake) if one.action == "tick").by == "lab__drift"
