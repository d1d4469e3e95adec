"""Provenance rows of one step: who made each row, from whom, by which key, with which draw."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa

from aug_assets.keys import U64, RowKeys
from aug_assets.operators.base import Drawn
from aug_assets.rows import PROVENANCE, ROW_ID, to_hex


def provenance(
    ids: pa.Array, parent_ids: U64, keys: RowKeys, drawn: Drawn, same: Mapping[str, Any]
) -> pa.Table:
    """What one step did to n rows.

    Args:
        ids: The ids of the rows that came of it.
        parent_ids: uint64 (m, 2), the ids of the selected rows; ``drawn`` names parents by position in them.
        keys: The keys of the step.
        drawn: What the operator returned; a negative parent is none, and NaN was not drawn.
        same: The fields that all rows of the step share.

    Returns:
        A table in the schema ``PROVENANCE``, one row a made row.
    """
    rows = len(ids)
    named = drawn.parents >= 0
    parents = to_hex(parent_ids[drawn.parents[named]])
    offsets = np.concatenate([[0], named.sum(axis=1).cumsum()]).astype(np.int32)
    values = np.column_stack([*drawn.values.values()] or [np.empty((rows, 0))])
    told = ~np.isnan(values)
    labels = np.tile(np.array(list(drawn.values), dtype=object), rows)
    counts = np.concatenate([[0], told.sum(axis=1).cumsum()]).astype(np.int32)
    own = {
        ROW_ID: ids,
        "key": to_hex(keys.bits),
        "parents": pa.ListArray.from_arrays(pa.array(offsets), parents),
        "drawn": pa.MapArray.from_arrays(
            pa.array(counts), pa.array(labels[told.ravel()], pa.string()), pa.array(values[told])
        ),
        "copy": pa.array(keys.copy),
    }
    shared = {name: pa.repeat(pa.scalar(value), rows) for name, value in same.items()}
    arrays = [{**own, **shared}[field.name].cast(field.type) for field in PROVENANCE]
    return pa.Table.from_arrays(arrays, schema=PROVENANCE)
