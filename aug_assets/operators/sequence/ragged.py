"""Lists of unequal length as flat arrays: where each begins, random numbers by place, figures by list.

Nothing here knows what an event is.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from aug_assets.fast import compiled
from aug_assets.keys import BLOCK, U64, RowKeys, block, philox, unit

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

_LANES = 4  # words of one Philox block


@dataclass(frozen=True)
class Ragged:
    """Where n lists lie in flat arrays of m values.

    Attributes:
        offsets: int64 (n + 1,), the first place of each list, and m.
    """

    offsets: Ints

    @classmethod
    def of_lengths(cls, lengths: Ints) -> "Ragged":
        """Lists of these lengths below each other."""
        return cls(np.concatenate([[0], np.cumsum(lengths, dtype=np.int64)]))

    def __len__(self) -> int:
        return len(self.offsets) - 1

    @property
    def flat(self) -> int:
        """How many values there are in all."""
        return int(self.offsets[-1])

    @cached_property
    def lengths(self) -> Ints:
        """int64 (n,)."""
        return np.diff(self.offsets)

    @cached_property
    def row(self) -> Ints:
        """The list of each value; int64 (m,)."""
        return np.repeat(np.arange(len(self)), self.lengths)

    @cached_property
    def last(self) -> Mask:
        """Which values are the last of their lists; bool (m,)."""
        found = np.zeros(self.flat, bool)
        found[self.offsets[1:][self.lengths > 0] - 1] = True
        return found

    def spread(self, values: NDArray[Any]) -> NDArray[Any]:
        """One value a list, (n,), as one a place, (m,)."""
        return np.repeat(values, self.lengths)

    def count(self, mask: Mask) -> Ints:
        """How many places of each list are true; int64 (n,)."""
        return np.bincount(self.row[np.flatnonzero(mask)], minlength=len(self))

    def within(self, start: Ints, width: Ints) -> Mask:
        """A stretch of each list, by its first place and its length, both int64 (n,); bool (m,)."""
        some = width > 0
        first = (self.offsets[:-1] + start)[some]
        step = np.zeros(self.flat + 1, np.int8)
        step[first] += 1
        step[first + width[some]] -= 1
        return np.cumsum(step[:-1], dtype=np.int8).view(bool)

    def least(self, values: Floats) -> Floats:
        """The least value of each list, infinity for an empty one; float64 (n,)."""
        found = np.full(len(self), np.inf)
        some = self.lengths > 0
        if some.any():
            found[some] = np.minimum.reduceat(values, self.offsets[:-1][some])
        return found

    def moved(self, source: Ints) -> Mask:
        """In which lists some place takes its value from another; bool (n,)."""
        found = np.zeros(len(self), bool)
        some = self.lengths > 0
        if some.any():
            other = source != np.arange(self.flat)
            found[some] = np.logical_or.reduceat(other, self.offsets[:-1][some])
        return found

    def without(self, gone: Mask) -> "Ragged":
        """The lists without the places where the mask is true."""
        return Ragged.of_lengths(self.lengths - self.count(gone))

    def units(self, keys: RowKeys, purpose: int) -> Floats:
        """A random number a place in [0, 1), that follows from the row's key, the purpose and the place.

        Places share Philox blocks by four; the purpose, from 1, is the second word of the counter, so that
        no number is one of those that ``RowKeys.words`` yields.
        """
        out = np.empty(self.flat)
        fill = compiled(_units_loop, self.flat, unit, *BLOCK) or _units
        fill(keys.bits, self.offsets, np.uint64(purpose), out)
        return out

    def units_at(self, keys: RowKeys, purpose: int, places: Ints) -> Floats:
        """Two numbers in [0, 1) for each of some flat places, float64 (2, len(places))."""
        row = self.row[places]
        out = np.empty((2, len(places)))
        fill = compiled(_units_at_loop, len(places), unit, *BLOCK) or _units_at
        fill(keys.bits, row, places - self.offsets[row], np.uint64(purpose), out)
        return out

    def chosen(self, keys: RowKeys, purpose: int, allowed: Mask, share: float) -> Mask:
        """A share of the allowed places, and of each list that has any at least that of the least number.

        The numbers are those of :meth:`units`.
        """
        out = np.empty(self.flat, bool)
        pick = compiled(_pick_loop, self.flat // 4) or _pick
        pick(self.offsets, self.units(keys, purpose), allowed, share, out)
        return out


def _units(bits: U64, offsets: Ints, purpose: Any, out: Floats) -> None:
    lists = Ragged(offsets)
    blocks = Ragged.of_lengths(-(-lists.lengths // _LANES))
    place = np.arange(blocks.flat) - blocks.spread(blocks.offsets[:-1])
    drawn = philox(bits[blocks.row], (place.astype(np.uint64), purpose, 0, 0)).reshape(-1)
    skipped = _LANES * blocks.offsets[:-1] - offsets[:-1]
    out[:] = unit(drawn[np.arange(lists.flat) + lists.spread(skipped)])


def _units_loop(bits: U64, offsets: Ints, purpose: Any, out: Floats) -> None:
    """The same list by list, for the compiler."""
    none = np.uint64(0)
    for i in range(len(bits)):
        for at in range(offsets[i], offsets[i + 1], 4):
            number = np.uint64((at - offsets[i]) // 4)
            words = block(bits[i, 0], bits[i, 1], number, purpose, none, none)
            left = offsets[i + 1] - at
            out[at] = unit(words[0])
            if left > 1:
                out[at + 1] = unit(words[1])
            if left > 2:  # noqa: PLR2004
                out[at + 2] = unit(words[2])
            if left > 3:  # noqa: PLR2004
                out[at + 3] = unit(words[3])


def _units_at(bits: U64, row: Ints, place: Ints, purpose: Any, out: Floats) -> None:
    out[:] = unit(philox(bits[row], (place.astype(np.uint64), purpose, 0, 0))[:, :2].T)


def _units_at_loop(bits: U64, row: Ints, place: Ints, purpose: Any, out: Floats) -> None:
    """The same place by place, for the compiler."""
    none = np.uint64(0)
    for i in range(len(row)):
        words = block(bits[row[i], 0], bits[row[i], 1], np.uint64(place[i]), purpose, none, none)
        out[0, i], out[1, i] = unit(words[0]), unit(words[1])


def _pick(offsets: Ints, drawn: Floats, allowed: Mask, share: float, out: Mask) -> None:
    lists = Ragged(offsets)
    open_to = np.where(allowed, drawn, np.inf)
    out[:] = allowed & ((drawn < share) | (open_to == lists.spread(lists.least(open_to))))


def _pick_loop(offsets: Ints, drawn: Floats, allowed: Mask, share: float, out: Mask) -> None:
    """The same list by list, for the compiler."""
    for i in range(len(offsets) - 1):
        least = np.inf
        for at in range(offsets[i], offsets[i + 1]):
            out[at] = allowed[at] and drawn[at] < share
            least = min(least, drawn[at] if allowed[at] else np.inf)
        if share <= least < np.inf:
            for at in range(offsets[i], offsets[i + 1]):
                out[at] = allowed[at] and drawn[at] == least


def unpacked(rows: pd.DataFrame, names: tuple[str, ...]) -> tuple[Ragged, dict[str, pa.Array]]:
    """The list columns of a frame as flat Arrow arrays; they are as long as each other."""
    stored = pa.Table.from_pandas(rows[list(names)], preserve_index=False)
    arrays = {name: _whole(stored.column(name)) for name in names}
    lengths = pc.fill_null(pc.list_value_length(arrays[names[0]]), 0).to_numpy().astype(np.int64)
    return Ragged.of_lengths(lengths), {name: array.flatten() for name, array in arrays.items()}


def packed(rows: pd.DataFrame, ragged: Ragged, flat: Mapping[str, pa.Array]) -> pd.DataFrame:
    """The frame with other lists in its list columns, in the same dtypes."""
    offsets = pa.array(ragged.offsets.astype(np.int32))
    out = rows.reset_index(drop=True)
    made = {
        name: pd.Series(pd.arrays.ArrowExtensionArray(pa.ListArray.from_arrays(offsets, values)))
        for name, values in flat.items()
    }
    return out.assign(**made)


def _whole(values: pa.ChunkedArray) -> pa.Array:
    return values.combine_chunks() if values.num_chunks != 1 else values.chunk(0)
