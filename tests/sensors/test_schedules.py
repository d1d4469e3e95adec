"""The daily schedule: which day it asks for, when, why, and how it is switched off."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import dagster as dg
import pytest

from aug_assets.assets.dataset import build_dataset
from resources.lake import LakeResource
from tests import builders

# Dagster warns of its own use of a beta parameter whenever it resolves partitioned checks.
pytestmark = pytest.mark.filterwarnings("ignore::dagster.BetaWarning")


def repository(zone: str = "UTC", **changes: Any) -> dg.RepositoryDefinition:
    spec = builders.spec(
        **{
            "partitions": {"start": "2025-01-01", "timezone": zone},
            "schedule": {"hour": 3, "minute": 20},
            **changes,
        }
    )
    shared = dg.Definitions(resources={"lake": LakeResource()})
    return dg.Definitions.merge(build_dataset(spec), shared).get_repository_def()


def schedule(*args: Any, **changes: Any) -> dg.ScheduleDefinition:
    (found,) = repository(*args, **changes).schedule_defs
    return found


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral(tempdir=str(tmp_path)) as made:
        yield made


def requested(
    found: dg.RepositoryDefinition, instance: dg.DagsterInstance, at: datetime
) -> list[dg.RunRequest]:
    context = dg.build_schedule_context(instance, scheduled_execution_time=at, repository_def=found)
    (only,) = found.schedule_defs
    return list(only.evaluate_tick(context).run_requests or ())


@pytest.mark.parametrize(
    ("zone", "at", "day"),
    [
        ("UTC", datetime(2025, 3, 10, 3, 20, tzinfo=UTC), "2025-03-09"),
        ("Asia/Tokyo", datetime(2025, 3, 10, 3, 20, tzinfo=ZoneInfo("Asia/Tokyo")), "2025-03-09"),
        ("Asia/Tokyo", datetime(2025, 3, 9, 18, 20, tzinfo=UTC), "2025-03-09"),  # the same instant
        (
            "America/Los_Angeles",
            datetime(2025, 3, 10, 3, 20, tzinfo=UTC),
            "2025-03-08",
        ),  # still the 9th there
        ("America/New_York", datetime(2025, 3, 10, 7, 20, tzinfo=UTC), "2025-03-09"),  # a day of 23 hours
    ],
)
def test_it_asks_for_the_last_complete_day_of_the_datasets_zone(
    instance: dg.DagsterInstance, zone: str, at: datetime, day: str
) -> None:
    (request,) = requested(repository(zone), instance, at)
    assert request.partition_key == day


def test_it_says_why_and_for_whom(instance: dg.DagsterInstance) -> None:
    (request,) = requested(repository(), instance, datetime(2025, 3, 10, 3, 20, tzinfo=UTC))
    assert request.tags["refresh/reason"] == "schedule"
    assert request.tags["dagster/partition"] == "2025-03-09"
    job = build_dataset(builders.spec()).jobs[0]
    assert (job.tags["tenant"], job.tags["dataset"]) == ("lab", "small")


def test_it_ticks_in_the_datasets_zone_at_its_hour() -> None:
    found = schedule("Europe/Paris")
    assert found.name == "lab__small_daily"
    assert found.job_name == "lab__small"
    assert (found.cron_schedule, found.execution_timezone) == ("20 3 * * *", "Europe/Paris")


def test_a_day_is_asked_for_once(instance: dg.DagsterInstance) -> None:
    found = repository()
    keys = [
        requested(found, instance, datetime(2025, 3, 10, hour, 20, tzinfo=UTC))[0].run_key for hour in (3, 4)
    ]
    assert keys[0] == keys[1]
    (later,) = requested(found, instance, datetime(2025, 3, 11, 3, 20, tzinfo=UTC))
    assert later.run_key != keys[0]


def test_before_the_first_complete_day_it_asks_for_nothing(instance: dg.DagsterInstance) -> None:
    assert requested(repository(), instance, datetime(2025, 1, 1, 3, 20, tzinfo=UTC)) == []


def test_after_the_last_day_it_asks_for_nothing(instance: dg.DagsterInstance) -> None:
    ended = repository(partitions={"start": "2025-01-01", "end": "2025-02-01"})
    (last,) = requested(ended, instance, datetime(2025, 2, 1, 3, 20, tzinfo=UTC))
    assert last.partition_key == "2025-01-31"
    assert requested(ended, instance, datetime(2025, 2, 2, 3, 20, tzinfo=UTC)) == []


@pytest.mark.parametrize(("setting", "status"), [(None, "RUNNING"), ("on", "RUNNING"), ("OFF", "STOPPED")])
def test_automation_can_be_switched_off(
    monkeypatch: pytest.MonkeyPatch, setting: str | None, status: str
) -> None:
    monkeypatch.delenv("AUG_AUTOMATION", raising=False)
    if setting:
        monkeypatch.setenv("AUG_AUTOMATION", setting)
    assert schedule().default_status.value == status


def test_a_dataset_without_a_schedule_has_none() -> None:
    assert not build_dataset(builders.spec()).schedules
