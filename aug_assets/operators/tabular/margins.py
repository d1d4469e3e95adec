"""The distribution of each numeric column as the selected rows show it, and draws close to one of its values.

The sorted values of a column are its cells; a cell reaches half-way to its neighbours. A value that many
rows share is no measurement but an atom (zero, a fee, null): an atom's cells have no width and no draw leaves
them, so that atoms keep their share and nothing new appears beside them.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

_SHARED = 3  # rows with one value from which on it is an atom


@dataclass(frozen=True)
class Margins:
    """Cells of all numeric columns, in sorted order, nulls last; and where each row's draws may lie.

    Attributes:
        low: float64 (numeric, m), lower end of each cell.
        width: float64 (numeric, m), its length; 0 for atoms.
        rank: int32 (numeric, m), per cell how many smaller distinct values there are; -1 for null.
        start: float64 (numeric, m), per row the first place, in cells, that a draw near it may take.
        span: float64 (numeric, m), per row how many cells its draws spread over.
    """

    low: NDArray[np.float64]
    width: NDArray[np.float64]
    rank: NDArray[np.int32]
    start: NDArray[np.float64]
    span: NDArray[np.float64]

    def near(
        self, column: int, rows: NDArray[np.integer[Any]], share: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Values near those of rows, and their cells; ``share`` in [0, 1) is where in each row's spread."""
        return self.at(column, self.start[column].take(rows) + share * self.span[column].take(rows))

    def at(self, column: int, place: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Values at places in [0, m), and their cells."""
        cell = place.astype(np.int64)
        return self.low[column].take(cell) + (place - cell) * self.width[column].take(cell), cell

    def rank_of(self, column: int, value: float) -> int:
        """The rank of a value that need not be in the column: that of the largest which is no greater."""
        cell = 0 if np.isnan(value) else int((self.low[column] <= value).sum()) - 1
        return -1 if np.isnan(value) else int(self.rank[column, max(cell, 0)])

    def ranks(self) -> NDArray[np.int32]:
        """The rank of each row's value, of shape (numeric, m)."""
        # The middle of a row's spread lies in its own cell.
        own = (self.start + 0.5 * self.span).astype(np.int64)
        return np.take_along_axis(self.rank, own, axis=1)


def margins(numbers: NDArray[np.float64], jitter: float) -> Margins:
    """Cells of the columns of ``numbers``, (m, numeric) with NaN for null.

    Args:
        numbers: The selected rows.
        jitter: How many cells to either side a draw near a row may lie; 0 keeps the row's own value.
    """
    columns = [_column(np.ascontiguousarray(column), jitter) for column in numbers.T]
    empty = np.empty((0, len(numbers)))
    if not columns:
        return Margins(empty, empty, empty.astype(np.int32), empty, empty)
    low, width, rank, start, span = (np.stack(part) for part in zip(*columns, strict=True))
    return Margins(low, width, rank.astype(np.int32), start, span)


def _column(values: NDArray[np.float64], jitter: float) -> tuple[NDArray[np.float64], ...]:
    order = np.argsort(values, kind="stable")
    cells = values[order]
    places = np.arange(len(cells))
    new = np.ones(len(cells), bool)
    new[1:] = ~((cells[1:] == cells[:-1]) | (np.isnan(cells[1:]) & np.isnan(cells[:-1])))
    group = np.cumsum(new) - 1
    smooth = (np.bincount(group)[group] < _SHARED) & np.isfinite(cells) & (jitter > 0)
    first, last = _runs(smooth)
    low = np.where(smooth & (places > first), _middle(np.roll(cells, 1), cells), cells)
    high = np.where(smooth & (places < last), _middle(cells, np.roll(cells, -1)), cells)
    width = np.where(smooth, high, 0.0) - np.where(smooth, low, 0.0)
    # Shorter at the ends of a run, not cut off: each row's draws then keep its value as their middle.
    reach = np.minimum(np.minimum(max(jitter, 0.5), places - first + 0.5), last - places + 0.5)
    reach = np.where(smooth, reach, 0.0)
    start, span = np.empty(len(cells)), np.empty(len(cells))
    start[order], span[order] = places + 0.5 - reach, 2 * reach
    return low, width, np.where(np.isnan(cells), -1, group), start, span


def _middle(one: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.float64]:
    with np.errstate(invalid="ignore"):  # infinities are atoms, and their middle is not used
        return one + 0.5 * (other - one)


def _runs(smooth: NDArray[np.bool_]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """For each cell the first and last cell of the unbroken run of its own kind."""
    change = np.ones(len(smooth), bool)
    change[1:] = smooth[1:] != smooth[:-1]
    first = np.flatnonzero(change)
    run = np.cumsum(change) - 1
    last = np.append(first[1:], len(smooth)) - 1
    return first[run], last[run]
