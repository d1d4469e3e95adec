"""A classifier that learns the selected rows from the other real ones, to judge rows that were made.

Trained on real rows alone and cross-fitted: every real row is scored by the model that has not seen it, so
that what the class scores unseen is known and a made row can be held to that. Source: cross-fitting as in
Chernozhukov et al., "Double/debiased machine learning", Econometrics Journal 21, 2018; the model is sklearn's
histogram gradient boosting (Ke et al., "LightGBM", NeurIPS 2017).
"""

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from aug_assets.errors import TooFewParentsError
from aug_assets.operators.base import Columns, numbers

_FOLDS = 2
_ROUNDS = 60
_LEAVES = 15
_RATE = 0.1
_STEPS = 100  # quantiles of a number that are told apart, of the selected rows and of the others each
_KNOWN = 250  # categories a column may have; the rarer ones count as null


@dataclass(frozen=True)
class Teacher:
    """The models of all folds, picklable.

    Attributes:
        columns: The columns that it reads.
        edges: Per numeric column, float64, the sorted values at which its steps begin.
        known: Per categorical column, the values it knows, most frequent first.
        models: One fitted model per fold.
        unseen: float64 (m,), sorted: the score of each selected row by the model that has not seen it.
    """

    columns: Columns
    edges: tuple[NDArray[np.float64], ...]
    known: tuple[pd.Index, ...]
    models: tuple[Any, ...]
    unseen: NDArray[np.float64]

    def score(self, frame: pd.DataFrame) -> NDArray[np.float64]:
        """How much each row looks like the selected ones: a probability at equal class sizes, float64 (n,).

        It depends on the row alone. A category that was not in the training rows counts as null.
        """
        if not len(frame):
            return np.empty(0)
        features = _features(frame, self.columns, self.edges, self.known)
        total = np.zeros(len(frame))
        for model in self.models:
            total += _scores(model, features)
        return total / len(self.models)

    def threshold(self, share: float) -> float:
        """The score below which ``share`` of the unseen selected rows lie; ``share`` in [0, 1]."""
        return float(np.quantile(self.unseen, share, method="lower"))


def fit_teacher(rows: pd.DataFrame, others: pd.DataFrame, columns: Columns) -> Teacher:
    """Learn to tell ``rows`` from ``others``; the same rows in the same order give the same teacher.

    Args:
        rows: The selected real rows.
        others: Real rows of the other classes.
        columns: The roles of the columns; only numeric and categorical ones are read.

    Raises:
        TooFewParentsError: Fewer than 2 rows of either.
    """
    for told, frame in (("selected rows", rows), ("other real rows", others)):
        if len(frame) < _FOLDS:
            raise TooFewParentsError(
                f"a teacher needs {told} to learn from and to be tried on",
                seen=len(frame),
                legal=f"at least {_FOLDS} {told}",
                todo="leave the teacher out, or choose a longer partition",
            )
    both = pd.concat([rows[_names(columns)], others[_names(columns)]], ignore_index=True)
    known = tuple(both[name].value_counts().index[:_KNOWN] for name in columns.categorical)
    edges = tuple(_edges(numbers(rows, (name,)), numbers(others, (name,))) for name in columns.numeric)
    features = _features(both, columns, edges, known)
    selected = np.arange(len(both)) < len(rows)
    fold = np.concatenate([np.arange(len(rows)), np.arange(len(others))]) % _FOLDS
    models, unseen = [], np.empty(len(both))
    for number in range(_FOLDS):
        rest = fold != number
        models.append(_learned(features[rest], selected[rest], len(columns.numeric)))
        unseen[~rest] = _scores(models[-1], features[~rest])
    return Teacher(columns, edges, known, tuple(models), np.sort(unseen[selected]))


def _names(columns: Columns) -> list[str]:
    return [*columns.numeric, *columns.categorical]


def _edges(*classes: NDArray[np.float64]) -> NDArray[np.float64]:
    """Quantiles of each class. The model would find its own, but with weights that takes it seconds."""
    shares = np.arange(1, _STEPS + 1) / (_STEPS + 1)
    present = [values[~np.isnan(values)] for values in classes]
    quantiles = [np.quantile(v, shares, method="lower") for v in present if len(v)]
    return np.unique(np.concatenate([np.empty(0), *quantiles]))


def _features(
    frame: pd.DataFrame, columns: Columns, edges: tuple[NDArray[np.float64], ...], known: tuple[pd.Index, ...]
) -> NDArray[np.float64]:
    """Numbers by their step, categories by their place among the known ones from 1 on.

    Null is -1, or 0 in a category, where it stands beside the unknown: a fold may have a column of nothing
    else, which the model would refuse as NaN.
    """
    made = np.empty((len(frame), len(edges) + len(known)))
    for j, values in enumerate(numbers(frame, columns.numeric).T):
        made[:, j] = np.where(np.isnan(values), -1, np.searchsorted(edges[j], values, side="right"))
    for j, name in enumerate(columns.categorical):
        made[:, len(edges) + j] = known[j].get_indexer(pd.Index(frame[name])) + 1
    return made


def _learned(features: NDArray[np.float64], selected: NDArray[np.bool_], numeric: int) -> Any:
    from sklearn.ensemble import HistGradientBoostingClassifier

    model = HistGradientBoostingClassifier(
        max_iter=_ROUNDS, max_leaf_nodes=_LEAVES, learning_rate=_RATE, early_stopping=False,
        categorical_features=np.arange(features.shape[1]) >= numeric, class_weight="balanced", random_state=0,
    )  # fmt: skip
    with _pools().limit(limits=1):
        return model.fit(features, selected)


def _scores(model: Any, features: NDArray[np.float64]) -> NDArray[np.float64]:
    with _pools().limit(limits=1):
        return np.asarray(model.predict_proba(features)[:, 1], np.float64)


@cache
def _pools() -> Any:
    """The thread pools of this process; looking for them takes as long as scoring some hundred rows."""
    import sklearn.ensemble  # noqa: F401 - which has a pool
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()
