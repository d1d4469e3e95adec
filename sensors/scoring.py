"""The sensor of a dataset's serving: days whose rows have come are scored by what serves.

Each run lets the deployment make its next move, if one is due, and scores the day then. Nothing is scored
before a model was trained, nor days up to the first one that was: no model is asked about what it has seen.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import dagster as dg

from aug_assets.spec import DatasetSpec
from sensors.automation import sensor_status

_SECONDS = 30
_EVENTS = 200  # of one tick; what is left comes next time
_REMEMBERED = 400  # days


@dataclass
class Memory:
    """The sensor's cursor: storage id of the last event that was dealt with, and the days asked for."""

    seen: int
    asked: list[str]

    @classmethod
    def read(cls, cursor: str | None) -> Self:
        """One that cannot be read begins anew: run keys keep old days from running twice."""
        try:
            told = json.loads(cursor or "{}")
            return cls(int(told.get("seen", 0)), [str(day) for day in told.get("asked", [])])
        except (ValueError, TypeError, AttributeError):
            return cls(0, [])

    def cursor(self) -> str:
        """As text."""
        return json.dumps({"seen": self.seen, "asked": sorted(self.asked)[-_REMEMBERED:]})


def scoring_sensor(
    spec: DatasetSpec, keys: Mapping[str, dg.AssetKey], days: dg.PartitionsDefinition[Any], job: Any
) -> dg.SensorDefinition:
    """Ask for deployment and predictions of each new day, oldest first, one day a tick.

    Args:
        spec: A dataset with ``training``.
        keys: Stage to asset: ``source`` and ``model``.
        days: Its partitions.
        job: Deployment and predictions.
    """

    @dg.sensor(
        job=job,
        name=f"{spec.tenant}__{spec.name}_scoring",
        minimum_interval_seconds=_SECONDS,
        default_status=sensor_status(),
        description=f"Scores each new day of {spec.id} by what serves, after the deployment's next move.",
    )
    def score(context: dg.SensorEvaluationContext) -> dg.SensorResult:
        memory = Memory.read(context.cursor)
        first = _first_trained(context, keys["model"])
        if first is None:
            return dg.SensorResult(skip_reason="no model was trained yet", cursor=memory.cursor())
        wanted = dg.AssetRecordsFilter(asset_key=keys["source"], after_storage_id=memory.seen)
        found = context.instance.fetch_materializations(wanted, limit=_EVENTS, ascending=True).records
        new = {one.partition_key for one in found if one.partition_key} - {*memory.asked}
        new = {day for day in new if day > first and days.has_partition_key(day)}
        if not new:
            memory.seen = max([memory.seen, *(one.storage_id for one in found)])
            return dg.SensorResult(skip_reason="every day is scored", cursor=memory.cursor())
        day = min(new)  # a later one waits for it: what serves then may be decided by this one
        memory.asked.append(day)
        request = dg.RunRequest(
            run_key=f"scoring:{spec.id}:{day}", partition_key=day, tags={"refresh/reason": "scoring"}
        )
        return dg.SensorResult(run_requests=[request], cursor=memory.cursor())

    return score


def _first_trained(context: dg.SensorEvaluationContext, model: dg.AssetKey) -> str | None:
    """The day of the first training; None where there was none, or one of no day."""
    wanted = dg.AssetRecordsFilter(asset_key=model)
    records = context.instance.fetch_materializations(wanted, limit=1, ascending=True).records
    return records[0].partition_key if records else None
