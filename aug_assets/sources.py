"""Raw rows of one day, from files, an object store or a built-in sample, as they are; nothing is judged."""

import os
import posixpath
import zlib
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.compute as pc

from aug_assets import samples, source_files
from aug_assets.errors import (
    AugError,
    LakeUnreachableError,
    SourceNotFoundError,
    SourceUnreadableError,
    UnknownPartitionError,
)  # fmt: skip
from aug_assets.media.fetch import PLACE
from aug_assets.media.folder import listing
from aug_assets.media.index import completed
from aug_assets.readers import read_file, select
from aug_assets.source_files import Files
from aug_assets.spec import DatasetSpec


def read(spec: DatasetSpec, day: str) -> pa.Table:
    """The raw rows of a day, with the raw column names of the dataset's columns only.

    Of a CSV or JSON Lines file of many days, the rows of all of them; see :func:`belongs`.

    Raises:
        UnknownPartitionError: The day is not a partition of the dataset.
        SourceNotFoundError: There is no file.
        SourceUnreadableError: A file cannot be parsed.
        MissingColumnError: A declared column is not there.
        ColumnTypeError: A column of the wrong type, where only the reader can tell.
        LakeUnreachableError: The object store did not answer.
    """
    _check_partition(spec, day)
    if spec.source.is_sample:
        return select(_sample(spec.source.uri).day(day), spec)
    uri = os.path.expandvars(spec.source.at(day))
    try:
        return _rows(spec, day, source_files.find(uri))
    except AugError:
        raise
    except Exception as error:
        if not isinstance(error, _STORAGE) and not type(error).__module__.startswith("botocore"):
            raise
        raise _typed(error, uri) from error


# KeyError is how Arrow says that it knows no such thing; EOFError and zlib.error, that a packed file is cut.
_STORAGE = (OSError, pa.ArrowException, ValueError, KeyError, EOFError, zlib.error, ImportError)


def _check_partition(spec: DatasetSpec, day: str) -> None:
    span = spec.partitions
    if not span.has(day):
        raise UnknownPartitionError(
            f"no partition of {spec.id}", seen=day, legal=span.legal, todo="pick such a one"
        )


def _sample(uri: str) -> Any:
    name = urlsplit(uri).netloc
    known = sorted(f.stem for f in Path(samples.__path__[0]).glob("[a-z]*.py"))
    if name not in known:
        raise SourceNotFoundError(
            "no built-in source of this name",
            seen=uri,
            legal=", ".join(known),
            todo="correct the source's uri",
        )
    return import_module(f"aug_assets.samples.{name}")


def _rows(spec: DatasetSpec, day: str, files: Files) -> pa.Table:
    """What files hold; of pictures also where their paths begin, and what lies beside them."""
    if spec.modality != "image":
        return _joined([read_file(spec, files.filesystem, path, day) for path in files.paths])
    if spec.source.file_format == "folder":
        table = _placed(listing(files.paths, files.root), files.address(files.root))
    else:
        parts = [(read_file(spec, files.filesystem, path, day), path) for path in files.paths]
        table = _joined([_placed(part, files.address(posixpath.dirname(path))) for part, path in parts])
    return select(completed(table, spec, day), spec)


def _placed(table: pa.Table, folder: str) -> pa.Table:
    return table.append_column(PLACE, pa.array([folder] * len(table), pa.string()))


def _joined(tables: Sequence[pa.Table]) -> pa.Table:
    """Files below each other; text that one of them keeps as a dictionary is text all the same."""
    return pa.concat_tables([_plain(table) for table in tables], promote_options="permissive")


def _plain(table: pa.Table) -> pa.Table:
    for position, field in enumerate(table.schema):
        if pa.types.is_dictionary(field.type):
            kind = field.type.value_type
            table = table.set_column(position, field.name, table.column(position).cast(kind))
    return table


def _typed(error: Exception, uri: str) -> AugError:
    """The error a person can act on, for whatever a storage library raised."""
    if isinstance(error, FileNotFoundError | PermissionError) or "Credentials" in type(error).__name__:
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
    start, end = (
        pa.scalar(t.astimezone(ZoneInfo("UTC")), pa.timestamp("us", "UTC"))
        for t in spec.partitions.window(day)
    )
    return pc.fill_null(pc.or_(pc.less(times, start), pc.greater_equal(times, end)), fill_value=False)


def belongs(spec: DatasetSpec, day: str, times: pa.ChunkedArray) -> pa.ChunkedArray:
    """Which rows of a file of many days are this day's; those without a time are the first day's, once."""
    inside = pc.invert(outside(spec, day, times))
    return inside if spec.partitions.is_first(day) else pc.and_(inside, pc.is_valid(times))
