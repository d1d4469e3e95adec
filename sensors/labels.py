"""The sensor of labels that come back: a day whose labels have changed is made again with them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import dagster as dg

from aug_assets.spec import DatasetSpec
from resources.labels import LabelTable
from resources.lake import LakeResource
from sensors.automation import sensor_status

_SECONDS = 60
_RUNS = 5  # of one tick


@dataclass
class Memory:
    """The sensor's cursor: the table's version in the last tick, and day to labels dealt with."""

    version: int
    done: dict[str, str]

    @classmethod
    def read(cls, cursor: str | None) -> Self:
        """One that cannot be read begins anew: days whose source has these labels start no run."""
        try:
            told = json.loads(cursor or "{}")
            return cls(int(told.get("version", -1)), dict(told.get("done", {})))
        except (ValueError, TypeError, AttributeError):
            return cls(-1, {})

    def cursor(self) -> str:
        """As text."""
        return json.dumps({"version": self.version, "done": self.done})


def labels_sensor(
    spec: DatasetSpec, source: dg.AssetKey, days: dg.PartitionsDefinition[Any], job: Any
) -> dg.SensorDefinition:
    """Ask for the run of a day with new labels, once nothing was added from one tick to the next.

    Args:
        spec: A dataset with a label.
        source: The asset that takes labels in.
        days: Its partitions.
        job: What to run.
    """

    @dg.sensor(
        job=job,
        name=f"{spec.tenant}__{spec.name}_labels",
        minimum_interval_seconds=_SECONDS,
        default_status=sensor_status(),
        description=f"Makes each day of {spec.id} again whose labels have changed since its source was made.",
    )
    def look(context: dg.SensorEvaluationContext, lake: LakeResource) -> dg.SensorResult:
        memory, table = Memory.read(context.cursor), LabelTable(lake, spec)
        version = table.version
        if version is None or version != memory.version:
            told = (
                "no label came back yet"
                if version is None
                else "labels are coming; the next tick looks again"
            )
            memory.version = -1 if version is None else version
            return dg.SensorResult(skip_reason=told, cursor=memory.cursor())
        found = table.contents(version)
        new = [
            day for day in sorted(found) if memory.done.get(day) != found[day] and days.has_partition_key(day)
        ]
        requests: list[dg.RunRequest] = []
        for day in filter(days.has_partition_key, new):
            if not _was_read(context, source, day, table, found[day]):
                if len(requests) == _RUNS:
                    break
                requests.append(_request(spec, day, found[day]))
            memory.done[day] = found[day]
        told = f"{len(found)} days have labels, and their sources have them all"
        return dg.SensorResult(
            run_requests=requests, skip_reason=None if requests else told, cursor=memory.cursor()
        )

    return look


def _was_read(
    context: dg.SensorEvaluationContext, source: dg.AssetKey, day: str, table: LabelTable, content: str
) -> bool:
    """Whether the newest source of the day has exactly these labels."""
    wanted = dg.AssetRecordsFilter(asset_key=source, asset_partitions=[day])
    records = context.instance.fetch_materializations(wanted, limit=1).records
    if not records or records[0].asset_materialization is None:
        return False
    metadata: Mapping[str, Any] = records[0].asset_materialization.metadata
    version = metadata["labels_version"].value if "labels_version" in metadata else None
    return version is not None and table.contents(int(version)).get(day) == content


def _request(spec: DatasetSpec, day: str, content: str) -> dg.RunRequest:
    return dg.RunRequest(
        run_key=f"labels:{spec.id}:{day}:{content}",
        partition_key=day,
        tags={"refresh/reason": "labels", "refresh/evidence": f"labels {content}"},
    )
