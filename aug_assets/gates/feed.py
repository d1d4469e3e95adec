"""Provenance beside candidates: both are stored in the order in which they were made, so one pass serves."""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from aug_assets.rows import PROVENANCE, ROW_ID


class Feed:
    """Hands out the provenance of candidates that are asked for in stored order.

    Args:
        batches: The day's provenance in stored order; rows of candidates that are never asked for are passed.
    """

    def __init__(self, batches: Iterator[pa.RecordBatch]) -> None:
        self._batches = batches
        self._held = PROVENANCE.empty_table()

    def of(self, ids: pa.Array) -> pa.Table:
        """All steps of these candidates; a candidate that has none is missing, which gates must notice."""
        if len(ids) == 0:
            return PROVENANCE.empty_table()
        last = ids[len(ids) - 1]
        while (end := self._after(last)) is None:
            batch = next(self._batches, None)
            if batch is None:
                end = self._held.num_rows
                break
            self._held = pa.concat_tables([self._held, pa.Table.from_batches([batch]).cast(PROVENANCE)])
        found, self._held = self._held.slice(0, end), self._held.slice(end)
        return found.filter(pc.is_in(found.column(ROW_ID), value_set=ids)).combine_chunks()

    def _after(self, last: pa.Scalar) -> int | None:
        """Where the steps of this candidate end, once it is certain that no more of them follow."""
        where = np.flatnonzero(pc.equal(self._held.column(ROW_ID), last).to_numpy())
        end = int(where[-1]) + 1 if len(where) else 0
        return end if 0 < end < self._held.num_rows else None
