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
from numpy.typing import NDArray
from pydantic import Field

from aug_assets.errors import TooFewParentsError
from aug_assets.keys import RowKeys, below, unit
from aug_assets.operators import base


class SmoteNCParams(base.Params):
    """Parameters of ``smote_nc``."""

    operator: Literal["smote_nc"] = "smote_nc"
    k: int = Field(5, ge=1, le=100, description="Neighbours of a parent that a new row may lie towards")


@dataclass(frozen=True)
class SmoteNCState:
    """The selected rows as numbers and category codes, their neighbours, and the modes among those."""

    columns: base.Columns
    numbers: NDArray[np.float64]  # (m, numeric)
    neighbours: NDArray[np.int32]  # (m, k), nearest first
    modes: list[NDArray[np.int32]]  # per categorical column (m, k): tied modes first
    mode_counts: list[NDArray[np.int32]]  # per categorical column (m,): how many are tied
    categories: list[pd.Index]  # per categorical column: code -> value


class SmoteNC(base.Operator):
    """Rows between a parent and one of its k nearest neighbours of the same selection."""

    name: ClassVar = "smote_nc"
    version: ClassVar = "1"
    kind: ClassVar = "generate"
    Params: ClassVar = SmoteNCParams

    @classmethod
    def fit(cls, rows: pd.DataFrame, columns: base.Columns, params: SmoteNCParams) -> SmoteNCState:
        """Neighbours and modes; see :class:`aug_assets.operators.base.Operator`."""
        if len(rows) <= params.k:
            raise TooFewParentsError(
                "smote_nc needs more selected rows than neighbours",
                seen=len(rows),
                legal=f"at least {params.k + 1} rows for k = {params.k}",
                todo="lower k, or set `too_few: skip` in the branch's select",
            )
        values = base.numbers(rows, columns.numeric)
        codes, categories = _codes(rows, columns.categorical)
        neighbours = _neighbours(_embedded(values, codes), params.k)
        tables = [_mode_table(codes[:, j], neighbours) for j in range(codes.shape[1])]
        return SmoteNCState(
            columns, values, neighbours, [t[0] for t in tables], [t[1] for t in tables], categories
        )

    @classmethod
    def draw(
        cls, state: SmoteNCState, params: SmoteNCParams, keys: RowKeys, rows: pd.DataFrame
    ) -> base.Drawn:
        """Interpolate; see :class:`aug_assets.operators.base.Operator`."""
        words = keys.words()
        parent = keys.parent
        other = state.neighbours[parent, below(words[:, 0], params.k)].astype(np.int64)
        gap = unit(words[:, 1])
        made = rows.reset_index(drop=True).copy()
        for j, name in enumerate(state.columns.numeric):
            start, end = state.numbers[parent, j], state.numbers[other, j]
            step = np.where(np.isnan(end), 0.0, end - start)
            column = base.rounded(start + gap * step, name, state.columns)
            made[name] = base.as_dtype(column, made[name])
        # One word a categorical column, from the blocks after the first.
        streams = keys.columns(len(state.columns.categorical), first_block=1)
        for j, (name, draws) in enumerate(zip(state.columns.categorical, streams, strict=True)):
            pick = below(draws, state.mode_counts[j][parent].astype(np.uint64))
            values = state.categories[j].take(state.modes[j][parent, pick])
            made[name] = pd.Series(values, dtype=made[name].dtype)
        return base.Drawn(made, np.column_stack([parent, other]), {"gap": gap})


def _codes(rows: pd.DataFrame, names: tuple[str, ...]) -> tuple[NDArray[np.int32], list[pd.Index]]:
    """Category codes of shape (rows, columns) and their values, null being a value like any other."""
    codes, categories = [], []
    for name in names:
        code, values = pd.factorize(rows[name], sort=True, use_na_sentinel=False)
        codes.append(code.astype(np.int32))
        categories.append(pd.Index(values))
    return np.column_stack(codes) if codes else np.empty((len(rows), 0), np.int32), categories


def _embedded(values: NDArray[np.float64], codes: NDArray[np.int32]) -> NDArray[np.float64]:
    """Points whose Euclidean distance is SMOTE-NC's: a differing category counts the median deviation."""
    filled = values.copy()
    for j in range(values.shape[1]):
        column = values[:, j]
        present = column[~np.isnan(column)]
        filled[np.isnan(column), j] = np.median(present) if len(present) else 0.0
    weight = (float(np.median(filled.std(axis=0))) if filled.shape[1] else 1.0) / np.sqrt(2)
    one_hot = [(codes[:, [j]] == np.unique(codes[:, j])) * weight for j in range(codes.shape[1])]
    return np.hstack([filled, *one_hot])


def _neighbours(points: NDArray[np.float64], k: int) -> NDArray[np.int32]:
    """The k nearest other rows of each row, nearest first. A k-d tree uses no BLAS, whose sums vary.

    Which of several rows at the k-th distance are taken is the tree's choice, the same for the same rows.
    """
    from scipy.spatial import cKDTree

    distance, index = cKDTree(points).query(points, k=k + 1)
    own = index == np.arange(len(points))[:, None]
    # The row itself first, to be left out; where exact copies crowd it out, any of them may be in its place.
    distance = np.where(own, -1.0, distance)
    ranked = np.lexsort((index, distance), axis=1)[:, 1:]
    return np.take_along_axis(index, ranked, axis=1).astype(np.int32)


def _mode_table(
    codes: NDArray[np.int32], neighbours: NDArray[np.int32]
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Per row the most frequent codes among its neighbours, ties first and sorted, and how many are tied."""
    seen = np.sort(codes[neighbours], axis=1)
    count = (seen[:, :, None] == seen[:, None, :]).sum(axis=2)
    first = np.ones(seen.shape, bool)
    first[:, 1:] = seen[:, 1:] != seen[:, :-1]
    wins = first & (count == count.max(axis=1, keepdims=True))
    ranked = np.argsort(~wins, axis=1, kind="stable")
    return np.take_along_axis(seen, ranked, axis=1), wins.sum(axis=1).astype(np.int32)
