"""What a model's alarms are worth on rows whose labels are not there yet, from its calibrated scores.

Source: confidence-based performance estimation (CBPE), NannyML documentation, 2022; isotonic calibration
after Zadrozny, Elkan, "Transforming classifier scores into accurate multiclass probability estimates", 2002.
It follows a shift of the rows. A shift of what a row means (the same payment, now fraud) it cannot see.
"""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Worth:
    """Figures of n rows, realised or expected.

    Attributes:
        precision: Share of the alarms that are right; NaN without an alarm.
        recall: Share of the positives that raise one; NaN without a positive.
        false_positive_rate: Share of the negatives that raise one; NaN without a negative.
        positive_share: Of the rows.
    """

    precision: float
    recall: float
    false_positive_rate: float
    positive_share: float

    @classmethod
    def of(cls, chance: Floats | Bools, alarm: Bools) -> Self:
        """Of rows that are positive by these chances, or for sure.

        Args:
            chance: (n,) probability of the positive class, or the labels themselves.
            alarm: bool (n,).
        """
        sure = np.asarray(chance, np.float64)
        hit, false = float(sure[alarm].sum()), float((1 - sure)[alarm].sum())
        positives = float(sure.sum())
        return cls(
            _share(hit, hit + false), _share(hit, positives), _share(false, len(sure) - positives),
            _share(positives, len(sure)),
        )  # fmt: skip


class Calibration:
    """Scores to probabilities, learnt from rows whose labels are known."""

    def __init__(self, scores: Floats, positive: Bools) -> None:
        """Fit; ``scores`` are float64 (n,), ``positive`` bool (n,) with both values in it."""
        from sklearn.isotonic import IsotonicRegression

        self._fitted: Any = IsotonicRegression(y_min=0, y_max=1, out_of_bounds="clip")
        self._fitted.fit(scores, positive.astype(np.float64))

    def chances(self, scores: Floats) -> Floats:
        """Probability of the positive class; float64 (n,)."""
        return np.asarray(self._fitted.predict(scores), np.float64)


def _share(part: float, whole: float) -> float:
    return part / whole if whole > 0 else float("nan")
