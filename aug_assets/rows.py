"""Row ids and content digests: how a row, and a table, is named by what it holds.

Nothing here knows what a column means; that is ``aug_assets.spec``.
"""

import hashlib
from collections.abc import Iterable
from typing import Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from aug_assets.keys import U64

ROW_ID = "row_id"
IS_SYNTHETIC = "is_synthetic"
DATE = "date"
RESERVED = (ROW_ID, IS_SYNTHETIC, DATE)  # columns that the platform adds to a dataset's own

PROVENANCE = pa.schema(
    [
        (ROW_ID, pa.string()),
        ("branch", pa.string()),
        ("step", pa.int32()),
        ("operator", pa.string()),
        ("operator_version", pa.string()),
        ("key", pa.string()),
        ("parents", pa.list_(pa.string())),
        ("drawn", pa.map_(pa.string(), pa.float64())),
        ("copy", pa.int32()),
        ("recipe_digest", pa.string()),
        ("source_digest", pa.string()),
    ]
)

_HEX = np.array([f"{i:02x}" for i in range(256)], dtype="S2").view(np.uint16)
_UNHEX = np.zeros(256, np.uint8)
_UNHEX[[ord(c) for c in "0123456789abcdef"]] = np.arange(16)
_ID_CHARS = 32


def source_ids(dataset: str, key_columns: Iterable[pa.Array | pa.ChunkedArray], rows: int) -> U64:
    """128-bit ids of source rows from the dataset's name and the row's key values; uint64 (rows, 2).

    The same key values give the same id on any day and in any file order.
    """
    texts = [pc.fill_null(pc.cast(c, pa.string()), "\0null") for c in key_columns]
    sized = [pc.binary_join_element_wise(pc.cast(pc.utf8_length(t), pa.string()), t, ":") for t in texts]
    named = pc.cast(pc.binary_join_element_wise(*sized, ""), pa.binary()).to_pylist()
    digests = bytearray()
    prefix = hashlib.blake2b(f"{len(dataset)}:{dataset}".encode(), digest_size=16)
    for values in named:
        h = prefix.copy()
        h.update(values)
        digests += h.digest()
    return np.frombuffer(bytes(digests), dtype="<u8").astype(np.uint64).reshape(rows, 2)


def to_hex(bits: U64) -> pa.Array:
    """Ids of shape (n, 2) as an Arrow string array of 32 hexadecimal characters each."""
    raw = np.ascontiguousarray(bits.astype("<u8")).view(np.uint8)
    text = np.ascontiguousarray(_HEX[raw])
    offsets = np.arange(len(bits) + 1, dtype=np.int32) * _ID_CHARS
    return pa.StringArray.from_buffers(len(bits), pa.py_buffer(offsets), pa.py_buffer(text))


def from_hex(ids: pa.Array | pa.ChunkedArray) -> U64:
    """The inverse of :func:`to_hex`."""
    raw = np.frombuffer("".join(ids.to_pylist()).encode(), np.uint8)
    nibbles = _UNHEX[raw].reshape(-1, 2)
    pairs = nibbles[:, 0] << 4 | nibbles[:, 1]
    return np.ascontiguousarray(pairs).view("<u8").astype(np.uint64).reshape(len(ids), 2)


def order(bits: U64) -> NDArray[np.int64]:
    """Positions that sort rows by id: the canonical order, free of files, chunks and workers."""
    return np.lexsort((bits[:, 0], bits[:, 1])).astype(np.int64)


