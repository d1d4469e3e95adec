"""Text that is no UTF-8, which a Parquet file may hold: which values are broken, and how they are shown."""

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray


def broken(values: pa.Array | pa.ChunkedArray) -> NDArray[np.bool_] | None:
    """Which values hold text that is no UTF-8, anywhere in them.

    Args:
        values: Of any type; of shape (n,).

    Returns:
        A mask of shape (n,), or None where all are sound, which takes one pass in Arrow to see.
    """
    if pa.types.is_dictionary(values.type):  # a value of it would be held against all its words
        values = values.cast(values.type.value_type)
    chunks = values.chunks if isinstance(values, pa.ChunkedArray) else [values]
    if all(_sound(chunk) for chunk in chunks):
        return None
    # A copy of each value: of a part of a list Arrow looks at the whole list.
    copies = pa.types.is_nested(values.type)
    each = [c.take(pa.array([n])) if copies else c[n] for c in chunks for n in range(len(c))]
    return np.array([not _sound(value) for value in each], bool)


def without(values: pa.Array | pa.ChunkedArray, lost: NDArray[np.bool_]) -> Any:
    """The same values with null in place of some."""
    return values.take(pa.array(np.arange(len(values)), mask=lost))


def shown(values: pa.ChunkedArray) -> pa.ChunkedArray:
    r"""A column with the broken bytes of its text written out as ``\xe9``; a sound one stays as it is.

    Args:
        values: Of any type.

    Returns:
        Strings, or where text is inside of lists or records these with bytes in place of text.
    """
    if broken(values) is None:
        return values
    kind = values.type.value_type if pa.types.is_dictionary(values.type) else values.type
    raw = values.cast(kind).cast(_of_bytes(kind))
    if pa.types.is_nested(kind):
        return raw
    return pa.chunked_array([[v if v is None else spelled(v) for v in raw.to_pylist()]], pa.string())


def spelled(raw: bytes) -> str:
    r"""Bytes as text, those that are none as ``\xe9``."""
    return raw.decode(errors="backslashreplace")


def _of_bytes(kind: pa.DataType) -> pa.DataType:
    """The type with bytes in place of text."""
    if pa.types.is_struct(kind):
        return pa.struct([(field.name, _of_bytes(field.type)) for field in kind])
    if pa.types.is_list(kind):
        return pa.list_(_of_bytes(kind.value_type))
    text = pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)
    return pa.large_binary() if text else kind


def _sound(values: pa.Array | pa.Scalar) -> bool:
    """Whether Arrow finds nothing amiss in an array or a single value."""
    try:
        values.validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True
