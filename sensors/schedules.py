"""Schedules: the refresh that needs no reason but the calendar."""

import os
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import dagster as dg

from aug_assets.spec import DatasetSpec


def schedule(spec: DatasetSpec, job: Any) -> dg.ScheduleDefinition:
    """Run the job for the last complete day, at the hour that the dataset asks for, in its time zone.

    Of hourly partitions for the last complete hour, each hour at that minute.

    Runs by itself once the daemon is up; ``AUG_AUTOMATION=off`` leaves it to a person to switch it on.
    """
    assert spec.schedule is not None
    minute, span = spec.schedule.minute, spec.partitions
    hourly, zone = span.every == "hour", span.timezone
    hour = "*" if hourly else str(spec.schedule.hour)
    when = (
        f"Each hour at :{minute:02d}: the hour" if hourly else f"Each day at {hour:0>2}:{minute:02d}: the day"
    )
    off = os.environ.get("AUG_AUTOMATION", "on").lower() == "off"

    # Dagster's build_schedule_from_partitioned_job would ask for the last day of an ended dataset for ever.
    @dg.schedule(
        job=job,
        name=f"{spec.tenant}__{spec.name}_{'hourly' if hourly else 'daily'}",
        cron_schedule=f"{minute} {hour} * * *",
        execution_timezone=zone,
        default_status=dg.DefaultScheduleStatus.STOPPED if off else dg.DefaultScheduleStatus.RUNNING,
        description=f"{when} before, {zone}.",
    )
    def refresh(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        now = context.scheduled_execution_time.astimezone(ZoneInfo(zone))
        before = now - timedelta(hours=1) if hourly else datetime.combine(now, time()) - timedelta(days=1)
        key = before.strftime(span.form)
        if before.date() < span.start:
            return dg.SkipReason(f"{spec.id} has no complete day before {span.start}")
        if span.end is not None and before.date() >= span.end:
            return dg.SkipReason(f"{spec.id} has no days from {span.end} on")
        return dg.RunRequest(run_key=key, partition_key=key, tags={"refresh/reason": "schedule"})

    return refresh
