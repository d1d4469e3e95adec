"""The sensor of a dataset's drift: days that its drift asset called ``refresh`` are made again.

It computes nothing: it reads what the asset said, in the order of Dagster's event log, and asks for runs.
"""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, Self

import dagster as dg

from aug_assets import partition_key
from aug_assets.spec import DatasetSpec
from sensors.automation import sensor_status

_SECONDS = 30
_EVENTS = 200  # of one tick; what is left comes next time
_DOUBLED = 2.0  # a day this much further out is asked for in spite of the cool-down
_REMEMBERED = 100  # days asked for
_TAG = 200  # characters
_REFRESHED = ("paraphrases", "augmented", "review", "validated")


@dataclass(frozen=True)
class Watched:
    """A dataset as the sensor needs to know it.

    Attributes:
        spec: The dataset, with a ``drift``.
        keys: Stage to asset, of the stages that it has.
        days: Its partitions.
    """

    spec: DatasetSpec
    keys: Mapping[str, dg.AssetKey]
    days: dg.PartitionsDefinition[Any]


def drift_sensor(watched: Watched, job: Any) -> dg.SensorDefinition:
    """Ask for candidates, gates and training data of exactly the days that drifted.

    A day's source is made again only where the dataset's file has changed since.
    """
    assert watched.spec.drift is not None
    return refresh_sensor(watched, job, "drift", watched.spec.drift)


class Limits(Protocol):
    """How often a day may be asked for: what the specs of drift and of uncertainty have in common."""

    @property
    def cooldown_days(self) -> int:
        """Days after a refresh in which no other is asked for."""

    @property
    def max_requests(self) -> int:
        """Refreshes that one tick may ask for."""


