"""A dataset's rows as Arrow tables and as typed frames, and the roles of their columns; nothing is judged."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from aug_assets.operators.base import Columns, numbers
from aug_assets.rows import IS_SYNTHETIC, ROW_ID
from aug_assets.spec import NUMERIC, ColumnSpec, DatasetSpec

_ARROW = {
    "int32": pa.int32(),
    "int64": pa.int64(),
    "float32": pa.float32(),
    "float64": pa.float64(),
    "string": pa.string(),
    "category": pa.string(),
    "bool": pa.bool_(),
    "timestamp": pa.timestamp("us", "UTC"),
    "date": pa.date32(),
}
_MAX_DECIMALS = 6
_INT64 = (-(2.0**63), 2.0**63 - 1024)  # the floats nearest to the ends of int64 that it can hold


def arrow_type(column: ColumnSpec) -> pa.DataType:
    """The stored type of a column."""
    return _ARROW[column.type]


def pandas_dtype(column: ColumnSpec) -> Any:
    """The dtype of a column in a frame; numbers and booleans with nulls use pandas' nullable dtypes."""
    if column.type in ("string", "category"):
        return pd.StringDtype("pyarrow")
    if column.type == "timestamp":
        return pd.DatetimeTZDtype("us", "UTC")  # type: ignore[arg-type]  # the stubs know ns only
    if column.type == "date":
        return pd.ArrowDtype(pa.date32())
    if column.type == "bool":
        return pd.BooleanDtype() if column.nullable else np.dtype(bool)
    if column.type in ("int32", "int64") and column.nullable:
        return pd.Int32Dtype() if column.type == "int32" else pd.Int64Dtype()
    return np.dtype(column.type)


def table_schema(spec: DatasetSpec) -> pa.Schema:
    """The stored schema of source, augmented and validated rows: id, origin, then the dataset's columns."""
    own = [(name, arrow_type(column)) for name, column in spec.columns.items()]
    return pa.schema([(ROW_ID, pa.string()), (IS_SYNTHETIC, pa.bool_()), *own])


def to_frame(table: pa.Table, spec: DatasetSpec) -> pd.DataFrame:
    """The dataset's columns of a stored table as a typed frame on a fresh RangeIndex."""
    return pd.DataFrame({name: _series(table.column(name), c) for name, c in spec.columns.items()})


def _series(values: pa.ChunkedArray, column: ColumnSpec) -> Any:
    dtype = pandas_dtype(column)
    if isinstance(dtype, pd.api.extensions.ExtensionDtype) and hasattr(dtype, "__from_arrow__"):
        return pd.Series(dtype.__from_arrow__(values))
    return values.to_pandas().astype(dtype)


def to_table(frame: pd.DataFrame, spec: DatasetSpec, ids: pa.Array, *, synthetic: bool) -> pa.Table:
    """The inverse of :func:`to_frame`, with the platform's own columns added."""
    own = [
        pa.array(frame[name], type=arrow_type(column), from_pandas=True)
        for name, column in spec.columns.items()
    ]
    return with_origin([*own], spec, ids, synthetic=synthetic)


def with_origin(own: list[Any], spec: DatasetSpec, ids: pa.Array, *, synthetic: bool) -> pa.Table:
    """The dataset's columns with the platform's before them, in the stored schema."""
    flags = pa.array(np.full(len(ids), synthetic))
    arrays = [a.combine_chunks() if isinstance(a, pa.ChunkedArray) else a for a in (ids, flags, *own)]
    return pa.Table.from_arrays(arrays, schema=table_schema(spec))


def example(columns: Mapping[str, ColumnSpec]) -> pd.DataFrame:
    """One row of the right dtypes, to try rules on."""
    zero = {
        "string": "",
        "category": "",
        "timestamp": pd.Timestamp(0, tz="UTC"),
        "date": pd.Timestamp(0).date(),
    }
    return pd.DataFrame(
        {name: pd.Series([zero.get(c.type, 0)], dtype=pandas_dtype(c)) for name, c in columns.items()}
    )


def columns_of(spec: DatasetSpec, rows: pd.DataFrame) -> Columns:
    """The roles of the columns, with the decimals that the rows show where the spec names none."""
    kept = {*spec.key, spec.label}
    free = {n: c for n, c in spec.columns.items() if n not in kept and c.synthesize is not False}
    numeric = tuple(n for n, c in free.items() if c.type in NUMERIC)
    categorical = tuple(n for n, c in free.items() if c.type in ("category", "bool"))
    digits = {name: _digits(free[name], rows, name) for name in numeric}
    decimals = {name: count for name, count in digits.items() if count is not None}
    return Columns(numeric, categorical, decimals, {name: _bounds(free[name]) for name in numeric})


def _digits(column: ColumnSpec, rows: pd.DataFrame, name: str) -> int | None:
    if column.type.startswith("int"):
        return 0
    if column.decimals is not None:
        return column.decimals
    return _decimals(numbers(rows, (name,))[:, 0], np.dtype(column.type))


def _decimals(values: NDArray[np.float64], dtype: np.dtype[Any]) -> int | None:
    """The fewest digits that hold all values exactly, such as 2 for cents; None when no number does."""
    present = values[np.isfinite(values)]
    if len(present) == 0:
        return None
    for digits in range(_MAX_DECIMALS + 1):
        # In the column's own width: 0.1 as float32 is not 0.1 as float64.
        if np.array_equal(np.round(present, digits).astype(dtype), present.astype(dtype)):
            return digits
    return None


def _bounds(column: ColumnSpec) -> tuple[float, float]:
    """The legal range: the spec's, inside what the type can hold."""
    widest = {"int64": _INT64, "int32": (-(2.0**31), 2.0**31 - 1)}
    low, high = widest.get(column.type, (-np.inf, np.inf))
    low = low if column.min is None else max(low, column.min)
    return low, high if column.max is None else min(high, column.max)
