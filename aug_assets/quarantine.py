"""Rows that failed, as they are kept: id, reasons and the whole row as JSON that any reader accepts."""

import json
import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

QUARANTINE = pa.schema(
    [("row_id", pa.string()), ("reasons", pa.list_(pa.string())), ("row", pa.string())],
    metadata={"row": "the row as JSON, as it was when it failed"},
)


def quarantined(ids: pa.Array, masks: Mapping[str, NDArray[np.bool_]], rows: pa.Table) -> pa.Table:
    """Failed rows as quarantine keeps them: id, reasons, and the whole row as JSON."""
    names = np.array(list(masks), dtype=object)
    table = np.column_stack(list(masks.values())) if masks else np.zeros((len(ids), 0), bool)
    reasons = [list(names[row]) for row in table]
    payload = [
        json.dumps(_plain(row), ensure_ascii=False, sort_keys=True) for row in _printable(rows).to_pylist()
    ]
    return pa.table(
        [ids, pa.array(reasons, pa.list_(pa.string())), pa.array(payload, pa.string())], QUARANTINE
    )


def _printable(rows: pa.Table) -> pa.Table:
    """Times as text: Python's own reach only to the year 9999 and the microsecond."""
    for position, field in enumerate(rows.schema):
        if pa.types.is_temporal(field.type):
            rows = rows.set_column(position, field.name, pc.cast(rows.column(position), pa.string()))
    return rows


def _plain(value: Any) -> Any:
    """What JSON can say: it has no NaN, no infinity and no bytes."""
    if isinstance(value, dict):
        return {str(key): _plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)
