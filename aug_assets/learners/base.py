"""What every learner is: training rows to a function that scores unseen rows."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from aug_assets.errors import TooFewParentsError

Scorer = Callable[[pd.DataFrame], NDArray[np.float64]]
# What to read, n training rows, bool (n,) positive, float64 (n,) weights or None, seed.
Learner = Callable[[Any, pd.DataFrame, NDArray[np.bool_], NDArray[np.float64] | None, int], Scorer]


def need_both(positive: NDArray[np.bool_]) -> None:
    """Refuse rows that are all of one class.

    Raises:
        TooFewParentsError: They are.
    """
    if positive.all() or not positive.any():
        raise TooFewParentsError(
            "a model needs rows of both classes",
            seen=f"{int(positive.sum())} positive of {len(positive)} rows",
            legal="at least 1 of each", todo="choose a longer window of days",
        )  # fmt: skip


def linear(
    matrix: Any, positive: NDArray[np.bool_], weight: NDArray[np.float64] | None, strength: float
) -> Any:
    """Logistic regression by coordinate descent: one thread, and the same model each time.

    Args:
        matrix: (n, features), dense or sparse.
        positive: bool (n,).
        weight: float64 (n,), what each row counts; all alike without it.
        strength: Inverse of the regularisation.
    """
    from sklearn.linear_model import LogisticRegression
    from threadpoolctl import threadpool_limits

    model = LogisticRegression(C=strength, solver="liblinear", random_state=0, max_iter=200)
    with threadpool_limits(1):
        return model.fit(matrix, positive, sample_weight=weight)
