"""SMOTE for mixed columns, with neighbours sought among the selected rows only.

Source: Chawla, Bowyer, Hall, Kegelmeyer, "SMOTE: Synthetic Minority Over-sampling Technique", JAIR 16, 2002,
section 6.1 (SMOTE-NC). Two things differ from the paper. A null is not refused: it counts as the column's
median for the distance, and a new row is null where its parent is. And since a category is the mode over the
parent's neighbours, whichever neighbour was drawn, the modes are counted once a parent and then looked up.

Not for gradient boosting: there it tends to lower precision. Re-weighting is the baseline to beat.
"""

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
import pandas as pd

from aug_assets.fast import compiled
from aug_assets.keys import U64, RowKeys, below, scaled
from aug_assets.operators import base
from aug_assets.operators.tabular.coded import ArrayOperator, Coded, DrawnArrays, encode
from aug_assets.operators.tabular.neighbours import NeighbourParams, nearest
from aug_assets.operators.tabular.pairs import Codes, Rows
from aug_assets.operators.tabular.smote import BATCH, Between, interpolate

_PAIRS = 1 << 22  # pairs of neighbours compared at a time: 4 MiB


class SmoteNCParams(NeighbourParams):
    """Parameters of ``smote_nc``."""

    operator: Literal["smote_nc"] = "smote_nc"


@dataclass(frozen=True)
class SmoteNCState:
    """The selected rows, their neighbours, and the modes of the categories among those."""

    coded: Coded
    neighbours: Codes  # (m, k), nearest first
    modes: Codes  # (m, categorical, k): tied modes first
    mode_counts: U64  # (m, categorical): how many are tied


class SmoteNC(ArrayOperator):
    """Rows between a parent and one of its k nearest neighbours of the same selection."""

    name: ClassVar = "smote_nc"
    version: ClassVar = "2"
    kind: ClassVar = "generate"
    Params: ClassVar = SmoteNCParams

    @classmethod
    def fit(cls, rows: pd.DataFrame, columns: base.Columns, params: SmoteNCParams) -> SmoteNCState:
        """Neighbours and modes; see :class:`aug_assets.operators.base.Operator`.

        Raises:
            TooFewParentsError: There are not more rows than neighbours.
            SpecError: ``index: hnsw`` without faiss.
        """
        coded = encode(rows, columns)
        neighbours = nearest(coded.numbers, coded.codes, params)
        return SmoteNCState(coded, neighbours, *_modes(coded.codes, neighbours))

    @classmethod
    def draw_arrays(
        cls,
        state: SmoteNCState,
        params: SmoteNCParams,
        keys: RowKeys,
    ) -> DrawnArrays:
        """Interpolate; see :class:`aug_assets.operators.tabular.coded.ArrayOperator`."""
        made = Between.empty(len(keys), state.coded)
        interpolate(state.coded, state.neighbours, keys, made)
        codes = np.empty((len(keys), state.coded.codes.shape[1]), np.int32)
        _draw_modes(state, keys, codes)
        return DrawnArrays(made.numbers, codes, made.parents, {"gap": made.gap})


def _draw_modes(state: SmoteNCState, keys: RowKeys, codes: Codes) -> None:
    """One random word a categorical column, from the blocks after the first."""
    choose = compiled(_choose_loop, len(keys), scaled) or _choose
    for start in range(0, len(keys), BATCH):
        part = slice(start, start + BATCH)
        for block, first in enumerate(range(0, codes.shape[1], 4), start=1):
            words = keys[part].words(block)
            choose(state.modes, state.mode_counts, keys.parent[part], words, first, codes[part])


def _choose(modes: Codes, counts: U64, parent: Rows, words: U64, first: int, codes: Codes) -> None:
    """Fill the columns from ``first`` for which there are words."""
    for lane in range(min(4, codes.shape[1] - first)):
        j = first + lane
        codes[:, j] = modes[parent, j, below(words[:, lane], counts[parent, j])]


def _choose_loop(modes: Codes, counts: U64, parent: Rows, words: U64, first: int, codes: Codes) -> None:
    """The same row by row, for the compiler."""
    for i in range(len(codes)):
        for lane in range(min(4, codes.shape[1] - first)):
            j = first + lane
            codes[i, j] = modes[parent[i], j, scaled(words[i, lane], counts[parent[i], j])]


def _modes(codes: Codes, neighbours: Codes) -> tuple[Codes, U64]:
    """Per row and column the most frequent codes among its neighbours, ties first, and how many are tied."""
    m, k = neighbours.shape
    modes = np.empty((m, codes.shape[1], k), np.int32)
    counts = np.empty((m, codes.shape[1]), np.uint64)
    step = max(1, _PAIRS // k**2)
    for j in range(codes.shape[1]):
        for start in range(0, m, step):
            part = slice(start, start + step)
            modes[part, j], counts[part, j] = _mode_table(codes[neighbours[part], j])
    return modes, counts


def _mode_table(near: Codes) -> tuple[Codes, Rows]:
    seen = np.sort(near, axis=1)
    count = (seen[:, :, None] == seen[:, None, :]).sum(axis=2)
    first = np.ones(seen.shape, bool)
    first[:, 1:] = seen[:, 1:] != seen[:, :-1]
    wins = first & (count == count.max(axis=1, keepdims=True))
    ranked = np.argsort(~wins, axis=1, kind="stable")
    return np.take_along_axis(seen, ranked, axis=1), wins.sum(axis=1)