def refresh_sensor(watched: Watched, job: Any, stage: str, limits: Limits) -> dg.SensorDefinition:
    """Ask for the days that an asset calls ``refresh``.

    Args:
        watched: The dataset.
        job: What makes a day.
        stage: Of the asset; it is the reason in the tags of the runs.
        limits: How often a day may be asked for.
    """
    spec = watched.spec

    @dg.sensor(
        job=job,
        name=f"{spec.tenant}__{spec.name}_{stage}",
        minimum_interval_seconds=_SECONDS,
        default_status=sensor_status(),
        description=f"Makes the days of {spec.id} again that its {stage} asset calls `refresh`.",
    )
    def watch(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
        memory = Memory.read(context)
        end = context.instance.event_log_storage.get_maximum_record_id()
        if end is not None and end == memory.end:
            return dg.SkipReason(f"no new decision on {stage}")
        wanted = dg.AssetRecordsFilter(asset_key=watched.keys[stage], after_storage_id=memory.seen)
        found = context.instance.fetch_materializations(wanted, limit=_EVENTS, ascending=True).records
        if not found:
            memory.end = end or 0
            return _result(memory, [], [f"no new decision on {stage}"])
        return _tick(context, Asking(watched, stage, limits), memory, found)

    return watch


@dataclass
class Memory:
    """The sensor's cursor.

    Attributes:
        seen: Storage id of the last event that was dealt with.
        end: Where the whole log ended when there was nothing new: while it stands there, nothing is read.
        asked: Day to the value that it was asked for with, and the digest of its source then; oldest first.
    """

    seen: int
    asked: dict[str, tuple[float, str]]
    end: int = 0

    @classmethod
    def read(cls, context: dg.SensorEvaluationContext) -> Self:
        """A cursor that cannot be read begins anew: run keys keep old days from running twice."""
        if not context.cursor:
            return cls(0, {})
        try:
            told = json.loads(context.cursor)
            asked = {str(day): (float(value), str(source)) for day, (value, source) in told["asked"].items()}
            return cls(int(told["seen"]), asked, int(told.get("end", 0)))
        except (ValueError, TypeError, KeyError, AttributeError):
            context.log.warning("the cursor cannot be read, and begins anew: %.100s", context.cursor)
            return cls(0, {})

    def cursor(self) -> str:
        """As text."""
        kept = dict(list(self.asked.items())[-_REMEMBERED:])
        return json.dumps({"seen": self.seen, "end": self.end, "asked": kept})


@dataclass(frozen=True)
class Told:
    """What one materialization of the drift asset says."""

    storage_id: int
    day: str
    word: str
    value: float
    limit: float
    metric: str
    reason: str
    source: str


@dataclass(frozen=True)
class Asking:
    """Who asks for days of which dataset, and how often it may."""

    watched: Watched
    stage: str
    limits: Limits


def _tick(
    context: dg.SensorEvaluationContext, asking: Asking, memory: Memory, records: Sequence[Any]
) -> dg.SensorResult:
    requests: list[dg.RunRequest] = []
    skipped: list[str] = []
    for told in _newest_of_each(_told(context, records)):
        why = _unwanted(asking, memory, told)
        if why:
            skipped.append(f"{told.day}: {why}")
        elif len(requests) == asking.limits.max_requests:
            # The rest of the events, this one first, are looked at again in the next tick.
            skipped.append(f"{told.day} and later decisions: the next tick")
            return _result(memory, requests, skipped)
        else:
            requests.append(_request(context, asking, told))
            memory.asked.pop(told.day, None)
            memory.asked[told.day] = (told.value, told.source)
        memory.seen = max(memory.seen, told.storage_id)
    memory.seen = records[-1].storage_id
    return _result(memory, requests, skipped)


def _result(memory: Memory, requests: list[dg.RunRequest], skipped: list[str]) -> dg.SensorResult:
    told = "; ".join(skipped)[:1000] or "no day needs a refresh"
    return dg.SensorResult(
        run_requests=requests, skip_reason=None if requests else told, cursor=memory.cursor()
    )


def _told(context: dg.SensorEvaluationContext, records: Sequence[Any]) -> Iterator[Told]:
    """What the events say; one that says nothing usable, as a person may report one, stops no other."""
    for record in records:
        try:
            yield _read(record)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            context.log.warning("event %s is no decision on drift: %r", record.storage_id, error)


def _read(record: Any) -> Told:
    metadata = {
        name: value.value
        for name, value in record.asset_materialization.metadata.items()
        if hasattr(value, "value")
    }
    day, value, limit = record.partition_key, float(metadata["value"]), float(metadata["limit"])
    partition_key.parse(day)
    if not (math.isfinite(value) and math.isfinite(limit)):
        raise ValueError(f"value {value}, limit {limit}")
    return Told(
        record.storage_id, day, str(metadata["word"]), value, limit,
        f"{metadata.get('feature', '')} by {metadata.get('measure', '')}",
        str(metadata.get("reason", "")), str(metadata.get("source_digest", "")),
    )  # fmt: skip


def _newest_of_each(told: Iterator[Told]) -> list[Told]:
    """The last word on each day, in the order of the log."""
    last = {one.day: one for one in told}
    return sorted(last.values(), key=lambda one: one.storage_id)


def _unwanted(asking: Asking, memory: Memory, told: Told) -> str:
    """Why a day is not asked for; empty where it is."""
    if told.word != "refresh":
        return told.word
    if not asking.watched.days.has_partition_key(told.day):
        return "is no partition"
    if memory.asked.get(told.day, (0.0, ""))[1] == told.source != "":
        return "was asked for with the same source"
    for day, (value, _) in memory.asked.items():
        gap = partition_key.apart(day, told.day)
        if 0 < gap <= asking.limits.cooldown_days and told.value < _DOUBLED * value:
            return f"{gap} days after {day}, which was asked for"
    return ""


def _request(context: dg.SensorEvaluationContext, asking: Asking, told: Told) -> dg.RunRequest:
    watched = asking.watched
    keys = [watched.keys[stage] for stage in _stages(context, watched, told.day)]
    return dg.RunRequest(
        run_key=f"{asking.stage}:{watched.spec.id}:{told.day}:{told.storage_id}",
        partition_key=told.day,
        asset_selection=keys,
        tags={
            "refresh/reason": asking.stage, "refresh/metric": told.metric, "refresh/value": f"{told.value:g}",
            "refresh/threshold": f"{told.limit:g}",
            "refresh/evidence": f"event {told.storage_id}: {told.reason}"[:_TAG],
        },
    )  # fmt: skip


def _stages(context: dg.SensorEvaluationContext, watched: Watched, day: str) -> list[str]:
    """What is made again: all after the source, and that too where the dataset's file has changed since."""
    wanted = dg.AssetRecordsFilter(asset_key=watched.keys["source"], asset_partitions=[day])
    records = context.instance.fetch_materializations(wanted, limit=1).records
    made = records[0].asset_materialization if records else None
    current = made is not None and (made.tags or {}).get("dagster/code_version") == watched.spec.digest[:16]
    chosen = [stage for stage in _REFRESHED if stage in watched.keys]
    if current:  # replies of models are asked for anew only with another source or recipe
        return [stage for stage in chosen if stage != "paraphrases"]
    return ["source", *chosen]
