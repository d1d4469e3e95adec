"""Blocks of rows cut into batches, and where the next batch begins. Knows nothing of days."""

from collections import deque
from collections.abc import Iterator
from typing import NamedTuple

import pyarrow as pa


class Place(NamedTuple):
    """Where a batch begins: a block of the epoch, and a row of that block."""

    block: int
    row: int


class Cutter:
    """Takes blocks in order and gives out batches of equal size.

    Args:
        size: Rows a batch.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._parts: deque[tuple[Place, pa.Table]] = deque()
        self._rows = 0

    def add(self, place: Place, rows: pa.Table) -> None:
        """The next rows; the first of them lies at ``place``."""
        if rows.num_rows:
            self._parts.append((place, rows))
            self._rows += rows.num_rows

    def full(self) -> Iterator[pa.Table]:
        """The batches that are complete."""
        while self._rows >= self._size:
            yield self._take(self._size)

    def rest(self) -> Iterator[pa.Table]:
        """What is left, if anything, as one smaller batch."""
        if self._rows:
            yield self._take(self._rows)

    def place(self, end: Place) -> Place:
        """Where the next batch begins; ``end`` where nothing is held."""
        return self._parts[0][0] if self._parts else end

    def _take(self, wanted: int) -> pa.Table:
        self._rows -= wanted
        taken = []
        while wanted:
            place, rows = self._parts.popleft()
            taken.append(rows.slice(0, wanted))
            if rows.num_rows > wanted:
                self._parts.appendleft((Place(place.block, place.row + wanted), rows.slice(wanted)))
            wanted -= taken[-1].num_rows
        return pa.concat_tables(taken)
