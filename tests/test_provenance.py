"""Provenance rows of one step."""

import numpy as np
import pyarrow as pa

from aug_assets.keys import RowKeys
from aug_assets.operators.base import Drawn
from aug_assets.provenance import provenance
from aug_assets.rows import to_hex


def test_what_a_row_did_not_draw_is_not_told() -> None:
    bits = np.arange(6, dtype=np.uint64).reshape(3, 2)
    keys = RowKeys(bits, np.zeros(3, np.int64), np.arange(3, dtype=np.int32))
    values = {"sigma_px": np.array([1.5, np.nan, np.nan]), "visibility_m": np.array([np.nan, np.nan, 80.0])}
    drawn = Drawn(None, np.zeros((3, 1), np.int64), values)
    same = {
        "branch": "b",
        "step": 0,
        "operator": "trivial",
        "operator_version": "2",
        "recipe_digest": "",
        "source_digest": "",
    }
    told = provenance(to_hex(bits), bits[:1], keys, drawn, same)
    assert told.column("drawn").to_pylist() == [[("sigma_px", 1.5)], [], [("visibility_m", 80.0)]]
    assert isinstance(told, pa.Table)
