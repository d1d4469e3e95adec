"""How far the values of two groups of rows lie apart, from their sketches alone. Nothing is decided here.

Sources: PSI after Siddiqi, "Credit Risk Scorecards", 2006; Kolmogorov-Smirnov; Lin, "Divergence Measures
Based on the Shannon Entropy", 1991; Wasserstein-1 by the difference of distribution functions (Vallender,
1974); Pearson's chi-square on counts.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aug_assets.drift.sketch import Ints, Sketch, lower_edge

Floats = NDArray[np.float64]

BINS = 10
_FLOOR = 0.5  # of a row in each bin: an empty bin is not infinitely far
_DECIMALS = 12


@dataclass(frozen=True)
class Distances:
    """A day against a reference.

    Attributes:
        psi: Population stability index on the reference's deciles or on the categories; nulls are a bin.
        js: Jensen-Shannon divergence on the same bins, in bits, 0 to 1.
        ks: Largest difference of the distribution functions, 0 to 1; of categories half the sum of all.
        wasserstein: Of numbers, in standard deviations of the reference; of categories as ``ks``.
        missing: Share of nulls, less that of the reference.
        scale: Rows that the comparison is worth: n m / (n + m).
    """

    psi: float
    js: float
    ks: float
    wasserstein: float
    missing: float
    scale: float


def compare(day: Sketch, reference: Sketch, bins: int = BINS) -> Distances:
    """Measure a day against a reference of the same feature.

    A feature that no row of one side has a value of is as far as can be from one that has.
    """
    p, q = counts(day, reference, bins)
    a, b = p / max(p.sum(), 1), q / max(q.sum(), 1)
    if day.kind == "number":
        ks, width = _between(day, reference)
    else:
        ks = width = float(np.abs(a - b).sum() / 2)
    share = [one.nulls / max(one.rows, 1) for one in (day, reference)]
    both = day.rows + reference.rows
    return Distances(
        psi=_psi(p, q),
        js=_js(a, b),
        ks=ks,
        wasserstein=width,
        missing=share[0] - share[1],
        scale=day.rows * reference.rows / both if both else 0.0,
    )


def counts(day: Sketch, reference: Sketch, bins: int = BINS) -> tuple[Floats, Floats]:
    """Rows of both sides in the same bins, nulls last; float64 (k,) each."""
    if day.kind == "category":
        names = sorted({*day.values, *reference.values})
        place = {name: n for n, name in enumerate(names)}
        sides = []
        for one in (day, reference):
            told = np.zeros(len(names) + 1)
            told[[place[value] for value in one.values]] = one.counts
            told[-1] = one.nulls
            sides.append(told)
        return sides[0], sides[1]
    edges = _edges(reference, bins)
    sides = []
    for one in (day, reference):
        filled = np.bincount(np.searchsorted(edges, one.keys, side="right"), one.counts, len(edges) + 1)
        sides.append(np.append(filled, one.nulls))
    return sides[0], sides[1]


def _edges(reference: Sketch, bins: int) -> Ints:
    """The bucket at which each bin after the first begins: quantiles of the reference, each once."""
    if len(reference.keys) == 0:
        return np.empty(0, np.int64)
    passed = np.cumsum(reference.counts)
    wanted = np.arange(1, bins) * (passed[-1] / bins)
    found = np.unique(reference.keys[np.minimum(np.searchsorted(passed, wanted) + 1, len(passed) - 1)])
    return np.asarray(found[found > reference.keys[0]], np.int64)


def _psi(p: Floats, q: Floats) -> float:
    used = (p + q) > 0
    p, q = p[used] + _FLOOR, q[used] + _FLOOR
    if len(p) == 0:
        return 0.0
    a, b = p / p.sum(), q / q.sum()
    return float(((a - b) * np.log(a / b)).sum())


def _js(a: Floats, b: Floats) -> float:
    middle = (a + b) / 2
    parts = [np.where(one > 0, one * np.log2(np.where(one > 0, one, 1) / np.where(middle > 0, middle, 1)), 0)
             for one in (a, b)]  # fmt: skip
    return float(max(sum(part.sum() for part in parts) / 2, 0.0))


def _between(day: Sketch, reference: Sketch) -> tuple[float, float]:
    """Kolmogorov-Smirnov distance, and Wasserstein-1 in standard deviations of the reference."""
    if day.known == 0 or reference.known == 0:
        gone = float(day.known != reference.known)
        return gone, gone
    keys = np.union1d(day.keys, reference.keys)
    steps = [np.zeros(len(keys)), np.zeros(len(keys))]
    for step, one in zip(steps, (day, reference), strict=True):
        step[np.searchsorted(keys, one.keys)] = one.counts / one.known
    apart = np.abs(np.cumsum(steps[0]) - np.cumsum(steps[1]))
    edges = lower_edge(keys)
    finite = np.isfinite(edges)
    width = float((apart[:-1] * np.diff(np.where(finite, edges, edges[finite].max(initial=0.0)))).sum())
    unit = reference.spread or 1.0
    return round(float(apart.max()), _DECIMALS), round(width / unit, _DECIMALS)


def chi_square(day: Sketch, reference: Sketch) -> tuple[float, float]:
    """Pearson's statistic on the counts of both sides, and its p-value: for a person to read.

    On many rows it calls every small difference significant, so that it decides nothing.
    """
    from scipy.stats import chi2

    p, q = counts(day, reference)
    used = (p + q) > 0
    told = np.stack([p[used], q[used]])
    if told.shape[1] <= 1 or not told.sum(axis=1).all():
        return 0.0, 1.0
    wanted = told.sum(axis=1, keepdims=True) * told.sum(axis=0) / told.sum()
    value = float(((told - wanted) ** 2 / wanted).sum())
    return value, float(chi2.sf(value, told.shape[1] - 1))
