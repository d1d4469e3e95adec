"""Which rows of a day people should be asked about: those near the threshold, apart from each other.

For two classes margin, entropy and least confidence put rows in one order: by how near the score lies to the
threshold, here in log-odds. Of five times as many as are wanted the one farthest from those taken is next. A
share is drawn evenly from all others.

Source: Lewis and Gale, "A sequential algorithm for training text classifiers", SIGIR 1994; diversity by
farthest-first traversal after Sener and Savarese, "Active learning for convolutional neural networks: a
core-set approach", ICLR 2018; the even share after Dal Pozzolo et al., IEEE TNNLS 29, 2018.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aug_assets.keys import U64, digest_bits, philox, unit
from aug_assets.spec_uncertainty import Uncertainty

Floats = NDArray[np.float64]
BAND = 1.0  # log-odds from the threshold within which a row counts as unsure
_POOL = 5  # times as many as are wanted are looked at
_EDGE = 1e-9
_LEAST = 0.002  # of a day's rows; fewer unsure ones than that are worth no refresh, however few are usual


@dataclass(frozen=True)
class Queue:
    """Rows to ask about.

    Attributes:
        place: int64 (k,), in the order in which they were taken.
        near: bool (k,), whether a row lies near the threshold; others were drawn evenly.
        distance: float64 (n,), log-odds from the threshold, of all rows.
    """

    place: NDArray[np.int64]
    near: NDArray[np.bool_]
    distance: Floats


def distances(scores: Floats, threshold: float) -> Floats:
    """How far each score lies from the threshold in log-odds; float64 (n,), 0 or more.

    Scores that are no probabilities are first put onto the range between the least and the largest.
    """
    low, high = (min(0.0, float(scores.min())), max(1.0, float(scores.max()))) if len(scores) else (0.0, 1.0)
    both = [np.clip((one - low) / (high - low), _EDGE, 1 - _EDGE) for one in (scores, np.float64(threshold))]
    odds = [np.log(one / (1 - one)) for one in both]
    return np.asarray(np.abs(odds[0] - odds[1]), np.float64)


def queue(
    scores: Floats,
    threshold: float,
    points: Floats | None,
    ids: U64,
    asked: NDArray[np.bool_],
    policy: Uncertainty,
) -> Queue:
    """Choose rows.

    Args:
        scores: float64 (n,), of the champion.
        threshold: From which on it raises an alarm.
        points: float64 (n, features), rows as points; None where it does not matter how alike they are.
        ids: uint64 (n, 2), of the rows: they decide between equals and draw the even share.
        asked: bool (n,), rows that may be asked about, such as those without a label.
        policy: How many.
    """
    away = distances(scores, threshold)
    free = np.flatnonzero(asked)
    drawn = unit(philox(digest_bits("uncertainty"), (ids[free, 0], ids[free, 1], 0, 0))[:, 0])
    size = min(policy.rows, len(free))
    even = round(policy.explore * size)
    ordered = free[np.lexsort((drawn, away[free]))]
    pool = ordered[: _POOL * (size - even)]
    near = pool[: size - even] if points is None else pool[_apart(points[pool], size - even)]
    others = free[np.argsort(drawn, kind="stable")]
    others = others[~np.isin(others, near)][: size - len(near)]
    place = np.concatenate([near, others]).astype(np.int64)
    return Queue(place, np.arange(len(place)) < len(near), away)


def _apart(points: Floats, wanted: int) -> NDArray[np.int64]:
    """The first point, and then always the one that is farthest from all taken; int64 (wanted,)."""
    if wanted <= 0 or not len(points):
        return np.empty(0, np.int64)
    taken = [0]
    gap = np.linalg.norm(points - points[0], axis=1)
    while len(taken) < min(wanted, len(points)):
        gap[taken[-1]] = -1.0
        taken.append(int(np.argmax(gap)))
        gap = np.minimum(gap, np.linalg.norm(points - points[taken[-1]], axis=1))
        gap[taken] = -1.0
    return np.array(taken, np.int64)


def judged(share: float, before: list[float], policy: Uncertainty) -> tuple[str, float, str]:
    """The word on a day, its limit and why.

    Args:
        share: Of the day's rows, those within ``BAND`` of the threshold.
        before: The same of earlier days.
        policy: With the limit.
    """
    if len(before) < _FEWEST_DAYS:
        return "unjudged", 0.0, f"{len(before)} earlier days; {_FEWEST_DAYS} tell what is usual"
    usual = float(np.median(before))
    limit = max(policy.max_ratio * usual, _LEAST)
    word = "refresh" if share > limit else "steady"
    return word, limit, f"{share:.2%} of the rows are near the threshold, {usual:.2%} usually"


_FEWEST_DAYS = 7
