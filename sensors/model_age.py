"""The sensor that wants a model where there is none, or where the last is old. It reads the log only."""

from collections.abc import Mapping
from typing import Any

import dagster as dg

from aug_assets import partition_key
from aug_assets.spec import DatasetSpec
from sensors.automation import sensor_status

_SECONDS = 300


def model_age_sensor(
    spec: DatasetSpec, keys: Mapping[str, dg.AssetKey], days: dg.PartitionsDefinition[Any], job: Any
) -> dg.SensorDefinition:
    """Ask for the model of the newest published day once the last one is ``max_age_days`` before it.

    Without any, it waits for as many published days as a model needs. The cursor is the day asked for last,
    so that a training that failed is tried again a day later and not at every tick.

    Args:
        spec: A dataset whose ``training`` has ``max_age_days``.
        keys: Stage to asset: ``validated`` and ``model``.
        days: Its partitions.
        job: The training.
    """
    assert spec.training is not None
    oldest, needed = (
        spec.training.max_age_days,
        min(spec.training.window_days, len(days.get_partition_keys())),
    )

    @dg.sensor(
        job=job,
        name=f"{spec.tenant}__{spec.name}_model_age",
        minimum_interval_seconds=_SECONDS,
        default_status=sensor_status(),
        description=f"Trains the first model of {spec.id}, and another once the last is {oldest} days old.",
    )
    def look(context: dg.SensorEvaluationContext) -> dg.SensorResult:
        published = _days(context, keys["validated"], days)
        newest, trained = max(published, default=""), max(_days(context, keys["model"], days), default="")
        if not newest or (context.cursor or "") >= newest:
            return dg.SensorResult(skip_reason="no day was published since", cursor=context.cursor)
        if not trained and len(published) < needed:
            told = f"{len(published)} days are published, and the first model wants {needed}"
            return dg.SensorResult(skip_reason=told, cursor=context.cursor)
        age = _between(trained, newest) if trained else None
        if age is not None and oldest is not None and age < oldest:
            return dg.SensorResult(skip_reason=f"the last model is {age} days old", cursor=context.cursor)
        why = "there is no model yet" if age is None else f"the last model is {age} days old"
        request = dg.RunRequest(
            run_key=f"model_age:{spec.id}:{newest}",
            partition_key=newest,
            tags={"refresh/reason": "model age", "refresh/evidence": why},
        )
        return dg.SensorResult(run_requests=[request], cursor=newest)

    return look


def _days(
    context: dg.SensorEvaluationContext, asset: dg.AssetKey, days: dg.PartitionsDefinition[Any]
) -> set[str]:
    known = context.instance.get_materialized_partitions(asset)
    return {day for day in known if days.has_partition_key(day)}


def _between(first: str, last: str) -> int:
    return partition_key.days_apart(first, last)
