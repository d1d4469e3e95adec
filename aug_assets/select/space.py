"""Rows of any kind as numbers, by the features that drift watches: as bins, or as points. Weighs nothing.

A row with several values of a feature, such as a session's events, is their mean.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from aug_assets.drift.features import Values, values
from aug_assets.spec import DatasetSpec

Floats = NDArray[np.float64]

_BINS = 10
_MOST_VALUES = 50  # of a category; rarer ones are one
_FAR = 5.0  # standard deviations, beyond which numbers are no farther away


def bins(spec: DatasetSpec, rows: pa.Table) -> Floats:
    """One column a decile of a number, a common category, and what is missing; float64 (rows, k), 0 to 1."""
    return _joined(rows, (_averaged(one, _binned(one), len(rows)) for one in values(spec, rows)))


def points(spec: DatasetSpec, rows: pa.Table) -> Floats:
    """Numbers in standard deviations, categories a column each, so that two that differ are 1 apart.

    A null number is the mean. float64 (rows, k).
    """
    return _joined(rows, (_averaged(one, _placed(one), len(rows)) for one in values(spec, rows)))


def _joined(rows: pa.Table, parts: Iterator[Floats]) -> Floats:
    return np.hstack([np.empty((len(rows), 0)), *parts])


def _averaged(one: Values, columns: Floats, rows: int) -> Floats:
    if one.row is None:
        return columns
    count = np.bincount(one.row, minlength=rows)
    sums = [np.bincount(one.row, column, rows) for column in columns.T]
    return np.stack(sums, axis=1) / np.maximum(count, 1)[:, None] if sums else np.empty((rows, 0))


def _binned(one: Values) -> Floats:
    if not one.is_number:
        return _hot(one.found)
    known = one.found[np.isfinite(one.found)]
    edges = np.unique(np.quantile(known, np.arange(1, _BINS) / _BINS)) if len(known) else np.empty(0)
    code = np.where(np.isnan(one.found), len(edges) + 1, np.searchsorted(edges, one.found, side="right"))
    return _columns(code, len(edges) + 2)


def _placed(one: Values) -> Floats:
    if not one.is_number:
        return np.asarray(_hot(one.found) / np.sqrt(2), np.float64)
    known = one.found[np.isfinite(one.found)]
    middle, spread = (known.mean(), known.std()) if len(known) else (0.0, 1.0)
    away = (np.where(np.isnan(one.found), middle, one.found) - middle) / (spread or 1.0)
    return np.asarray(np.clip(away, -_FAR, _FAR)[:, None], np.float64)


def _hot(texts: Any) -> Floats:
    """A column for each common value, nulls among them."""
    found = texts.combine_chunks() if isinstance(texts, pa.ChunkedArray) else texts
    counts = {one["values"]: one["counts"] for one in found.value_counts().to_pylist()}
    common = sorted(counts, key=lambda value: (-counts[value], str(value)))[:_MOST_VALUES]
    code = pc.fill_null(pc.index_in(found, pa.array(common, pa.string()), skip_nulls=False), len(common))
    return _columns(code.to_numpy(zero_copy_only=False), len(common))


def _columns(code: NDArray[Any], many: int) -> Floats:
    return np.asarray(code[:, None] == np.arange(many), np.float64)
