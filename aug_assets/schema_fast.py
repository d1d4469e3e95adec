"""A look at a frame that costs a few passes over its columns: whether it surely holds the schema.

Pandera judges every frame of which this is not said. It says which rows fail, and takes tens of milliseconds
for however few rows; nearly all frames hold the schema.
"""

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from aug_assets.frames import pandas_dtype
from aug_assets.spec import ColumnSpec, DatasetSpec
from aug_assets.spec_column import OBJECTS, TEXT


def holds(spec: DatasetSpec, frame: pd.DataFrame, *, synthetic: bool) -> bool:
    """Whether Pandera would find nothing to say; True only where that is sure.

    Args:
        spec: The dataset.
        frame: Rows in its dtypes.
        synthetic: Whether they were made, see :func:`aug_assets.schema.pandera_schema`.
    """
    return all(
        name in frame
        and _holds(frame[name], column, made=synthetic, checked=not (synthetic and name in spec.key))
        for name, column in spec.columns.items()
        if column.type not in OBJECTS and not column.each
    )


def _holds(series: pd.Series, column: ColumnSpec, *, made: bool, checked: bool) -> bool:
    if series.dtype != pandas_dtype(column):
        return False
    values = _arrow(series)
    if values.null_count and not column.nullable:
        return False
    if column.unique and not made and pc.count_distinct(values, mode="all").as_py() != len(values):
        return False
    return not checked or _is_legal(values, column)


def _arrow(series: pd.Series) -> Any:
    if isinstance(series.dtype, np.dtype) and series.dtype.kind in "ifb":
        return pa.array(series.to_numpy(), from_pandas=True)  # without the detour over pandas' own dtypes
    return pa.array(series, from_pandas=True)


def _is_legal(values: Any, column: ColumnSpec) -> bool:
    """Nulls are legal here: what may not be null was looked at before."""
    if column.type.startswith("float") and not _all(pc.is_finite(values)):
        return False
    if column.min is not None or column.max is not None:
        seen = pc.min_max(values).as_py()
        if seen["min"] is not None and not _within(seen, column):
            return False
    if column.values is not None:  # noqa: PD011 - the spec's, no frame's
        legal = pa.array([*column.values]).cast(values.type, safe=False)  # noqa: PD011
        if not _all(pc.or_kleene(pc.is_in(values, value_set=legal), pc.is_null(values))):
            return False
    if column.type in TEXT:
        longest = pc.max(pc.utf8_length(values)).as_py()
        return longest is None or longest <= column.max_length
    return True


def _within(seen: dict[str, Any], column: ColumnSpec) -> bool:
    low = column.min is None or seen["min"] >= column.min
    return bool(low and (column.max is None or seen["max"] <= column.max))


def _all(truth: Any) -> bool:
    return bool(pc.all(truth, min_count=0).as_py() is not False)
