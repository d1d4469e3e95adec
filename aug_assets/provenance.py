"""Provenance: who made each row, from whom, by which key, with which draw; as stored and as read.

Stored are a step's name and key, the parent and the copy number. The key and the id of a row follow from
these (:func:`aug_assets.keys.row_keys`), so that they are computed on reading: two ids of 32 random
characters would be most of the bytes, and a stored id could contradict what it is said to be made of.
"""

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from aug_assets.errors import ProvenanceError
from aug_assets.keys import U64, RowKeys, row_keys
from aug_assets.operators.base import Drawn
from aug_assets.rows import PROVENANCE, ROW_ID, from_hex, to_hex

RECORD = pa.schema(
    [
        ("made_by", pa.string()),
        ("parent", pa.string()),
        ("parents", pa.list_(pa.string())),
        ("drawn", pa.map_(pa.string(), pa.float64())),
        ("copy", pa.int32()),
    ]
)
_STEP = ("branch", "step", "operator", "operator_version", "recipe_digest", "source_digest")
_KEYS = ("key", ROW_ID)


def record(parent_ids: U64, keys: RowKeys, drawn: Drawn, same: Mapping[str, Any]) -> pa.Table:
    """What one step did to n rows, as it is stored.

    Args:
        parent_ids: uint64 (m, 2), the ids of the selected rows; ``drawn`` names parents by position in them.
        keys: The keys of the step.
        drawn: What the operator returned; a negative parent is none, and NaN was not drawn.
        same: What all rows of the step share: the fields of ``PROVENANCE`` that are not a row's own, and two
            step keys (:func:`aug_assets.keys.step_key`), uint64 (2,): ``key``, the step's, and ``row_id``,
            that of the step by whose key a row is named.

    Returns:
        A table in the schema ``RECORD``, one row a made row.
    """
    rows = len(keys)
    named = drawn.parents >= 0
    offsets = np.concatenate([[0], named.sum(axis=1).cumsum()]).astype(np.int32)
    values = np.column_stack([*drawn.values.values()] or [np.empty((rows, 0))])
    told = ~np.isnan(values)
    labels = np.tile(np.array(list(drawn.values), dtype=object), rows)
    counts = np.concatenate([[0], told.sum(axis=1).cumsum()]).astype(np.int32)
    made_by = {name: same[name] for name in _STEP} | {
        name: to_hex(same[name][None, :])[0].as_py() for name in _KEYS
    }
    first = drawn.parents[:, 0] if drawn.parents.shape[1] else np.full(rows, -1)
    arrays = [
        pa.repeat(json.dumps(made_by), rows),
        pc.if_else(pa.array(first == keys.parent), None, to_hex(parent_ids[keys.parent])),
        pa.ListArray.from_arrays(pa.array(offsets), to_hex(parent_ids[drawn.parents[named]])),
        pa.MapArray.from_arrays(
            pa.array(counts), pa.array(labels[told.ravel()], pa.string()), pa.array(values[told])
        ),
        pa.array(keys.copy),
    ]
    return pa.Table.from_arrays(
        [array.cast(field.type) for array, field in zip(arrays, RECORD, strict=True)], schema=RECORD
    )


def whole(stored: pa.Table) -> pa.Table:
    """Stored provenance with the keys and ids of its rows.

    Args:
        stored: In the schema ``RECORD``.

    Returns:
        A table in the schema ``PROVENANCE``, row for row.

    Raises:
        ProvenanceError: A row does not say by which step, from which parent or which copy it was made.
    """
    stored = stored.combine_chunks()
    if not len(stored):
        return PROVENANCE.empty_table()
    coded = stored.column("made_by").combine_chunks().dictionary_encode()
    copies = stored.column("copy").combine_chunks()
    parent = pc.coalesce(stored.column("parent"), _first(stored.column("parents").combine_chunks()))
    named = parent.combine_chunks().dictionary_encode()
    if coded.null_count or copies.null_count or named.null_count:
        raise ProvenanceError(
            "provenance does not say how a row was made",
            seen=f"{coded.null_count} rows without a step, {named.null_count} without a parent, "
            f"{copies.null_count} without a copy number",
            todo="materialize the day's candidates again; older releases stored another layout",
        )
    kinds = [_step(text) for text in coded.dictionary.to_pylist()]
    which = coded.indices.to_numpy()
    ids, places = from_hex(named.dictionary), named.indices.to_numpy().astype(np.int64)
    numbers = copies.to_numpy()
    keyed = {name: to_hex(_drawn_keys(kinds, which, name, ids, places, numbers)) for name in _KEYS}
    shared = {
        name: pa.array([kind[name] for kind in kinds], PROVENANCE.field(name).type).take(coded.indices)
        for name in _STEP
    }
    own = {name: stored.column(name) for name in ("parents", "drawn", "copy")}
    return pa.table({field.name: {**shared, **own, **keyed}[field.name] for field in PROVENANCE}, PROVENANCE)


def _drawn_keys(
    kinds: list[dict[str, Any]],
    which: NDArray[np.int32],
    name: str,
    ids: U64,
    parent: NDArray[np.int64],
    copy: NDArray[np.int32],
) -> U64:
    """The keys that steps of several kinds drew for their rows, uint64 (n, 2)."""
    bits = np.empty((len(which), 2), np.uint64)
    for number, kind in enumerate(kinds):
        mine = np.flatnonzero(which == number)
        bits[mine] = row_keys(kind[name], ids, parent[mine], copy[mine]).bits
    return bits


def _first(parents: pa.ListArray) -> pa.Array:
    """The first of each list, null where there is none."""
    some = pc.if_else(pc.greater(pc.list_value_length(parents), 0), parents, pa.scalar([None], parents.type))
    return pc.list_element(some, 0)


def _step(text: str) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(text)
    return told | {name: from_hex(pa.array([told[name]]))[0] for name in _KEYS}
