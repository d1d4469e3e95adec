"""How well scores rank rows, and how sure that is: curves, figures, paired resampling. No model in here."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from aug_assets.keys import digest_bits, philox

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]

_FALSE_ALARMS = 0.01
_PER_CALL = 16  # counts of 16 bits in the four words of one call of Philox


class Figures(NamedTuple):
    """What one model is worth on the holdout."""

    average_precision: float
    roc_auc: float
    recall_at_1pct_fpr: float


class Interval(NamedTuple):
    """A figure, and the ends between which 95 % of its resamples lie."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Ranked:
    """Rows by falling score; rows of equal score cannot be told apart, so a threshold takes all of them.

    Attributes:
        order: int64 (n,), the rows by falling score.
        positive: bool (n,), in that order.
        ends: int64 (g,), in that order the last row of each group of equal scores.
    """

    order: Counts
    positive: NDArray[np.bool_]
    ends: Counts

    @classmethod
    def of(cls, positive: NDArray[np.bool_], scores: Floats) -> "Ranked":
        """Rank n rows."""
        order = np.argsort(-scores, kind="stable")
        falling = scores[order]
        ends = np.append(np.flatnonzero(falling[1:] != falling[:-1]), len(order) - 1)
        return cls(order, positive[order], ends)

    def curve(self, count: NDArray[np.int32]) -> tuple[Counts, Counts]:
        """Positive and other rows above each threshold, each int64 (g,).

        ``count``, int32 (n,), says how often each row is there.
        """
        mine = count[self.order]
        every = np.cumsum(mine, dtype=np.int64)[self.ends]
        found = np.cumsum(mine * self.positive, dtype=np.int64)[self.ends]
        return found, every - found

    def average_precision(self, count: NDArray[np.int32]) -> float:
        """The area under precision over recall, as steps; NaN without a positive row."""
        found, false = self.curve(count)
        if found[-1] == 0:
            return float("nan")
        gained = np.diff(found, prepend=0)
        return float((gained * found / np.maximum(found + false, 1)).sum() / found[-1])

    def figures(self) -> Figures:
        """All figures on the rows as they are."""
        count = np.ones(len(self.order), np.int32)
        found, false = self.curve(count)
        recall, alarms = (np.append(0, part / max(part[-1], 1)) for part in (found, false))
        area = float(np.trapezoid(recall, alarms))
        return Figures(
            self.average_precision(count), area, float(recall[alarms <= _FALSE_ALARMS].max(initial=0.0))
        )


def resampled(
    positive: NDArray[np.bool_], scores: Mapping[str, Floats], times: int = 300
) -> dict[str, Floats]:
    """Average precision of each arm and seed on resamples of the holdout, the same resample for all of them.

    How often a row is in a resample is drawn from a Poisson law of mean 1, which is what drawing n of n rows
    with replacement comes to (Hanley and MacGibbon, Computer Methods and Programs in Biomedicine 83, 2006).

    Args:
        positive: bool (n,).
        scores: Per arm float64 (seeds, n).
        times: How many resamples.

    Returns:
        Per arm float64 (times, seeds).
    """
    ranked = {arm: [Ranked.of(positive, one) for one in of_seeds] for arm, of_seeds in scores.items()}
    found = {arm: np.empty((times, len(of_seeds))) for arm, of_seeds in scores.items()}
    for number in range(times):
        count = _poisson(number, len(positive))
        for arm, of_seeds in ranked.items():
            found[arm][number] = [one.average_precision(count) for one in of_seeds]
    return found


def _poisson(number: int, rows: int) -> NDArray[np.int32]:
    """How often each row is in a resample; int32 (rows,)."""
    counter = np.arange(-(-rows // _PER_CALL), dtype=np.uint64)
    words = philox(digest_bits("lift", "resample", str(number)), (counter, 0, 0, 0))
    draws = np.ascontiguousarray(words.astype("<u8")).view("<u2").ravel()[:rows]
    steps = np.cumsum(np.exp(-1.0) / np.cumprod([1, 1, 2, 3, 4, 5, 6, 7, 8]))
    table = np.searchsorted(steps, (np.arange(2**16) + 0.5) / 2**16).astype(np.int32)
    count: NDArray[np.int32] = table[draws]
    return count


def seed_draws(times: int, seeds: int) -> Counts:
    """Which seeds are in each resample, drawn with replacement; int64 (times, seeds)."""
    words = philox(digest_bits("lift", "seeds"), (np.arange(times * seeds, dtype=np.uint64), 0, 0, 0))
    return ((words[:, 0] >> np.uint64(33)) % np.uint64(seeds)).astype(np.int64).reshape(times, seeds)


def over(ours: Floats, theirs: Floats, measured: tuple[Floats, Floats]) -> Interval:
    """How much higher one arm's mean average precision is than another's, as a share of the other's.

    Args:
        ours: float64 (times, seeds), one arm on the resamples of :func:`resampled`.
        theirs: The other arm on the same ones.
        measured: Both arms' figures on the holdout itself, each float64 (seeds,).
    """
    drawn = seed_draws(*ours.shape)
    mine, other = (np.take_along_axis(a, drawn, axis=1).mean(axis=1) for a in (ours, theirs))
    low, high = np.nanquantile(mine / other - 1, (0.025, 0.975))
    return Interval(float(measured[0].mean() / measured[1].mean() - 1), float(low), float(high))
