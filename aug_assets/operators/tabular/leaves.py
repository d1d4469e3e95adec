"""Groups of rows that donate values to each other, and the draw of a donor, by weight where rows have one.

One 32-bit number chooses the donor and still says where near the donor's value the new one lies: the product
of the number and the group's size has the choice above its lower 32 bits and an even remainder in them.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aug_assets.keys import U64, RowKeys

_BATCH = 4096  # rows a pass: what a batch touches then stays in the cache
_HALF = np.uint64(32)
_LOW = np.uint64(0xFFFFFFFF)
_UNIT = 1.0 / (1 << 32)


@dataclass(frozen=True)
class Leaves:
    """Stretches of a list of rows; they may overlap.

    Attributes:
        rows: int32 (places,), row numbers, the rows of a leaf beside each other.
        first: int64 (leaves,), where each leaf begins in ``rows``.
        size: uint64 (leaves,), its rows, or their weights together.
        before: int64 (places,), weight of all places before each one; None where rows weigh the same.
        weight: int64 (places,), weight of each place; None as above.
    """

    rows: NDArray[np.int32]
    first: NDArray[np.int64]
    size: U64
    before: NDArray[np.int64] | None = None
    weight: NDArray[np.int64] | None = None

    def donors(
        self, first: NDArray[np.int64], size: U64, number: U64
    ) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
        """A row of each leaf, and a share in [0, 1) independent of which.

        Args:
            first: ``self.first`` at each new row's leaf.
            size: ``self.size`` there.
            number: A random number below 2**32 for each new row.
        """
        product = number * size
        chosen, rest = (product >> _HALF).view(np.int64), np.asarray((product & _LOW) * _UNIT, np.float64)
        if self.before is None or self.weight is None:
            return self.rows.take(first + chosen), rest
        mass = self.before.take(first) + chosen
        place = np.searchsorted(self.before, mass, side="right") - 1  # rows of no weight are passed
        return self.rows.take(place), (mass - self.before.take(place) + rest) / self.weight.take(place)


def leaves(
    rows: NDArray[np.int32], first: NDArray[np.int64], count: NDArray[np.int64], weights: U64 | None
) -> Leaves:
    """Leaves of ``count`` places from ``first`` on, with the weights of rows if any."""
    if weights is None:
        return Leaves(rows, first, count.astype(np.uint64))
    weight = weights[rows].astype(np.int64)
    ends = np.append(0, np.cumsum(weight))
    return Leaves(rows, first, (ends[first + count] - ends[first]).astype(np.uint64), ends[:-1], weight)


def one_leaf(rows: NDArray[np.int32], weights: U64 | None) -> Leaves:
    """All of ``rows`` as one leaf."""
    return leaves(rows, np.zeros(1, np.int64), np.array([len(rows)]), weights)


def halves(keys: RowKeys, count: int, first_block: int) -> Iterator[U64]:
    """``count`` columns of random numbers below 2**32, two from each word of the keys."""
    for number, word in enumerate(keys.columns((count + 1) // 2, first_block)):
        yield word >> _HALF
        if 2 * number + 1 < count:
            yield word & _LOW


def batches(count: int) -> Iterator[slice]:
    """Stretches that cover ``count`` rows."""
    for start in range(0, count, _BATCH):
        yield slice(start, min(count, start + _BATCH))
