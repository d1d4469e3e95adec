"""Evidence that may be looked at as often as one likes, from rows that two models treat differently.

Source: it is a product of bets, each fair at best if what is to be disproved is true, so that it ever passes
1/error with probability error at most (Ville's inequality; Waudby-Smith and Ramdas, JRSS B 86, 2024). Bets on
rows that differ, mixed over their size, are the one-sided mixture test of a binomial.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.int64] | int

_BETS = np.geomspace(0.01, 0.98, 32)  # shares of the stake; each below 1, so that no row can ruin it


def evidence(*counted: tuple[NDArray[np.int64] | int, float]) -> NDArray[np.float64]:
    """The logarithm of a mixture of bets, float64, of the shape of the counts.

    Args:
        counted: Pairs of how many rows of a kind there are and what one of them is worth to what is to be
            disproved, at most 1; its expectation over rows is 0 or more if that is true.
    """
    total = sum(np.asarray(n, float)[..., None] * np.log1p(-_BETS * worth) for n, worth in counted)
    peak = np.max(total, axis=-1)
    mean: NDArray[np.float64] = peak + np.log(np.mean(np.exp(total - peak[..., None]), axis=-1))
    return mean


def harm(guard: str, counts: Mapping[str, Numbers], margin: float) -> NDArray[np.float64]:
    """Evidence that the challenger is worse than the champion by more than ``margin`` of its figure.

    Args:
        guard: ``false_alarms`` or ``recall``.
        counts: Rows by kind, see ``aug_assets.canary.Counts``.
        margin: Share of the champion's false alarms, or of the positive rows that it finds.
    """
    return _mixture([(counts[kind], -loss / (1 + margin)) for kind, loss in _losses(guard, margin).items()])


def harmless(guard: str, counts: Mapping[str, Numbers], margin: float) -> NDArray[np.float64]:
    """Evidence that the challenger is worse by less than ``margin``; see :func:`harm`."""
    return _mixture([(counts[kind], loss) for kind, loss in _losses(guard, margin).items()])


def _losses(guard: str, margin: float) -> dict[str, float]:
    """What a row of each kind adds to the challenger's errors beyond the champion's and the margin."""
    if guard == "false_alarms":
        return {"new_false": 1.0, "old_false": -1.0 - margin, "both_false": -margin}
    return {"lost": 1.0 - margin, "gained": -1.0, "both_found": -margin}


def _mixture(counted: Sequence[tuple[Numbers, float]]) -> NDArray[np.float64]:
    """The logarithm of a mixture of bets, float64, of the shape of the counts.

    Args:
        counted: How many rows of a kind there are, and what one of them is worth, at most 1; its expectation
            over all rows is 0 or more if that is true which is to be disproved.
    """
    total = sum(np.asarray(n, float)[..., None] * np.log1p(-_BETS * worth) for n, worth in counted)
    peak = np.max(total, axis=-1)
    mean: NDArray[np.float64] = peak + np.log(np.mean(np.exp(total - peak[..., None]), axis=-1))
    return mean
