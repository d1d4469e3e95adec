"""Raw columns to the declared types, value by value: what cannot be read is marked, never dropped or guessed."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from aug_assets.errors import ColumnTypeError
from aug_assets.schema import arrow_type
from aug_assets.spec import ColumnSpec, DatasetSpec

_OFFSET = r"(?:Z|z|[+-]\d{2}:?\d{2})$"
_TRUE, _FALSE = ("true", "t", "yes", "1"), ("false", "f", "no", "0")


@dataclass(frozen=True)
class Typed:
    """A raw table in the declared types.

    Attributes:
        table: The dataset's columns; a value that could not be read is null.
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
    """
    arrays, failures = {}, {}
    for name, column in spec.columns.items():
        values = raw.column(column.from_ or name)
        if pa.types.is_dictionary(values.type):
            values = values.cast(values.type.value_type)
        text = pa.types.is_string(values.type) or pa.types.is_large_string(values.type)
        if text and typed_file and column.type not in ("string", "category"):
            raise _wrong_type(name, column, values.type)
        array, bad, code = _convert(name, column, values.combine_chunks(), spec.partitions.timezone)
        arrays[name] = array
        if bad.any():
            failures[f"{code}:{name}"] = bad
    schema = pa.schema([(name, arrow_type(column)) for name, column in spec.columns.items()])
    return Typed(pa.table(arrays, schema=schema), failures)


def _convert(
    name: str, column: ColumnSpec, values: pa.Array, zone: str
) -> tuple[pa.Array, NDArray[np.bool_], str]:
    target = arrow_type(column)
    if pa.types.is_null(values.type):
        return pa.nulls(len(values), target), np.zeros(len(values), bool), "type"
    if column.type == "timestamp":
        return *_timestamps(name, column, values, zone), "time"
    try:
        return pc.cast(values, target), np.zeros(len(values), bool), "type"
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return *_one_by_one(name, column, values), "type"


def _one_by_one(name: str, column: ColumnSpec, values: pa.Array) -> tuple[pa.Array, NDArray[np.bool_]]:
    """Values that a whole-column cast refused: the good ones are kept, the others marked."""
    series = values.to_pandas()
    given = series.notna().to_numpy()
    if column.type == "bool":
        lowered = series.astype(str).str.strip().str.lower()
        read = lowered.isin(_TRUE)
        good = given & lowered.isin([*_TRUE, *_FALSE]).to_numpy()
    elif column.type == "date":
        read = pd.to_datetime(series, errors="coerce", format="ISO8601", utc=True)
        good = given & read.notna().to_numpy()
        read = read.dt.date
    elif pd.api.types.is_numeric_dtype(series.dtype) or pd.api.types.is_object_dtype(series.dtype):
        read = pd.to_numeric(series, errors="coerce")
        good = given & read.notna().to_numpy()
        if column.type.startswith("int"):
            limit = np.iinfo(column.type)
            with np.errstate(invalid="ignore"):
                whole = (read % 1 == 0) & (read >= limit.min) & (read <= limit.max)
            good &= whole.to_numpy(bool)
            read = read.where(good).astype("Float64").astype("Int64")
    else:
        raise _wrong_type(name, column, values.type)
    array = pa.array(read, mask=~good, from_pandas=True).cast(arrow_type(column))
    return array, given & ~good


def _timestamps(
    name: str, column: ColumnSpec, values: pa.Array, zone: str
) -> tuple[pa.Array, NDArray[np.bool_]]:
    """Instants in UTC. Local times are read in the dataset's zone; those that exist twice or never are bad."""
    if pa.types.is_string(values.type) or pa.types.is_large_string(values.type):
        return _timestamp_texts(values, zone)
    if pa.types.is_date(values.type):
        values = values.cast(pa.timestamp("us"))
    if not pa.types.is_timestamp(values.type):
        raise _wrong_type(name, column, values.type)
    if values.type.tz is not None:
        return pc.cast(values, arrow_type(column), safe=False), np.zeros(len(values), bool)
    local = values.cast(pa.timestamp("us"), safe=False).to_pandas()
    return _localized(local, zone)


def _timestamp_texts(values: pa.Array, zone: str) -> tuple[pa.Array, NDArray[np.bool_]]:
    text = values.to_pandas().astype(pd.StringDtype("pyarrow"))
    aware = text.str.contains(_OFFSET, regex=True).fillna(value=False).to_numpy(bool)
    given = text.notna().to_numpy()
    instants = pd.to_datetime(text.where(aware), errors="coerce", format="ISO8601", utc=True)
    if not aware.any():
        local = pd.to_datetime(text, errors="coerce", format="ISO8601")
        array, bad = _localized(local, zone)
        return array, bad | (given & local.isna().to_numpy())
    # A file that mixes both leaves open which zone the bare times mean: only those with an offset are taken.
    array = pa.array(instants.dt.as_unit("us"), type=pa.timestamp("us", "UTC"), from_pandas=True)
    return array, given & instants.isna().to_numpy()


def _localized(local: pd.Series, zone: str) -> tuple[pa.Array, NDArray[np.bool_]]:
    instants = local.dt.tz_localize(zone, ambiguous="NaT", nonexistent="NaT").dt.tz_convert("UTC")
    array = pa.array(instants.dt.as_unit("us"), type=pa.timestamp("us", "UTC"), from_pandas=True)
    return array, (local.notna() & instants.isna()).to_numpy()


def _wrong_type(name: str, column: ColumnSpec, seen: pa.DataType) -> ColumnTypeError:
    return ColumnTypeError(
        f"column {name!r} has another type in the file than in the dataset",
        seen=str(seen),
        legal=f"values that can be read as {column.type}",
        todo="correct the file, or the column's type in the dataset",
    )
