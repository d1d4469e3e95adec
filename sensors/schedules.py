"""Schedules: the refresh that needs no reason but the calendar."""

import os
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import dagster as dg

from aug_assets.spec import DatasetSpec


def daily_schedule(spec: DatasetSpec, job: Any) -> dg.ScheduleDefinition:
    """Run the job for the last complete day, at the hour that the dataset asks for, in its time zone.

    Runs by itself once the daemon is up; ``AUG_AUTOMATION=off`` leaves it to a person to switch it on.
    """
    assert spec.schedule is not None
    hour, minute, zone = spec.schedule.hour, spec.schedule.minute, spec.partitions.timezone
    off = os.environ.get("AUG_AUTOMATION", "on").lower() == "off"

    # Dagster's build_schedule_from_partitioned_job would ask for the last day of an ended dataset for ever.
    @dg.schedule(
        job=job,
        name=f"{spec.tenant}__{spec.name}_daily",
        cron_schedule=f"{minute} {hour} * * *",
        execution_timezone=zone,
        default_status=dg.DefaultScheduleStatus.STOPPED if off else dg.DefaultScheduleStatus.RUNNING,
        description=f"Each day at {hour:02d}:{minute:02d} {zone}: the day before.",
    )
    def daily(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        today = context.scheduled_execution_time.astimezone(ZoneInfo(zone)).date()
        day, span = today - timedelta(days=1), spec.partitions
        if day < span.start:
            return dg.SkipReason(f"{spec.id} has no complete day before {span.start}")
        if span.end is not None and day >= span.end:
            return dg.SkipReason(f"{spec.id} has no days from {span.end} on")
        key = day.isoformat()
        return dg.RunRequest(run_key=key, partition_key=key, tags={"refresh/reason": "schedule"})

    return daily
