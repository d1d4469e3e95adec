"""Rows that failed, as they are kept: id, reasons and the whole row as JSON that any reader accepts."""

import hashlib
import json
import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from aug_assets.broken_text import shown, spelled
from aug_assets.values.picture import STORED, Picture

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
    """Times as text, for Python's own reach only to the year 9999; of pictures and files what names them."""
    for position, field in enumerate(rows.schema):
        values = shown(rows.column(position))
        if pa.types.is_temporal(field.type):
            rows = rows.set_column(position, field.name, pc.cast(values, pa.string()))
        elif field.type == STORED:
            rows = rows.set_column(
                position, field.name, pa.array([_picture(p) for p in _each(values)], _NAMED)
            )
        elif _holds_bytes(field.type):
            rows = rows.set_column(position, field.name, _files(values))
        else:
            rows = rows.set_column(position, field.name, values)
    return rows


_NAMED = pa.struct([("dtype", pa.string()), ("shape", pa.list_(pa.int32())), ("digest", pa.string())])
_FILE = pa.struct([("path", pa.string()), ("bytes", pa.int64()), ("digest", pa.string())])


def _picture(stored: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """What names a picture, of which quarantine would else hold megabytes."""
    if stored is None:
        return None
    dtype, shape = stored["dtype"], stored["shape"]
    return {
        "dtype": dtype,
        "shape": shape,
        "digest": Picture((stored["pixels"], stored["codec"]), dtype, tuple(shape)).digest,
    }


def _holds_bytes(kind: pa.DataType) -> bool:
    if pa.types.is_struct(kind):
        return any(_holds_bytes(kind.field(n).type) for n in range(kind.num_fields))
    return bool(pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_binary_view(kind))


def _files(values: pa.ChunkedArray) -> pa.Array:
    """A file's bytes by what names them, and with its path where the row has one."""
    named = []
    for value in _each(values):
        parts = value if isinstance(value, dict) else {"bytes": value}
        held = parts.get("bytes")
        name = None if held is None else hashlib.blake2b(held, digest_size=16).hexdigest()
        size = None if held is None else len(held)
        named.append(None if value is None else {"path": parts.get("path"), "bytes": size, "digest": name})
    return pa.array(named, _FILE)


def _each(values: pa.ChunkedArray) -> Iterator[Any]:
    """One at a time: together they could be a day's pictures."""
    return (scalar.as_py() for chunk in values.chunks for scalar in chunk)


def _plain(value: Any) -> Any:
    """What JSON can say: it has no NaN, no infinity and no bytes, but those of text that is none."""
    if isinstance(value, dict):
        return {str(key): _plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, bytes):
        return spelled(value)
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)
