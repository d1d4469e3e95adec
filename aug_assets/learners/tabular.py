"""A small model of tabular rows: gradient boosting with native categories, the same in every process.

Source: histogram gradient boosting after Ke et al., "LightGBM", NeurIPS 2017, as scikit-learn builds it. One
thread, no early stopping and a fixed random state, so that equal rows in equal order give an equal model.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from aug_assets.learners.base import Scorer, need_both
from aug_assets.operators.base import numbers
from aug_assets.spec import NUMERIC, DatasetSpec

_ROUNDS = 150
_LEAVES = 15
_RATE = 0.1
_COLUMNS = 0.7  # of the columns, drawn anew for each split: what makes two seeds two models
_KNOWN = 250  # categories a column may have in the model; rarer ones count as missing


@dataclass(frozen=True)
class Features:
    """The columns that a model reads: those that the event itself has, never an id or a time."""

    numeric: tuple[str, ...]
    categorical: tuple[str, ...]


@dataclass(frozen=True)
class Coding:
    """How rows become a matrix: numbers as they are, categories by their place among the known ones."""

    features: Features
    known: tuple[pd.Index, ...]

    def matrix(self, rows: pd.DataFrame) -> NDArray[np.float64]:
        """float64 (n, features), numeric columns first; NaN for null and for a category never seen."""
        places = [
            values.get_indexer(pd.Index(rows[name]))
            for name, values in zip(self.features.categorical, self.known, strict=True)
        ]
        told = [np.where(place < 0, np.nan, place) for place in places]
        return np.column_stack([numbers(rows, self.features.numeric), *told])


def features(spec: DatasetSpec) -> Features:
    """The dataset's columns that a model reads.

    Left out are key and label, text, times, the column that the holdout is drawn by, and whole numbers that
    operators may not change and whose values are not listed: such a number is an id, and a model that splits
    on ids remembers parents.
    """
    aside = {*spec.key, spec.label, spec.holdout.by if spec.holdout else None}
    free = {name: column for name, column in spec.columns.items() if name not in aside}
    told = {
        name
        for name, c in free.items()
        if c.synthesize is not False or c.values is not None or c.type in ("category", "bool")  # noqa: PD011
    }
    numeric = tuple(n for n, c in free.items() if n in told and c.type in NUMERIC)
    categorical = tuple(n for n, c in free.items() if n in told and c.type in ("category", "bool"))
    return Features(numeric, categorical)


def coding(features: Features, rows: pd.DataFrame) -> Coding:
    """The coding that training rows give, the most frequent category first."""
    known = []
    for name in features.categorical:
        counts = rows[name].value_counts()  # ties in order of appearance, which is the rows' own
        known.append(pd.Index(counts.index[:_KNOWN]))
    return Coding(features, tuple(known))


def boosted(
    features: Features,
    rows: pd.DataFrame,
    positive: NDArray[np.bool_],
    weight: NDArray[np.float64] | None = None,
    seed: int = 0,
) -> Scorer:
    """Learn to tell the positive rows from the others.

    Args:
        features: The columns to read.
        rows: n training rows.
        positive: bool (n,).
        weight: float64 (n,), what each row counts; all alike without it.
        seed: Another number is another model of the same rows.

    Returns:
        A function of rows: the probability of each to be positive, float64.

    Raises:
        TooFewParentsError: The rows are all of one class.
    """
    need_both(positive)
    code = coding(features, rows)
    booster = _fitted(code, code.matrix(rows), positive, weight, seed)

    return Boosted(code, booster)


@dataclass(frozen=True)
class Boosted:
    """A fitted model; picklable, because models are stored."""

    code: Coding
    booster: Any

    def __call__(self, unseen: pd.DataFrame) -> NDArray[np.float64]:
        """Scores of n rows, float64 (n,)."""
        return _scores(self.booster, self.code.matrix(unseen))


def _fitted(
    code: Coding,
    matrix: NDArray[np.float64],
    positive: NDArray[np.bool_],
    weight: NDArray[np.float64] | None,
    seed: int,
) -> Any:
    from sklearn.ensemble import HistGradientBoostingClassifier
    from threadpoolctl import threadpool_limits

    numeric = len(code.features.numeric)
    model = HistGradientBoostingClassifier(
        max_iter=_ROUNDS, max_leaf_nodes=_LEAVES, learning_rate=_RATE, max_features=_COLUMNS,
        early_stopping=False, categorical_features=np.arange(matrix.shape[1]) >= numeric, random_state=seed,
    )  # fmt: skip
    with threadpool_limits(1):
        return model.fit(matrix, positive, sample_weight=weight)


def _scores(booster: Any, matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    from threadpoolctl import threadpool_limits

    if not len(matrix):
        return np.empty(0)
    with threadpool_limits(1):
        return np.asarray(booster.predict_proba(matrix)[:, 1], np.float64)
