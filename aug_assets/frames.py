"""A dataset's rows as Arrow tables and as typed frames, and the roles of their columns; nothing is judged."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from aug_assets.operators.base import Columns, numbers
from aug_assets.rows import IS_SYNTHETIC, ROW_ID
from aug_assets.spec import NUMERIC, ColumnSpec, DatasetSpec
from aug_assets.spec_column import TEXT, WHOLE
from aug_assets.spec_safety import facts
from aug_assets.values import boxes as boxed
from aug_assets.values import picture
from aug_assets.values.column import objects

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
    "text": pa.string(),
    **dict.fromkeys(("image", "mask", "depth"), picture.STORED),
    "boxes": boxed.STORED_BOXES,
    "points": boxed.STORED_POINTS,
}
_READ: dict[str, Callable[[Any], list[Any]]] = {
    **dict.fromkeys(("image", "mask", "depth"), picture.from_arrow),
    "boxes": boxed.boxes_from_arrow,
    "points": boxed.points_from_arrow,
}
_WRITE: dict[str, Callable[[Any], pa.Array]] = {
    **dict.fromkeys(("image", "mask", "depth"), picture.to_arrow),
    "boxes": boxed.boxes_to_arrow,
    "points": boxed.points_to_arrow,
}
_PANDAS: dict[str, Any] = {
    **dict.fromkeys(_READ, np.dtype(object)),
    **dict.fromkeys(TEXT, pd.StringDtype("pyarrow")),
    "timestamp": pd.DatetimeTZDtype("us", "UTC"),  # type: ignore[arg-type]  # the stubs know ns only
    "date": pd.ArrowDtype(pa.date32()),
}
_MAX_DECIMALS = 6
_INT64 = (-(2.0**63), 2.0**63 - 1024)  # the floats nearest to the ends of int64 that it can hold


def arrow_type(column: ColumnSpec) -> pa.DataType:
    """The stored type of a column."""
    kind = _ARROW[column.type]
    return pa.list_(kind) if column.each else kind


def pandas_dtype(column: ColumnSpec) -> Any:
    """The dtype of a column in a frame; numbers and booleans with nulls use pandas' nullable dtypes.

    Pictures, boxes and points are objects, see ``aug_assets.values``; lists of events stay Arrow lists.
    """
    if column.each:
        return pd.ArrowDtype(arrow_type(column))
    if column.type == "bool":
        return pd.BooleanDtype() if column.nullable else np.dtype(bool)
    if column.type in WHOLE and column.nullable:
        return pd.Int32Dtype() if column.type == "int32" else pd.Int64Dtype()
    if column.type in NUMERIC:
        return np.dtype(column.type)
    return _PANDAS[column.type]


def table_schema(spec: DatasetSpec) -> pa.Schema:
    """The stored schema of source, augmented and validated rows: id, origin, then the dataset's columns."""
    own = [(name, arrow_type(column)) for name, column in spec.columns.items()]
    return pa.schema([(ROW_ID, pa.string()), (IS_SYNTHETIC, pa.bool_()), *own])


def to_frame(table: pa.Table, spec: DatasetSpec) -> pd.DataFrame:
    """The dataset's columns of a stored table as a typed frame on a fresh RangeIndex."""
    return pd.DataFrame({name: _series(table.column(name), c) for name, c in spec.columns.items()})


def _series(values: pa.ChunkedArray, column: ColumnSpec) -> Any:
    if column.type in _READ:
        return objects(_READ[column.type](values))
    dtype = pandas_dtype(column)
    if isinstance(dtype, pd.api.extensions.ExtensionDtype) and hasattr(dtype, "__from_arrow__"):
        return pd.Series(dtype.__from_arrow__(values))
    return values.to_pandas().astype(dtype)


def events_of(frame: pd.DataFrame, spec: DatasetSpec) -> tuple[pd.DataFrame, NDArray[np.int64]]:
    """The events of sessions below each other, and the position of the session that each belongs to.

    Values that are one a session are repeated; in the dtypes of single values, on a fresh RangeIndex.
    """
    stored = pa.Table.from_pandas(frame[[*spec.kinds["each"]]], preserve_index=False)
    lists = {name: stored.column(name).combine_chunks() for name in spec.kinds["each"]}
    first = next(iter(lists.values()))
    row = pc.list_parent_indices(first).to_numpy().astype(np.int64)
    columns: dict[str, Any] = {}
    for name, column in spec.columns.items():
        if column.each:
            single = column.model_copy(update={"each": False})
            columns[name] = _series(pa.chunked_array([lists[name].flatten()]), single)
        else:
            columns[name] = frame[name].take(row).reset_index(drop=True)
    return pd.DataFrame(columns), row


def to_table(frame: pd.DataFrame, spec: DatasetSpec, ids: pa.Array, *, synthetic: bool) -> pa.Table:
    """The inverse of :func:`to_frame`, with the platform's own columns added."""
    own = [
        _WRITE[column.type](frame[name])
        if column.type in _WRITE
        else pa.array(frame[name], type=arrow_type(column), from_pandas=True)
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
        "text": "",
        "timestamp": pd.Timestamp(0, tz="UTC"),
        "date": pd.Timestamp(0).date(),
    }
    return pd.DataFrame(
        {
            name: pd.Series([zero.get(c.type, 0)], dtype=pandas_dtype(c.model_copy(update={"each": False})))
            for name, c in columns.items()
            if c.type not in _READ
        }
    )


def columns_of(spec: DatasetSpec, rows: pd.DataFrame) -> Columns:
    """The roles of the columns, with the decimals that the rows show where the spec names none."""
    kept = {*spec.key, spec.label}
    free = {
        n: c for n, c in spec.columns.items() if n not in kept and c.synthesize is not False and not c.each
    }
    numeric = tuple(n for n, c in free.items() if c.type in NUMERIC)
    categorical = tuple(n for n, c in free.items() if c.type in ("category", "bool"))
    digits = {name: _digits(free[name], rows, name) for name in numeric}
    decimals = {name: count for name, count in digits.items() if count is not None}
    bounds = {
        name: _bounds(column)
        for name, column in free.items()
        if name in (*numeric, *spec.kinds.get("image", ()))
    }
    return Columns(numeric, categorical, decimals, bounds, spec.kinds, facts(spec))


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
