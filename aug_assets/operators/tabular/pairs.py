"""Distances between coded rows, and the nearest found by comparing all; numpy or compiled, the same bytes."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aug_assets.fast import Loop, compiled

Floats = NDArray[np.float64]
Codes = NDArray[np.int32]
Rows = NDArray[np.int64]

_CELLS = 1 << 17  # distances that numpy holds at a time: 1 MiB
_TILE = 512  # rows whose distances the compiled loop holds


@dataclass(frozen=True)
class Points:
    """What distances are taken between.

    Attributes:
        numbers: float64 (m, d), C-contiguous, without NaN.
        codes: int32 (m, c), C-contiguous.
        mismatch: What a differing category adds to the squared distance.
    """

    numbers: Floats
    codes: Codes
    mismatch: float


def squares(space: Points, one: Rows, other: Rows) -> Floats:
    """Squared distances between rows ``one`` and ``other``, which broadcast; summed in the columns' order."""
    total = np.zeros(np.broadcast_shapes(one.shape, other.shape))
    for column in space.numbers.T:
        step = column[one] - column[other]
        step *= step
        total += step
    for column in space.codes.T:
        total += (column[one] != column[other]) * space.mismatch
    return total


def comparing(space: Points) -> Loop | None:
    """The compiled loop for :func:`compare`, or None where numpy is to compare all rows of ``space``."""
    columns = space.numbers.shape[1] + space.codes.shape[1]
    return compiled(_compare_loop, len(space.numbers) ** 2 * columns // 500, _keep)


def compare(space: Points, rows: Rows, k: int, loop: Loop | None) -> Codes:
    """The k nearest other rows of the chosen ``rows``, by (distance, position).

    Args:
        space: All m rows.
        rows: int64 (n,), for which to search.
        k: At most m - 1.
        loop: From :func:`comparing`.

    Returns:
        int32 (n, k).
    """
    found = np.empty((len(rows), k), np.int32)
    if loop:
        numbers, codes = np.ascontiguousarray(space.numbers.T), np.ascontiguousarray(space.codes.T)
        loop(numbers, codes, space.mismatch, rows, np.empty((len(rows), k)), found)
        return found
    every = np.arange(len(space.numbers))
    step = max(1, _CELLS // len(every))
    for start in range(0, len(rows), step):
        part = rows[start : start + step]
        square = squares(space, part[:, None], every[None, :])
        square[np.isnan(square)] = np.inf
        found[start : start + step] = _least(square, part, k)
    return found


def _least(square: Floats, own: Rows, k: int) -> Codes:
    square[np.arange(len(own)), own] = np.nan  # sorts behind infinity
    last = np.partition(square, k - 1, axis=1)[:, k - 1]
    line, position = np.nonzero(square <= last[:, None])
    order = np.lexsort((position, square[line, position], line))
    first = np.searchsorted(line, np.arange(len(own)))
    chosen: Codes = position[order][first[:, None] + np.arange(k)].astype(np.int32)
    return chosen


def _compare_loop(
    numbers: Floats, codes: Codes, mismatch: float, rows: Rows, best: Floats, found: Codes
) -> None:
    """For the compiler, from columns that lie together: the distances of a tile, then who is among the k."""
    total, k = np.empty(_TILE), found.shape[1]
    best[:] = np.inf
    found[:] = -1
    for start in range(0, numbers.shape[1], _TILE):
        size = min(_TILE, numbers.shape[1] - start)
        for i in range(len(rows)):
            total[:] = 0.0
            for j in range(len(numbers)):
                number, line = numbers[j, rows[i]], numbers[j, start : start + size]
                for t in range(size):
                    step = number - line[t]
                    total[t] += step * step
            for j in range(len(codes)):
                code, names = codes[j, rows[i]], codes[j, start : start + size]
                for t in range(size):
                    total[t] += mismatch if names[t] != code else 0.0
            for t in range(size):
                # Positions rise, so one that is only as near as the last of the k comes too late.
                if start + t != rows[i] and not (total[t] >= best[i, k - 1] and found[i, k - 1] >= 0):
                    _keep(best[i], found[i], total[t], start + t)


def _keep(best: Floats, found: Codes, square: float, position: int) -> None:
    """Put a row among the k nearest so far, which are sorted and begin as -1."""
    if np.isnan(square):
        square = np.inf
    place = len(found) - 1
    if found[place] >= 0 and square >= best[place]:
        return
    while place > 0 and (found[place - 1] < 0 or square < best[place - 1]):
        best[place], found[place] = best[place - 1], found[place - 1]
        place -= 1
    best[place], found[place] = square, position