class TableDigest:
    """SHA-256 over a table's column names, types and values, fed in pieces.

    Equal rows in equal order give an equal digest however they are cut into pieces and chunks, and whatever
    lies in their null slots.

    Raises:
        TypeError: A column's type has no defined bytes here, such as a dictionary.
    """

    def __init__(self, schema: pa.Schema) -> None:
        self._schema = schema
        self._columns = [_ColumnDigest(field.type) for field in schema]
        self._rows = 0

    def update(self, piece: pa.Table | pa.RecordBatch) -> Self:
        """Take in the next rows."""
        self._rows += piece.num_rows
        for column, part in zip(piece.columns, self._columns, strict=True):
            for array in column.chunks if isinstance(column, pa.ChunkedArray) else [column]:
                part.update(array)
        return self

    def hexdigest(self) -> str:
        """The digest of all rows so far."""
        h = hashlib.sha256(f"{self._rows}".encode())
        for field, part in zip(self._schema, self._columns, strict=True):
            h.update(f"{len(field.name)}:{field.name}:{field.type}".encode() + part.digest())
        return h.hexdigest()


def digest(table: pa.Table) -> str:
    """The :class:`TableDigest` of a whole table."""
    return TableDigest(table.schema).update(table).hexdigest()


class _ColumnDigest:
    """Validity, lengths and values of a column, each as one stream of bytes, so that cuts leave no trace."""

    def __init__(self, kind: pa.DataType) -> None:
        if not _defined(kind):
            raise TypeError(f"no digest is defined for columns of type {kind}; cast them first")
        self._kind = kind
        self._streams = [hashlib.sha256() for _ in range(3)]
        self._children = [_ColumnDigest(child) for child in _children(kind)]

    def update(self, array: pa.Array) -> None:
        valid, lengths, values = self._streams
        valid.update(array.is_valid().to_numpy(zero_copy_only=False).tobytes())
        present = array.drop_null()
        if pa.types.is_struct(self._kind):
            for child, part in zip(self._children, _parts(present), strict=True):
                child.update(part)
        elif self._children:
            lengths.update(np.diff(present.offsets.to_numpy(zero_copy_only=False)).astype("<i8").tobytes())
            for child, part in zip(self._children, _parts(present), strict=True):
                child.update(part)
        elif _is_text(self._kind):
            lengths.update(pc.binary_length(present).to_numpy(zero_copy_only=False).astype("<i8").tobytes())
            values.update(_characters(present.cast(pa.large_binary())))
        else:
            values.update(_fixed(present))

    def digest(self) -> bytes:
        return b"".join(h.digest() for h in self._streams) + b"".join(c.digest() for c in self._children)


def _is_text(kind: pa.DataType) -> bool:
    narrow = pa.types.is_string(kind) or pa.types.is_binary(kind)
    return bool(narrow or pa.types.is_large_string(kind) or pa.types.is_large_binary(kind))


def _defined(kind: pa.DataType) -> bool:
    """Whether values have bytes of their own: numpy holds others as objects, whose bytes are addresses."""
    fixed = pa.types.is_primitive(kind) and not pa.types.is_decimal(kind)
    return bool(fixed or _is_text(kind) or _children(kind))


def _children(kind: pa.DataType) -> list[pa.DataType]:
    if pa.types.is_map(kind):
        return [kind.key_type, kind.item_type]
    if pa.types.is_struct(kind):
        return [field.type for field in kind]
    return [kind.value_type] if pa.types.is_list(kind) else []


def _parts(array: pa.Array) -> list[pa.Array]:
    """The values inside a map or list array, in row order."""
    if pa.types.is_map(array.type):
        first, last = array.offsets[0].as_py(), array.offsets[-1].as_py()
        return [array.keys[first:last], array.items[first:last]]
    return array.flatten() if pa.types.is_struct(array.type) else [array.flatten()]


def _fixed(array: pa.Array) -> bytes:
    kind = array.type
    if pa.types.is_temporal(kind):
        array = array.cast(pa.int32() if kind.bit_width == 32 else pa.int64())  # noqa: PLR2004
    values = array.to_numpy(zero_copy_only=False)
    return bytes(np.ascontiguousarray(values.astype(values.dtype.newbyteorder("<"))).tobytes())


def _characters(array: pa.Array) -> bytes:
    if len(array) == 0:
        return b""
    offsets = np.frombuffer(array.buffers()[1], np.int64)[array.offset : array.offset + len(array) + 1]
    return bytes(memoryview(array.buffers()[2])[offsets[0] : offsets[-1]])
