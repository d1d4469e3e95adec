"""The sensor that wants a new model after drift, once labels of a drifted day have come back.

It computes nothing: it reads in Dagster's event log which days the drift asset called ``refresh``, and which
of them, or later ones, were published since their source was read again, which is when labels came.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import dagster as dg

from aug_assets import partition_key
from aug_assets.spec import DatasetSpec
from sensors.automation import sensor_status

_SECONDS = 60
_EVENTS = 200  # of one tick; what is left comes next time
_APART = 3  # days between the days of two models, at least
_OVER = 14  # days after the last drifted one on which no more models are asked for


@dataclass
class Memory:
    """The sensor's cursor.

    Attributes:
        seen: Storage id of the last decision on drift that was dealt with.
        published: Storage id of the last publishing that was dealt with.
        drifted: The first day of those called ``refresh`` that follow each other; empty for none.
        last: The newest of them.
        why: The reason given for that one.
        asked: The newest day that a model was asked for.
    """

    seen: int = 0
    published: int = 0
    drifted: str = ""
    last: str = ""
    why: str = ""
    asked: str = ""

    @classmethod
    def read(cls, cursor: str | None) -> Self:
        """One that cannot be read begins anew: run keys keep old requests from running twice."""
        try:
            told = json.loads(cursor or "{}")
            words = (str(told.get(name, "")) for name in ("drifted", "last", "why", "asked"))
            return cls(int(told.get("seen", 0)), int(told.get("published", 0)), *words)
        except (ValueError, TypeError, AttributeError):
            return cls()

    def cursor(self) -> str:
        """As text."""
        return json.dumps(self.__dict__)


def challenger_sensor(
    spec: DatasetSpec, keys: Mapping[str, dg.AssetKey], days: dg.PartitionsDefinition[Any], job: Any
) -> dg.SensorDefinition:
    """Ask for a model of the newest drifted day whose labels came back.

    Args:
        spec: A dataset with ``drift`` and ``training``.
        keys: Stage to asset: ``source``, ``drift`` and ``validated``.
        days: Its partitions.
        job: The training.
    """

    @dg.sensor(
        job=job,
        name=f"{spec.tenant}__{spec.name}_challenger",
        minimum_interval_seconds=_SECONDS,
        default_status=sensor_status(),
        description=f"Trains a model of {spec.id} once labels of a day that drifted have come back.",
    )
    def want(context: dg.SensorEvaluationContext) -> dg.SensorResult:
        memory = Memory.read(context.cursor)
        _note_drift(context, keys["drift"], memory)
        if not memory.drifted:
            return dg.SensorResult(skip_reason="no day drifted", cursor=memory.cursor())
        again = _labels_came(context, keys, memory)
        day = max((one for one in again if _wanted(memory, one, days)), default="")
        if not day:
            told = f"no labels of {memory.drifted} or later have come back since the last model"
            return dg.SensorResult(skip_reason=told, cursor=memory.cursor())
        memory.asked = day
        tags = {"refresh/reason": "drift", "refresh/evidence": f"{memory.last}: {memory.why}"[:200]}
        request = dg.RunRequest(run_key=f"challenger:{spec.id}:{day}", partition_key=day, tags=tags)
        return dg.SensorResult(run_requests=[request], cursor=memory.cursor())

    return want


def _note_drift(context: dg.SensorEvaluationContext, drift: dg.AssetKey, memory: Memory) -> None:
    wanted = dg.AssetRecordsFilter(asset_key=drift, after_storage_id=memory.seen)
    for record in context.instance.fetch_materializations(wanted, limit=_EVENTS, ascending=True).records:
        memory.seen = record.storage_id
        told = {name: getattr(value, "value", None) for name, value in _metadata(record).items()}
        day = record.partition_key
        if not day or told.get("word") != "refresh":
            continue
        if not memory.drifted or _between(memory.last, day) > _OVER:
            memory.drifted = memory.last = day  # something new; a day made again belongs to what was known
        if day >= memory.last:
            memory.last, memory.why = day, str(told.get("reason", ""))


def _metadata(record: Any) -> Mapping[str, Any]:
    made = record.asset_materialization
    return made.metadata if made else {}


def _labels_came(
    context: dg.SensorEvaluationContext, keys: Mapping[str, dg.AssetKey], memory: Memory
) -> set[str]:
    """Days from the drifted one on that were published since the last tick, their source read twice."""
    wanted = dg.AssetRecordsFilter(asset_key=keys["validated"], after_storage_id=memory.published)
    found = context.instance.fetch_materializations(wanted, limit=_EVENTS, ascending=True).records
    memory.published = max([memory.published, *(one.storage_id for one in found)])
    new = {one.partition_key for one in found if one.partition_key}
    return {day for day in new if day >= memory.drifted and _times(context, keys["source"], day) > 1}


def _times(context: dg.SensorEvaluationContext, asset: dg.AssetKey, day: str) -> int:
    wanted = dg.AssetRecordsFilter(asset_key=asset, asset_partitions=[day])
    return len(context.instance.fetch_materializations(wanted, limit=2).records)


def _wanted(memory: Memory, day: str, days: dg.PartitionsDefinition[Any]) -> bool:
    if not days.has_partition_key(day) or _between(memory.last, day) > _OVER:
        return False
    return not memory.asked or _between(memory.asked, day) >= _APART


def _between(first: str, last: str) -> int:
    return partition_key.days_apart(first, last)
