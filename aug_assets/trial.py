"""What became of a challenger, its control and the champion on the same real rows. Trains nothing."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from aug_assets.lift_figures import Figures, Floats, Interval, Ranked, over, resampled
from aug_assets.served import Served
from aug_assets.spec_training import Training

CHALLENGER, CONTROL, CHAMPION = "challenger", "control", "champion"
_TIMES = 300  # resamples of the holdout


@dataclass(frozen=True)
class Trial:
    """What was trained, and what came of it.

    Attributes:
        policy: The dataset's ``training``.
        model: The challenger.
        rows: The holdout, n rows.
        positive: bool (n,).
        scores: Per arm float64 (seeds, n); the champion is one model, repeated.
        thresholds: Per arm, of its first seed.
        train_rows: Rows that the challenger was trained on, real and synthetic.
        how: How the holdout was told apart.
    """

    policy: Training
    model: Served
    rows: pd.DataFrame
    positive: NDArray[np.bool_]
    scores: dict[str, Floats]
    thresholds: dict[str, float]
    train_rows: tuple[int, int]
    how: str

    @cached_property
    def figures(self) -> dict[str, list[Figures]]:
        """Figures of each arm and seed."""
        return {
            arm: [Ranked.of(self.positive, one).figures() for one in scores]
            for arm, scores in self.scores.items()
        }

    @cached_property
    def _resampled(self) -> dict[str, Floats]:
        return resampled(self.positive, self.scores, _TIMES)

    def over(self, other: str) -> Interval:
        """How much better the challenger is than another arm, as a share of its average precision."""
        own = [np.array([f.average_precision for f in self.figures[arm]]) for arm in (CHALLENGER, other)]
        return over(self._resampled[CHALLENGER], self._resampled[other], (own[0], own[1]))

    def alarms(self, arm: str) -> NDArray[np.bool_]:
        """Which rows an arm's first model raises an alarm for; bool (n,)."""
        return np.asarray(self.scores[arm][0] >= self.thresholds[arm])


def threshold(positive: NDArray[np.bool_], scores: Floats, rate: float) -> float:
    """The lowest threshold at which at most this share of the rows that are not positive raise an alarm.

    Args:
        positive: bool (n,), of real rows.
        scores: float64 (n,), of a model that never saw them.
        rate: The share.
    """
    others = np.sort(scores[~positive])[::-1]
    allowed = int(rate * len(others) + 1e-9)
    return float(np.nextafter(others[allowed], np.inf))
