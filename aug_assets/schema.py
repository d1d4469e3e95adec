"""The dataset's schema in the forms that others need: Arrow, pandas, Pandera; and which rows fail it."""

from importlib import import_module
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from aug_assets.errors import SpecError
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


def arrow_type(column: ColumnSpec) -> pa.DataType:
    """The stored type of a column."""
    return _ARROW[column.type]


def pandas_dtype(column: ColumnSpec) -> Any:
    """The dtype of a column in a frame; numbers and booleans with nulls use pandas' nullable dtypes."""
    if column.type in ("string", "category"):
        return pd.StringDtype("pyarrow")
    if column.type == "timestamp":
        return pd.DatetimeTZDtype("us", "UTC")
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
    frame = {}
    for name, column in spec.columns.items():
        dtype = pandas_dtype(column)
        values = table.column(name)
        if isinstance(dtype, pd.api.extensions.ExtensionDtype) and hasattr(dtype, "__from_arrow__"):
            frame[name] = pd.Series(dtype.__from_arrow__(values))
        else:
            frame[name] = values.to_pandas().astype(dtype)
    return pd.DataFrame(frame)


def to_table(frame: pd.DataFrame, spec: DatasetSpec, ids: pa.Array, *, synthetic: bool) -> pa.Table:
    """The inverse of :func:`to_frame`, with the platform's own columns added."""
    own = [
        pa.array(frame[name], type=arrow_type(column), from_pandas=True)
        for name, column in spec.columns.items()
    ]
    flags = pa.array(np.full(len(frame), synthetic))
    arrays = [a.combine_chunks() if isinstance(a, pa.ChunkedArray) else a for a in (ids, flags, *own)]
    return pa.Table.from_arrays(arrays, schema=table_schema(spec))


def columns_of(spec: DatasetSpec, rows: pd.DataFrame) -> Columns:
    """The roles of the columns, with the decimals that the rows show where the spec names none."""
    kept = {*spec.key, spec.label}
    free = {n: c for n, c in spec.columns.items() if n not in kept and c.synthesize is not False}
    numeric = tuple(n for n, c in free.items() if c.type in NUMERIC)
    categorical = tuple(n for n, c in free.items() if c.type in ("category", "bool"))
    decimals, bounds = {}, {}
    for name in numeric:
        column = free[name]
        digits = 0 if column.type.startswith("int") else column.decimals
        digits = _decimals(numbers(rows, (name,))[:, 0]) if digits is None else digits
        if digits is not None:
            decimals[name] = digits
        low, high = column.min, column.max
        bounds[name] = (-np.inf if low is None else low, np.inf if high is None else high)
    return Columns(numeric, categorical, decimals, bounds)


def _decimals(values: NDArray[np.float64]) -> int | None:
    """The fewest digits that hold all values exactly, such as 2 for cents; None when there is no such number."""
    present = values[np.isfinite(values)]
    if len(present) == 0:
        return None
    return next((d for d in range(_MAX_DECIMALS + 1) if np.array_equal(np.round(present, d), present)), None)


def pandera_schema(spec: DatasetSpec, *, synthetic: bool) -> Any:
    """The dataset as a ``pandera.pandas.DataFrameSchema``.

    Synthetic rows have keys of the platform's own making, so the range of a key column does not bind them.
    """
    import pandera.pandas as pp

    columns = {}
    for name, column in spec.columns.items():
        free = synthetic and name in spec.key
        checks = [] if free else _checks(column)
        unique = column.unique and not free
        columns[name] = pp.Column(
            pandas_dtype(column), checks, nullable=column.nullable, unique=unique, report_duplicates="all"
        )
    return pp.DataFrameSchema(columns, strict=False, ordered=False)


def _checks(column: ColumnSpec) -> list[Any]:
    from pandera.pandas import Check

    checks = []
    if column.type.startswith("float"):
        checks.append(Check(lambda values: np.isfinite(values), error="finite"))
    if column.min is not None:
        checks.append(Check.ge(column.min, error="min"))
    if column.max is not None:
        checks.append(Check.le(column.max, error="max"))
    if column.values is not None:
        checks.append(Check.isin(list(column.values), error="values"))
    if column.type in ("string", "category"):
        checks.append(Check.str_length(max_value=column.max_length, error="max_length"))
    return checks


def failures(spec: DatasetSpec, frame: pd.DataFrame, *, synthetic: bool) -> dict[str, NDArray[np.bool_]]:
    """Which rows fail the schema, by reason code such as ``max:amount``; masks of shape (rows,)."""
    plain = frame.reset_index(drop=True)  # Pandera reports index labels, which must be unique to mean a row
    found = _failure_cases(pandera_schema(spec, synthetic=synthetic), plain)
    if spec.model:
        found = pd.concat([found, _failure_cases(_model(spec.model), plain)], ignore_index=True)
    masks: dict[str, NDArray[np.bool_]] = {}
    for (check, column), cases in found.groupby(["check", "column"], dropna=False, sort=True):
        reason = f"{_CODES.get(str(check), str(check))}:{column}"
        mask = masks.setdefault(reason, np.zeros(len(frame), bool))
        positions = cases["index"]
        if positions.isna().any():
            mask[:] = True  # a check of the whole frame failed: no row of it can be trusted
        else:
            mask[positions.to_numpy(np.int64)] = True
    return masks


_CODES = {"not_nullable": "not_null", "field_uniqueness": "unique"}


def _failure_cases(schema: Any, frame: pd.DataFrame) -> pd.DataFrame:
    """Pandera's failures as a plain frame, taken out here because its errors lose them when pickled."""
    from pandera.errors import SchemaErrors

    try:
        schema.validate(frame, lazy=True)
    except SchemaErrors as error:
        cases: pd.DataFrame = error.failure_cases[["check", "column", "index"]]
        return cases
    return pd.DataFrame({"check": [], "column": [], "index": []})


def _model(path: str) -> Any:
    module, _, name = path.partition(":")
    try:
        return getattr(import_module(module), name).to_schema()
    except (ImportError, AttributeError) as error:
        raise SpecError(
            "model is not an importable Pandera DataFrameModel",
            seen=path,
            legal="module:Class on the Python path of every worker",
            todo=f"fix the path or install the package ({error})",
        ) from error
