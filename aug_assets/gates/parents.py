"""Whose child a candidate is, by its provenance; no gate."""

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from aug_assets.gates import base
from aug_assets.rows import ROW_ID

MEMBER = "operator:"  # before the name of the operator that a step drew


def member(values: dict[str, float]) -> str:
    """The operator that a step drew, by what it recorded; empty where it drew none."""
    return next((name.removeprefix(MEMBER) for name in values if name.startswith(MEMBER)), "")


def mothers(real: Any, batch: base.Batch) -> NDArray[np.int64]:
    """The position of each candidate's first parent among the real rows; int64 (n,), -1 where it has none."""
    first = batch.told.filter(pc.equal(batch.told.column("step"), 0))
    named = pc.list_element(first.column("parents"), 0)
    at = pc.index_in(batch.ids, value_set=first.column(ROW_ID).combine_chunks())
    among = real.once("parents:ids", lambda: real.source.column(ROW_ID).combine_chunks())
    found = pc.index_in(named.take(at), value_set=among)
    found = found.combine_chunks() if isinstance(found, pa.ChunkedArray) else found
    return np.asarray(pc.fill_null(found, -1).to_numpy(zero_copy_only=False), np.int64)


def drawn(batch: base.Batch) -> list[list[tuple[str, dict[str, float]]]]:
    """Per candidate its steps in order, each with the operator and the parameters that it drew.

    A step that drew an operator is that operator's.
    """
    place = {row_id: n for n, row_id in enumerate(batch.ids.to_pylist())}
    steps: list[list[tuple[int, str, dict[str, float]]]] = [[] for _ in place]
    told = batch.told.select([ROW_ID, "step", "operator", "drawn"]).to_pylist()
    for row in told:
        if row[ROW_ID] in place:
            values = dict(row["drawn"] or ())
            steps[place[row[ROW_ID]]].append((row["step"], member(values) or row["operator"], values))
    return [[(operator, values) for _, operator, values in sorted(one, key=lambda s: s[0])] for one in steps]
