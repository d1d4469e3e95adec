"""Rows of mixed columns as points, and distances between them, for gates that look at neighbours.

A number becomes its rank among the real rows of its class, from 0 to 1, so that long tails do not rule the
distance; two unlike categories are as far apart as half of a number's range; null is a category of its own.
"""

from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from aug_assets.operators.base import numbers

Points = NDArray[np.float32]

_UNLIKE = 0.5
_CELLS = 4_000_000  # of a block of distances, 16 MB
_SMALL = 10_000


@dataclass(frozen=True)
class Space:
    """The columns of a class's real rows as axes."""

    numeric: tuple[str, ...]
    categorical: tuple[str, ...]
    ranked: tuple[NDArray[np.float64], ...]
    seen: tuple[NDArray[np.object_], ...]
    known: Points  # the real rows themselves

    def of(self, rows: pd.DataFrame) -> Points:
        """Rows as points; float32 of shape (rows, axes)."""
        return _points(rows, self.numeric, self.categorical, self.ranked, self.seen)


def space(real: Any, label: str) -> Space:
    """The space of a class, made once a day."""
    made: Space = real.once(f"space:{label}", lambda: _space(real, real.of_class(label)))
    return made


def _space(real: Any, rows: pd.DataFrame) -> Space:
    numeric, categorical = real.columns.numeric, real.columns.categorical
    ranked = tuple(np.sort(v[~np.isnan(v)]) for v in numbers(rows, numeric).T)
    seen = tuple(np.unique(rows[name].astype(str).to_numpy(object)) for name in categorical)
    return Space(numeric, categorical, ranked, seen, _points(rows, numeric, categorical, ranked, seen))


def _points(
    rows: pd.DataFrame,
    numeric: tuple[str, ...],
    categorical: tuple[str, ...],
    ranked: tuple[NDArray[np.float64], ...],
    seen: tuple[NDArray[np.object_], ...],
) -> Points:
    axes = []
    for values, known in zip(numbers(rows, numeric).T, ranked, strict=True):
        null = np.isnan(values)
        rank = (known.searchsorted(values, "left") + known.searchsorted(values, "right")) / 2
        axes += [np.where(null, 0.5, rank / max(len(known), 1)), _UNLIKE * null]
    for name, kinds in zip(categorical, seen, strict=True):
        texts = rows[name].astype(str).to_numpy(object)
        axes += [_UNLIKE / np.sqrt(2) * (texts == kind) for kind in kinds]
    return np.column_stack(axes or [np.zeros(len(rows))]).astype(np.float32)


def nearest(points: Points, among: Points, k: int = 1) -> NDArray[np.float32]:
    """Distance of each point to the k-th nearest of others; a point that is among them counts as one."""
    from threadpoolctl import threadpool_limits

    found = np.empty(len(points), np.float32)
    step = max(1, _CELLS // max(len(among), 1))
    lengths = np.einsum("ij,ij->i", among, among)
    small = len(points) * len(among) < _SMALL  # no library gives such a product to threads
    with nullcontext() if small else threadpool_limits(1):
        for at in range(0, len(points), step):
            part = points[at : at + step]
            square = lengths - 2 * (part @ among.T)  # less the point's own length, which changes no order
            least = square.min(axis=1) if k == 1 else np.partition(square, k - 1, axis=1)[:, k - 1]
            found[at : at + step] = least + np.einsum("ij,ij->i", part, part)
    return np.sqrt(np.maximum(found, 0))
