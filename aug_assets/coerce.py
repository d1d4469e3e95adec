"""Raw columns to the declared types: what cannot be read is marked, never dropped or guessed."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from aug_assets.broken_text import broken, without
from aug_assets.errors import ColumnTypeError
from aug_assets.frames import arrow_type
from aug_assets.media import boxes, columns
from aug_assets.media.dicom import FROM
from aug_assets.media.fetch import PLACE
from aug_assets.media.files import Wanted
from aug_assets.spec import ColumnSpec, DatasetSpec
from aug_assets.spec_column import OBJECTS, PICTURES, TEXT
from aug_assets.times import instants

_TRUE, _FALSE = ("true", "t", "yes", "1", "1.0"), ("false", "f", "no", "0", "0.0")


@dataclass(frozen=True)
class Typed:
    """A raw table in the declared types.

    Attributes:
        table: The dataset's columns; a value that could not be read is null, and so is a NaN. A time that
            cannot be trusted keeps its likeliest reading and is marked all the same.
        failures: Reason code to bool mask of shape (rows,).
    """

    table: pa.Table
    failures: dict[str, NDArray[np.bool_]]


def coerce(raw: pa.Table, spec: DatasetSpec, *, typed_file: bool) -> Typed:
    """All columns of a raw table in the declared types.

    Args:
        raw: The raw rows, under the raw column names.
        spec: The dataset.
        typed_file: Whether the file format declares types, so that text in a number's place is a wrong file
            rather than a wrong value.

    Raises:
        ColumnTypeError: A column's type in the file can never become the declared one.
        LakeUnreachableError: The store that rows name their pictures in did not answer.
        SourceUnreadableError: A disk failed over them.
    """
    arrays: dict[str, pa.Array | pa.ChunkedArray] = {}
    failures: dict[str, NDArray[np.bool_]] = {}
    for name, column in spec.columns.items():
        source, reason = column.from_ or name, reason_of(name, column)
        delivered = raw.column(source)
        lost = broken(delivered)
        if lost is not None:
            delivered, failures[reason] = without(delivered, lost), lost
        if column.type in OBJECTS:
            arrays[name], bad_values = _payload(name, spec, raw, delivered)
            failures |= {r: failures.get(r, False) | mask for r, mask in bad_values.items()}
            continue
        values = _plain(delivered)
        if pa.types.is_string(values.type) and typed_file and not _of_text(column, source):
            raise _wrong_type(name, column, values.type)
        arrays[name], bad = _convert(name, column, values, spec.partitions.timezone)
        if bad.any():
            failures[reason] = failures.get(reason, False) | bad
    schema = pa.schema([(name, arrow_type(column)) for name, column in spec.columns.items()])
    return Typed(pa.table(arrays, schema=schema), failures)


def _of_text(column: ColumnSpec, source: str) -> bool:
    """Whether text is in its place, even in a file with types."""
    return column.type in TEXT or source.startswith(FROM)


def _payload(
    name: str, spec: DatasetSpec, raw: pa.Table, values: pa.ChunkedArray
) -> tuple[pa.Array | pa.ChunkedArray, dict[str, NDArray[np.bool_]]]:
    """A column of pictures, boxes or points, and masks of what could not be read by reason."""
    column = spec.columns[name]
    try:
        if column.type not in PICTURES:
            array, bad = boxes.stored(column.type, _plain(values))
            return array, {reason_of(name, column): bad} if bad.any() else {}
        kept = frozenset((c.from_ or "").removeprefix(FROM) for c in spec.columns.values())
        folders = raw.column(PLACE).to_pylist() if PLACE in raw.column_names else None
        pictures, found = columns.stored(values, Wanted(column.type, column.channels, kept), folders)  # type: ignore[arg-type]
    except TypeError as error:
        raise _wrong_type(name, column, values.type) from error
    return pictures, {f"{code}:{name}": mask for code, mask in found.items()}


def reason_of(name: str, column: ColumnSpec) -> str:
    """The reason code of a value that could not be read."""
    return f"{'time' if column.type == 'timestamp' else 'type'}:{name}"


def _plain(values: pa.ChunkedArray) -> pa.Array:
    """One array, its text as plain strings: dictionaries and long or viewed strings mean the same."""
    kind = values.type
    if pa.types.is_dictionary(kind):
        values, kind = values.cast(kind.value_type), kind.value_type
    if pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        values = values.cast(pa.string())
    array = values.combine_chunks()
    return array if isinstance(array, pa.Array) else pa.concat_arrays(array.chunks)


def _convert(
    name: str, column: ColumnSpec, values: pa.Array, zone: str
) -> tuple[pa.Array, NDArray[np.bool_]]:
    target, none = arrow_type(column), np.zeros(len(values), bool)
    if pa.types.is_null(values.type):
        return pa.nulls(len(values), target), none
    if column.type == "timestamp":
        found = instants(values, zone)
        if found is None:
            raise _wrong_type(name, column, values.type)
        return found
    if not _sensible(column, values.type):
        raise _wrong_type(name, column, values.type)
    array, bad = _cast(column, values, target)
    if pa.types.is_floating(target):
        array = pc.if_else(pc.is_nan(array), pa.scalar(None, target), array)
    return array, bad


def _sensible(column: ColumnSpec, seen: pa.DataType) -> bool:
    """Whether a type can mean the declared one: Arrow would also make numbers of dates, and the reverse."""
    if pa.types.is_nested(seen):
        return bool(seen == arrow_type(column))  # lists of events in their stored form
    if column.type in TEXT or pa.types.is_string(seen):
        return True
    return bool(column.type == "date") == bool(pa.types.is_date(seen) or pa.types.is_timestamp(seen))


def _cast(column: ColumnSpec, values: pa.Array, target: pa.DataType) -> tuple[pa.Array, NDArray[np.bool_]]:
    """A whole column at once where every value allows it; Arrow takes any number but 0 for true."""
    if not (column.type == "bool" and not pa.types.is_boolean(values.type)):
        try:
            return pc.cast(values, target), np.zeros(len(values), bool)
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
            pass
    distinct = values.dictionary_encode()
    read = [_read(column, value) for value in distinct.dictionary.to_pylist()]
    taken = pa.array(read, target, from_pandas=True).take(distinct.indices)
    refused = pa.array([value is _BAD for value in read], pa.bool_()).take(distinct.indices)
    return taken, pc.fill_null(refused, fill_value=False).to_numpy(zero_copy_only=False)


_BAD = float("nan")  # told from a value by identity; Arrow stores it as null


def _read(column: ColumnSpec, value: Any) -> Any:
    """One raw value as the declared type, or _BAD; a NaN is a null, as pandas writes it."""
    if value is None or (isinstance(value, float) and np.isnan(value)):
        return None
    value = value.strip() if isinstance(value, str) else value
    try:
        return _READERS[column.type](column, value)
    except (ValueError, ArithmeticError, TypeError):
        return _BAD


def _whole(column: ColumnSpec, value: Any) -> Any:
    """Exactly: a float between would change numbers beyond 2**53."""
    if isinstance(value, str):
        value = int(value, 16) if value[:2].lower() == "0x" else Decimal(value if "_" not in value else "")
    exact = int(value)
    limit = np.iinfo(column.type)
    return exact if exact == value and limit.min <= exact <= limit.max else _BAD


def _float(_: ColumnSpec, value: Any) -> Any:
    if isinstance(value, int) and float(value) != value:
        return _BAD  # a number that the column cannot hold; in text every number is rounded
    return float(value) if "_" not in str(value) else _BAD


def _bool(_: ColumnSpec, value: Any) -> Any:
    text = str(value).lower()
    return True if text in _TRUE else False if text in _FALSE else _BAD


def _date(_: ColumnSpec, value: Any) -> Any:
    found = datetime.fromisoformat(value) if isinstance(value, str) else value
    return found.date() if isinstance(found, datetime) else found if isinstance(found, date) else _BAD


def _text(_: ColumnSpec, value: Any) -> Any:
    return value.decode() if isinstance(value, bytes) else str(value)


_READERS: dict[str, Callable[[ColumnSpec, Any], Any]] = {
    "int32": _whole, "int64": _whole, "float32": _float, "float64": _float, "bool": _bool, "date": _date,
    "string": _text, "category": _text, "text": _text,
}  # fmt: skip


def _wrong_type(name: str, column: ColumnSpec, seen: pa.DataType) -> ColumnTypeError:
    return ColumnTypeError(
        f"column {name!r} has another type in the file than in the dataset",
        seen=str(seen),
        legal=f"values that can be read as {column.type}",
        todo="correct the file, or the column's type in the dataset",
    )
