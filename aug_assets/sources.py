"""Raw rows of one day, from a file, an object store or a built-in sample, as they are: nothing is judged here."""

import glob
import os
from collections.abc import Sequence
from datetime import date, datetime
from importlib import import_module
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds

from aug_assets.errors import (
    ColumnTypeError, LakeUnreachableError, MissingColumnError, SourceNotFoundError, SourceUnreadableError,
    UnknownPartitionError,
)  # fmt: skip
from aug_assets.spec import DatasetSpec


def read(spec: DatasetSpec, day: str) -> pa.Table:
    """The raw rows of a day, with the raw column names of the dataset's columns only.

    Raises:
        UnknownPartitionError: The day is not a partition of the dataset.
        SourceNotFoundError: There is no file for the day.
        SourceUnreadableError: A file cannot be parsed.
        MissingColumnError: A file lacks a declared column.
        ColumnTypeError: The timestamp column of a file is no timestamp.
        LakeUnreachableError: The object store did not answer.
    """
    _check_partition(spec, day)
    if spec.source.uri.startswith("sample://"):
        return _select(import_module(f"aug_assets.samples.{urlsplit(spec.source.uri).netloc}").day(day), spec)
    uri = os.path.expandvars(spec.source.uri).format(date=date.fromisoformat(day))
    try:
        filesystem, paths = _files(uri)
        tables = [_read_file(spec, filesystem, path, day) for path in paths]
    except (OSError, pa.ArrowException, ValueError) as error:
        raise _typed(error, uri) from error
    return pa.concat_tables(tables, promote_options="permissive")


def _check_partition(spec: DatasetSpec, day: str) -> None:
    span = spec.partitions
    legal = f"a date from {span.start}" + (f" to before {span.end}" if span.end else "")
    try:
        asked = date.fromisoformat(day)
        inside = asked >= span.start and (span.end is None or asked < span.end)
    except ValueError:
        inside = False
    if not inside:
        raise UnknownPartitionError(f"no partition of {spec.id}", seen=day, legal=legal, todo="pick such a date")


def _files(uri: str) -> tuple[Any, list[str]]:
    """The filesystem and the files that a uri, perhaps with a pattern, names; sorted."""
    import fsspec

    filesystem, path = fsspec.core.url_to_fs(uri)
    pattern = glob.has_magic(path)
    paths = sorted(filesystem.glob(path)) if pattern else [path]
    if not pattern and filesystem.isdir(path):
        paths = sorted(filesystem.find(path))
    if not paths or (not pattern and not filesystem.exists(path)):
        raise FileNotFoundError(uri)
    return filesystem, paths


def _read_file(spec: DatasetSpec, filesystem: Any, path: str, day: str) -> pa.Table:
    if spec.source.file_format == "parquet":
        return _read_parquet(spec, filesystem, path, day)
    with filesystem.open(path, "rb", compression="infer") as file:
        if spec.source.file_format == "csv":
            from pyarrow import csv

            names = csv.open_csv(file).schema.names  # a first look at the header
            file.seek(0)
            # All text: guessed types would make a day's meaning depend on its own values.
            options = csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=True, null_values=[""]
            )
            return _select(csv.read_csv(file, convert_options=options), spec)
        return _select(_json_lines(file, spec), spec)


def _json_lines(file: Any, spec: DatasetSpec) -> pa.Table:
    """Declared columns of JSON Lines as text, so that one odd value spoils its row and not the file."""
    import json

    names = [column.from_ or name for name, column in spec.columns.items()]
    records = []
    for number, line in enumerate(file, start=1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except ValueError as error:
            raise SourceUnreadableError(
                f"line {number} is not JSON", seen=line[:80], legal="one JSON object a line", todo=str(error)
            ) from error
        records.append(record)
    seen = set().union(*records) if records else set(names)
    return pa.table({n: pa.array([_text(r.get(n)) for r in records], pa.string()) for n in names if n in seen})


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return str(value).lower() if isinstance(value, bool) else str(value)


def _read_parquet(spec: DatasetSpec, filesystem: Any, path: str, day: str) -> pa.Table:
    dataset = ds.dataset(path, filesystem=filesystem, format="parquet")
    _require(spec, dataset.schema.names)
    names = [column.from_ or name for name, column in spec.columns.items()]
    if spec.source.timestamp is None or "{date" in spec.source.uri:
        return dataset.to_table(columns=names)
    stamp = spec.columns[spec.source.timestamp].from_ or spec.source.timestamp
    return dataset.to_table(columns=names, filter=_window(spec, day, stamp, dataset.schema.field(stamp).type))


def _window(spec: DatasetSpec, day: str, stamp: str, kind: pa.DataType) -> Any:
    """The rows of a day in a file of many; rows without a time belong to the first day, so that none is lost."""
    if not pa.types.is_timestamp(kind):
        raise ColumnTypeError(
            f"column {stamp!r} dates the rows and is no timestamp",
            seen=str(kind), legal="timestamp", todo="convert the file",
        )  # fmt: skip
    start, end = spec.partitions.window(day)
    if kind.tz is None:
        zone = ZoneInfo(spec.partitions.timezone)
        start, end = (t.astimezone(zone).replace(tzinfo=None) for t in (start, end))
    first, last = (pa.scalar(t, pa.timestamp("us", kind.tz)).cast(kind) for t in (start, end))
    inside = (ds.field(stamp) >= first) & (ds.field(stamp) < last)
    return inside | ds.field(stamp).is_null() if day == spec.partitions.start.isoformat() else inside


def _select(table: pa.Table, spec: DatasetSpec) -> pa.Table:
    _require(spec, table.column_names)
    return table.select([column.from_ or name for name, column in spec.columns.items()])


def _require(spec: DatasetSpec, present: Sequence[str]) -> None:
    missing = [c.from_ or name for name, c in spec.columns.items() if (c.from_ or name) not in present]
    if missing:
        raise MissingColumnError(
            f"the raw data of {spec.id} lacks columns", seen=missing, legal=sorted(present),
            todo="correct the file, or map the column with `from`",
        )  # fmt: skip


def _typed(error: Exception, uri: str) -> Exception:
    """The error a person can act on, for whatever a storage library raised."""
    if isinstance(error, FileNotFoundError | PermissionError):
        why = "no such file or bucket" if isinstance(error, FileNotFoundError) else "access was refused"
        return SourceNotFoundError(
            f"{why} at the dataset's uri", seen=uri, legal="a readable file for this day",
            todo="check the path, the bucket and the credentials with `aug doctor`",
        )  # fmt: skip
    if isinstance(error, ConnectionError | TimeoutError) or "Connect" in type(error).__name__:
        return LakeUnreachableError("the object store did not answer", seen=uri, todo=f"retry ({error})")
    return SourceUnreadableError(
        "a raw file cannot be parsed", seen=uri, legal="a complete Parquet, CSV or JSON Lines file",
        todo=f"deliver the file again ({error})",
    )  # fmt: skip


def outside(spec: DatasetSpec, day: str, times: pa.ChunkedArray) -> pa.ChunkedArray:
    """Which rows lie outside the day; null times are not."""
    start, end = (pa.scalar(t, pa.timestamp("us", "UTC")) for t in _utc(spec.partitions.window(day)))
    return pc.fill_null(pc.or_(pc.less(times, start), pc.greater_equal(times, end)), fill_value=False)


def _utc(window: tuple[datetime, datetime]) -> tuple[datetime, datetime]:
    start, end = (t.astimezone(ZoneInfo("UTC")) for t in window)
    return start, end
