"""The normal distribution by tables, and the factor of correlations: the same bits on every machine."""

from functools import cache
from math import sqrt

import numpy as np
from numpy.typing import NDArray

_STEPS = 1 << 13  # of the table from share to score; the outermost two reach half a step
_REACH = 8.0  # scores beyond are no longer told apart
_PER_UNIT = 256  # steps of the table from score to share


def score(share: NDArray[np.float64]) -> NDArray[np.float64]:
    """The normal quantile at shares in [0, 1), by straight lines between the entries of a table."""
    return _between(_scores(), share * _STEPS)


def share(score: NDArray[np.float64]) -> NDArray[np.float64]:
    """The normal distribution function, in [0, 1), by straight lines between the entries of a table."""
    return _between(_shares(), (np.clip(score, -_REACH, _REACH - 1 / _PER_UNIT) + _REACH) * _PER_UNIT)


def factor(scores: NDArray[np.float64], shrink: float) -> NDArray[np.float64]:
    """The lower triangular factor of the correlations of (columns, m) scores, drawn to 0 by ``shrink``."""
    count = len(scores)
    made = np.zeros((count, count))
    for i in range(count):
        for j in range(i + 1):
            tie = 1.0 if i == j else (1.0 - shrink) * correlation(scores[i], scores[j])
            for k in range(j):
                tie -= made[i, k] * made[j, k]
            made[i, j] = sqrt(max(tie, 1e-12)) if i == j else tie / made[j, j]
    return made


def correlation(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """The correlation of two columns of mean 0; 0 for one of a single value.

    Rounded, since the order of a sum's additions is the processor's: the last digits are not used.
    """
    spread = sqrt(float((one * one).sum()) * float((other * other).sum()))
    return round(float((one * other).sum()) / spread, 9) if spread > 0 else 0.0


def _between(table: NDArray[np.float64], place: NDArray[np.float64]) -> NDArray[np.float64]:
    low = place.astype(np.int64)
    start = table.take(low)
    return np.asarray(start + (place - low) * (table.take(low + 1) - start))


@cache
def _scores() -> NDArray[np.float64]:
    from scipy.special import ndtri

    shares = np.arange(_STEPS + 1) / _STEPS
    shares[[0, -1]] = 0.25 / _STEPS, 1 - 0.25 / _STEPS
    return _settled(ndtri(shares))


@cache
def _shares() -> NDArray[np.float64]:
    from scipy.special import ndtr

    least = np.nextafter(1.0, 0.0)
    return np.minimum(_settled(ndtr(np.arange(2 * _REACH * _PER_UNIT + 1) / _PER_UNIT - _REACH)), least)


def _settled(table: NDArray[np.float64]) -> NDArray[np.float64]:
    """Rounded to 12 decimals: libraries differ in the last bits of these functions."""
    return np.round(table, 12)
