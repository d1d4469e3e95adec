"""Schedules: the refresh that needs no reason but the calendar."""

import os
from typing import Any

import dagster as dg

from aug_assets.spec import DatasetSpec


def daily_schedule(spec: DatasetSpec, job: Any) -> Any:
    """Run the job for the last complete day, at the hour that the dataset asks for, in its time zone.

    Runs by itself once the daemon is up; ``AUG_AUTOMATION=off`` leaves it to a person to switch it on.
    """
    assert spec.schedule is not None
    off = os.environ.get("AUG_AUTOMATION", "on").lower() == "off"
    return dg.build_schedule_from_partitioned_job(
        job,
        name=f"{spec.tenant}__{spec.name}_daily",
        hour_of_day=spec.schedule.hour,
        minute_of_hour=spec.schedule.minute,
        tags={"refresh/reason": "schedule"},
        default_status=dg.DefaultScheduleStatus.STOPPED if off else dg.DefaultScheduleStatus.RUNNING,
        description=f"Each day at {spec.schedule.hour:02d}:{spec.schedule.minute:02d} "
        f"{spec.partitions.timezone}: the day before.",
    )
