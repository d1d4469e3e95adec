"""What chance alone can do to a share or a count, exactly: so that no day is blamed for being small."""

LEVEL = 1e-4  # how often a gate may blame a clean day, over all that it compares


def upper_share(bad: int, total: int, level: float) -> float:
    """The largest true share that still gives ``bad`` or fewer of ``total`` with probability ``level``.

    Source: Clopper and Pearson, Biometrika 26, 1934.
    """
    from scipy.special import betaincinv

    return 1.0 if bad >= total else float(betaincinv(bad + 1, total - bad, 1 - level))


def upper_count(share: float, total: int, level: float) -> int:
    """The count of ``total`` draws at this share that chance exceeds with probability ``level`` at most."""
    from scipy.stats import binom

    return int(binom.isf(level, total, min(max(share, 0.0), 1.0)))


def upper_tail(rank: int, total: int, level: float) -> float:
    """What share of a population may lie beyond the ``rank``-th most extreme of ``total`` draws from it."""
    from scipy.special import betaincinv

    return float(betaincinv(rank, total - rank + 1, 1 - level))


def upper_below(rank: int, total: int, draws: int, level: float) -> int:
    """The count of ``draws`` beyond the ``rank``-th most extreme of ``total`` others of the same population.

    Chance exceeds it with probability ``level`` at most. Source: the count is beta-binomial, exactly, see
    Wilks, "Statistical prediction with special reference to the problem of tolerance limits", Annals of
    Mathematical Statistics 13, 1942.
    """
    from scipy.stats import betabinom

    return int(betabinom.isf(level, draws, rank, total - rank + 1))
