"""SMOTE: numbers between a parent and one of its nearest neighbours; categories are the parent's.

Source: Chawla, Bowyer, Hall, Kegelmeyer, "SMOTE: Synthetic Minority Over-sampling Technique", JAIR 16, 2002.
Distances are of the numbers only. A null is not refused: it counts as the column's median for the distance, a
new row is null where its parent is, and has the parent's number where only the neighbour is null.

Not for gradient boosting: there it tends to lower precision. Re-weighting is the baseline to beat.
"""

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
import pandas as pd

from aug_assets.fast import compiled
from aug_assets.keys import BLOCK, U64, RowKeys, below, block, scaled, unit
from aug_assets.operators import base
from aug_assets.operators.tabular.coded import ArrayOperator, Coded, DrawnArrays, encode
from aug_assets.operators.tabular.neighbours import NeighbourParams, nearest
from aug_assets.operators.tabular.pairs import Codes, Floats, Rows

BATCH = 2048  # rows a pass: random words and temporaries then stay in the cache


class SmoteParams(NeighbourParams):
    """Parameters of ``smote``."""

    operator: Literal["smote"] = "smote"


@dataclass(frozen=True)
class SmoteState:
    """The selected rows and their neighbours."""

    coded: Coded
    neighbours: Codes  # (m, k), nearest first


class Smote(ArrayOperator):
    """Rows between a parent and one of its k nearest neighbours of the same selection."""

    name: ClassVar = "smote"
    version: ClassVar = "1"
    kind: ClassVar = "generate"
    Params: ClassVar = SmoteParams

    @classmethod
    def fit(cls, rows: pd.DataFrame, columns: base.Columns, params: SmoteParams) -> SmoteState:
        """Neighbours; see :class:`aug_assets.operators.base.Operator`.

        Raises:
            TooFewParentsError: There are not more rows than neighbours.
            SpecError: ``index: hnsw`` without faiss.
        """
        coded = encode(rows, columns)
        return SmoteState(coded, nearest(coded.numbers, coded.codes[:, :0], params))

    @classmethod
    def draw_arrays(
        cls,
        state: SmoteState,
        params: SmoteParams,
        keys: RowKeys,
    ) -> DrawnArrays:
        """Interpolate; see :class:`aug_assets.operators.tabular.coded.ArrayOperator`."""
        made = Between.empty(len(keys), state.coded)
        interpolate(state.coded, state.neighbours, keys, made)
        return DrawnArrays(made.numbers, state.coded.codes[keys.parent], made.parents, {"gap": made.gap})


@dataclass(frozen=True)
class Between:
    """Room for n rows between two parents.

    Attributes:
        numbers: float64 (n, numeric).
        parents: int64 (n, 2), the parent and the neighbour.
        gap: float64 (n,) in [0, 1), how far towards the neighbour.
    """

    numbers: Floats
    parents: Rows
    gap: Floats

    @classmethod
    def empty(cls, rows: int, coded: Coded) -> "Between":
        """Room for this many rows, filled with nothing."""
        return cls(np.empty((rows, coded.numbers.shape[1])), np.empty((rows, 2), np.int64), np.empty(rows))


def interpolate(coded: Coded, neighbours: Codes, keys: RowKeys, made: Between) -> None:
    """Write one row per key into ``made``, which a caller that streams may hand in again and again.

    Of a row's first four random words the first says which neighbour and the second how far towards it.

    Raises:
        IndexError: A key names a parent that the state does not have.
    """
    if len(keys) and int(keys.parent.max()) >= len(neighbours):  # compiled code would read beyond the end
        raise IndexError(f"parent {keys.parent.max()} of {len(neighbours)} rows")
    loop = compiled(_interpolate_loop, len(keys), *BLOCK, scaled, unit)
    if loop:
        loop(coded.numbers, neighbours, keys.bits, keys.parent, made.numbers, made.parents, made.gap)
        return
    for start in range(0, len(keys), BATCH):
        part = slice(start, start + BATCH)
        words: U64 = keys[part].words()
        parent, gap = keys.parent[part], unit(words[:, 1])
        other = neighbours[parent, below(words[:, 0], neighbours.shape[1])]
        step = coded.numbers[other]
        step -= coded.numbers[parent]
        step[np.isnan(step)] = 0.0  # one of the two is null; where it is the parent, so is the sum
        step *= gap[:, None]
        np.add(coded.numbers[parent], step, out=made.numbers[part])
        made.parents[part, 0], made.parents[part, 1], made.gap[part] = parent, other, gap


def _interpolate_loop(
    numbers: Floats, neighbours: Codes, bits: U64, parent: Rows, made: Floats, parents: Rows, gaps: Floats
) -> None:
    """The same row by row, for the compiler."""
    none, first, k = np.uint64(0), np.uint64(1), np.uint64(neighbours.shape[1])
    for i in range(len(made)):
        which, how_far, _, _ = block(bits[i, 0], bits[i, 1], first, none, none, none)
        one, gap = parent[i], unit(how_far)
        other = neighbours[one, scaled(which, k)]
        parents[i, 0], parents[i, 1], gaps[i] = one, other, gap
        for j in range(numbers.shape[1]):
            start = numbers[one, j]
            step = numbers[other, j] - start
            made[i, j] = start + gap * (0.0 if np.isnan(step) else step)
