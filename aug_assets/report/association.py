"""How strongly columns hang together, for numbers and categories alike: what a generator may lose.

Two numbers: Spearman's rank correlation, -1 to 1. Two categories: Cramer's V, 0 to 1, corrected for small
samples (Bergsma, Journal of the Korean Statistical Society 42, 2013). A number and a category: the
correlation ratio eta of the number's ranks, 0 to 1, with the same kind of correction. A missing category is a
category; a missing number has the middle rank.
"""

from collections.abc import Sequence
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from aug_assets.operators.base import numbers

if TYPE_CHECKING:
    from aug_assets.operators.base import Columns

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]


def association(rows: pd.DataFrame, columns: "Columns", names: Sequence[str]) -> Floats:
    """Strengths between columns, float64 (names, names); NaN on the diagonal or where one is constant."""
    known = [
        _standard_ranks(numbers(rows, (name,))[:, 0])
        if name in columns.numeric
        else pd.factorize(rows[name].astype(object), use_na_sentinel=False)[0]
        for name in names
    ]
    found = np.full((len(names), len(names)), np.nan)
    for i, j in combinations(range(len(names)), 2):
        one, other = sorted((known[i], known[j]), key=lambda values: values.dtype.kind)  # ranks before codes
        found[i, j] = found[j, i] = _strength(one, other)
    return found


def _strength(one: Any, other: Any) -> float:
    if len(one) <= 1:
        return np.nan
    if one.dtype.kind == "f" and other.dtype.kind == "f":
        return float((one * other).mean()) if one.any() and other.any() else np.nan
    if one.dtype.kind == "f":
        return _ratio(one, other) if one.any() else np.nan
    return _cramer(one, other)


def _standard_ranks(values: Floats) -> Floats:
    """Average ranks with mean 0 and variance 1; all 0 where the column is constant."""
    present = ~np.isnan(values)
    ranks = np.zeros(len(values))
    _, place, count = np.unique(values[present], return_inverse=True, return_counts=True)
    if len(count):
        middle = np.cumsum(count) - (count - 1) / 2
        ranks[present] = middle[place] - (present.sum() + 1) / 2
    spread = np.sqrt((ranks**2).mean()) if len(ranks) else 0.0
    return ranks / spread if spread > 0 else ranks


def _ratio(ranks: Floats, codes: Codes) -> float:
    """Correlation ratio of standardised ranks over groups, corrected for the number of groups."""
    size = np.bincount(codes)
    groups, rows = len(size), len(ranks)
    if groups < 2 or rows <= groups:  # noqa: PLR2004 - two groups at least differ
        return np.nan
    between = float((np.bincount(codes, ranks) ** 2 / size).sum() / rows)
    return float(np.sqrt(max(0.0, 1 - (1 - between) * (rows - 1) / (rows - groups))))


def _cramer(one: Codes, other: Codes) -> float:
    """Bias-corrected Cramer's V."""
    shape, rows = (int(one.max()) + 1, int(other.max()) + 1), len(one)
    seen = np.bincount(one * shape[1] + other, minlength=shape[0] * shape[1]).reshape(shape)
    if min(shape) < 2:  # noqa: PLR2004 - one value has nothing to vary with
        return np.nan
    expected = np.outer(seen.sum(axis=1), seen.sum(axis=0)) / rows
    squared = float(((seen - expected) ** 2 / expected).sum()) / rows
    squared = max(0.0, squared - (shape[0] - 1) * (shape[1] - 1) / (rows - 1))
    sides = [side - (side - 1) ** 2 / (rows - 1) for side in shape]
    return float(np.sqrt(squared / (min(sides) - 1))) if min(sides) > 1 else np.nan
