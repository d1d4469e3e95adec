"""The sensor of a dataset's raw files: a new day, complete, on disk or in an object store, starts its run."""

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

import dagster as dg

from aug_assets import source_files
from aug_assets.spec import DatasetSpec
from sensors.automation import sensor_status

_SECONDS = 60
_DAYS = 31  # the last ones are looked for; older ones are for a backfill
_RUNS = 5  # of one tick
_NAMES = ("mtime", "LastModified", "last_modified", "updated", "created")  # as filesystems call it


def arrivals_sensor(
    spec: DatasetSpec, source: dg.AssetKey, days: dg.PartitionsDefinition[Any], job: Any
) -> dg.SensorDefinition:
    """Ask for the run of a day once its files have stayed the same from one tick to the next.

    Files that are delivered again start the day's run again; those that were read since start none.

    Args:
        spec: A dataset with files of its own for each day.
        source: The asset that reads them.
        days: Its partitions.
        job: What to run.
    """

    @dg.sensor(
        job=job,
        name=f"{spec.tenant}__{spec.name}_arrivals",
        minimum_interval_seconds=_SECONDS,
        default_status=sensor_status(),
        description=f"Runs each of the last {_DAYS} days of {spec.id} whose raw files are new and complete.",
    )
    def look(context: dg.SensorEvaluationContext) -> dg.SensorResult:
        memory = Memory.read(context.cursor)
        last = days.get_partition_keys()[-_DAYS:]
        found = {day: one for day in last if (one := delivery(spec, day)) is not None}
        requests: list[dg.RunRequest] = []
        waiting = 0
        for day, files in found.items():
            if memory.done.get(day) == files.content:
                continue
            if memory.seen.get(day) != files.content or not files.complete:
                waiting += 1
            elif _was_read(context, source, day, files):
                memory.done[day] = files.content
            elif len(requests) < _RUNS:
                requests.append(_request(spec, day, files))
                memory.done[day] = files.content
            else:
                waiting += 1
        memory.seen = {day: files.content for day, files in found.items()}
        memory.done = {day: content for day, content in memory.done.items() if day in found}
        told = f"{len(found)} days have files; {waiting} wait for the next tick"
        return dg.SensorResult(
            run_requests=requests, skip_reason=None if requests else told, cursor=memory.cursor()
        )

    return look


@dataclass
class Memory:
    """The sensor's cursor: day to what its files were in the last tick, and when it was last dealt with."""

    seen: dict[str, str]
    done: dict[str, str]

    @classmethod
    def read(cls, cursor: str | None) -> Self:
        """One that cannot be read begins anew: days that were read since their delivery start no run."""
        try:
            told = json.loads(cursor or "{}")
            return cls(dict(told.get("seen", {})), dict(told.get("done", {})))
        except (ValueError, TypeError, AttributeError):
            return cls({}, {})

    def cursor(self) -> str:
        """As text."""
        return json.dumps({"seen": self.seen, "done": self.done})


@dataclass(frozen=True)
class Delivery:
    """A day's files.

    Attributes:
        content: Changes with any name, size or time of theirs.
        complete: No file is empty, as one that is being opened for writing is.
        newest: When the last was written, in seconds since 1970; 0 where the filesystem does not say.
    """

    content: str
    complete: bool
    newest: float


def delivery(spec: DatasetSpec, day: str) -> Delivery | None:
    """What lies where the dataset's file says that a day's raw rows are; None for nothing.

    Raises:
        OSError: Or whatever else a storage library raises when it cannot be asked.
    """
    uri = os.path.expandvars(spec.source.at(day))
    _forget_listings(uri)
    try:
        files = source_files.find(uri)
        about = [(path, files.filesystem.info(path)) for path in files.paths]
    except FileNotFoundError:  # also of a file that went away meanwhile
        return None
    times = [_written(info) for _, info in about]
    told = [f"{path} {info.get('size')} {at}" for (path, info), at in zip(about, times, strict=True)]
    content = hashlib.sha256("\n".join(told).encode()).hexdigest()[:16]
    return Delivery(content, all(info.get("size") for _, info in about), max(times))


def _forget_listings(uri: str) -> None:
    """Object stores' filesystems remember folders, so that a new file would never be seen."""
    import fsspec

    filesystem, _ = fsspec.core.url_to_fs(uri)
    filesystem.invalidate_cache()


def _written(info: Mapping[str, Any]) -> float:
    found = next((info[name] for name in _NAMES if info.get(name)), 0.0)
    return found.timestamp() if isinstance(found, datetime) else float(found)


def _was_read(context: dg.SensorEvaluationContext, source: dg.AssetKey, day: str, files: Delivery) -> bool:
    wanted = dg.AssetRecordsFilter(asset_key=source, asset_partitions=[day])
    records = context.instance.fetch_materializations(wanted, limit=1).records
    return bool(records) and records[0].timestamp > files.newest > 0


def _request(spec: DatasetSpec, day: str, files: Delivery) -> dg.RunRequest:
    return dg.RunRequest(
        run_key=f"arrival:{spec.id}:{day}:{files.content}",
        partition_key=day,
        tags={"refresh/reason": "arrival", "refresh/evidence": f"files {files.content}"},
    )
