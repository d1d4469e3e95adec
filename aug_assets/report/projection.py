"""Rows of many columns as points on a plane, for the eye only: principal components of all columns.

Numbers are standardised by the real rows, those with a long tail after a logarithm, and cut at four standard
deviations; a missing one is the mean. Categories are one-hot, a missing one as a value of its own. The
components are those of the real points shown, and the sign of each makes its largest loading positive, so
that the same day always looks the same. Source: Pearson, Philosophical Magazine 2, 1901.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from aug_assets.operators.base import numbers
from aug_assets.report.marginals import bins

if TYPE_CHECKING:
    from aug_assets.operators.base import Columns

Floats = NDArray[np.float64]

_CUT = 4.0
_MAX_VALUES = 20
_MAX_POINTS = 700  # a group; more would hide each other
_SIDES = 2


@dataclass(frozen=True)
class Projection:
    """Points of each group, and how much of the variance the plane shows.

    Attributes:
        points: Group to float64 (n, 2).
        rows: Group to how many rows it has; points are the first of them.
        shares: Share of the variance that each axis shows.
    """

    points: dict[str, Floats]
    rows: dict[str, int]
    shares: tuple[float, float]


def projection(
    groups: dict[str, pd.DataFrame], real: tuple[str, ...], columns: "Columns"
) -> Projection | None:
    """Project groups of rows on one plane.

    Args:
        groups: Name to rows, in the order of their ids, which are digests: the first rows are a fair sample.
        real: The groups that hold real rows and decide the plane.
        columns: The columns to look at.

    Returns:
        The points; None where nothing varies or there are no rows to decide a plane.
    """
    shown = {name: rows.head(_MAX_POINTS) for name, rows in groups.items()}
    together = pd.concat(list(shown.values()), ignore_index=True)
    source = np.repeat([name in real for name in shown], [len(rows) for rows in shown.values()])
    if source.sum() <= _SIDES:
        return None
    space = np.column_stack([_numeric(together, columns, source), _one_hot(together, columns)])
    centred = space - space[source].mean(axis=0)
    _, strength, axes = np.linalg.svd(centred[source], full_matrices=False)
    if len(strength) < _SIDES or strength[0] == 0:
        return None
    axes = axes[:_SIDES]
    largest = np.abs(axes).argmax(axis=1)
    axes = axes * np.sign(axes[range(_SIDES), largest])[:, None]
    ends = np.cumsum([0, *map(len, shown.values())])
    flat = centred @ axes.T
    points = {name: flat[ends[n] : ends[n + 1]] for n, name in enumerate(shown)}
    variance = strength**2 / (strength**2).sum()
    rows = {name: len(rows) for name, rows in groups.items()}
    return Projection(points, rows, (float(variance[0]), float(variance[1])))


def _numeric(rows: pd.DataFrame, columns: "Columns", source: NDArray[np.bool_]) -> Floats:
    """Standardised numbers, float64 (n, numeric)."""
    values = numbers(rows, columns.numeric)
    values[~np.isfinite(values)] = np.nan
    for column in values.T:
        known = column[source & ~np.isnan(column)]
        if len(known) == 0:
            column[:] = 0.0
            continue
        edges, log = bins(known)
        if log:
            column[:] = np.log(np.maximum(column, edges[0]))
            known = np.log(np.maximum(known, edges[0]))
        spread = float(known.std())
        column[:] = (column - known.mean()) / (spread if spread > 0 else 1.0)
    return np.clip(np.nan_to_num(values), -_CUT, _CUT)


def _one_hot(rows: pd.DataFrame, columns: "Columns") -> Floats:
    """A column of 0 and 1 for each value, the most frequent ones where there are many."""
    parts = [np.empty((len(rows), 0))]
    for name in columns.categorical:
        codes, _ = pd.factorize(rows[name].astype(object), use_na_sentinel=False)
        order = np.argsort(-np.bincount(codes), kind="stable")[:_MAX_VALUES]
        parts.append((codes[:, None] == order).astype(np.float64))
    return np.column_stack(parts)
