"""A model as it is stored and served: what scores rows, and the threshold that belongs to it."""

import hashlib
import pickle
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from aug_assets.errors import ModelBrokenError
from aug_assets.learners.base import Scorer


@dataclass(frozen=True)
class Served:
    """One model version.

    Attributes:
        scorer: Rows to scores, the higher the more likely positive.
        threshold: Scores from here on raise an alarm; chosen on real rows that the model never saw.
        positive: The label that it looks for, as text.
    """

    scorer: Scorer
    threshold: float
    positive: str

    def scores(self, rows: pd.DataFrame) -> NDArray[np.float64]:
        """Scores of n rows, float64 (n,).

        Raises:
            ModelBrokenError: The model fails, or a score is no number.
        """
        try:
            found = np.asarray(self.scorer(rows), np.float64)
        except Exception as error:
            raise _broken("does not score the rows", f"{type(error).__name__}: {error}") from error
        if found.shape != (len(rows),) or not np.isfinite(found).all():
            raise _broken("gives scores that are none", f"shape {found.shape}, {len(rows)} rows")
        return found

    def predict(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Columns ``score`` and ``alarm`` of rows; what MLflow calls."""
        scores = self.scores(rows)
        return pd.DataFrame({"score": scores, "alarm": scores >= self.threshold})


def packed(model: Served) -> bytes:
    """A model as bytes.

    Raises:
        ModelBrokenError: It cannot be pickled, such as a function inside a function.
    """
    try:
        return pickle.dumps(model, protocol=5)
    except Exception as error:
        raise _broken("cannot be stored", f"{type(error).__name__}: {error}") from error


def digest(data: bytes) -> str:
    """SHA-256 of a stored model."""
    return hashlib.sha256(data).hexdigest()


def unpacked(data: bytes, wanted: str) -> Served:
    """A model of its bytes, which must be the ones that were stored: a pickle runs what is in it.

    Args:
        data: The bytes.
        wanted: Their SHA-256.

    Raises:
        ModelBrokenError: They are others, or cannot be loaded here.
    """
    if digest(data) != wanted:
        raise _broken("is not the one that was trained", f"SHA-256 {digest(data)}, recorded {wanted}")
    try:
        model = pickle.loads(data)  # noqa: S301 - its digest was recorded when it was trained
    except Exception as error:
        raise _broken("cannot be loaded", f"{type(error).__name__}: {error}") from error
    if not isinstance(model, Served):
        raise _broken("cannot be loaded", f"it is a {type(model).__name__}")
    return model


def _broken(told: str, seen: str) -> ModelBrokenError:
    todo = "train again; the learner must be importable where rows are scored, in the same versions"
    return ModelBrokenError(f"a stored model {told}", seen=seen, todo=todo)


def _load_pyfunc(path: str) -> Served:
    """What MLflow calls to load the artifact of a version."""
    data = Path(path).read_bytes()
    return unpacked(data, digest(data))
