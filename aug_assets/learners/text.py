"""A small model of texts: words and letters, weighed by how rare they are, under logistic regression.

Source: term weighting after Sparck Jones, "A statistical interpretation of term specificity", Journal of
Documentation 28, 1972; fitted as Fan et al., "LIBLINEAR", JMLR 9, 2008.
"""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from aug_assets.learners.base import Scorer, linear, need_both
from aug_assets.spec import DatasetSpec

_STRENGTH = 10.0


def features(spec: DatasetSpec) -> tuple[str, ...]:
    """The columns that a model reads."""
    return spec.kinds["text"]


def vectors(texts: list[str]) -> Any:
    """A fitted vectorizer: words and pairs of words, and pieces of three to five letters."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.pipeline import FeatureUnion

    words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)
    letters = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), sublinear_tf=True)
    return FeatureUnion([("words", words), ("letters", letters)]).fit(texts)


def linear_text(
    columns: tuple[str, ...],
    rows: pd.DataFrame,
    positive: NDArray[np.bool_],
    weight: NDArray[np.float64] | None = None,
    seed: int = 0,  # noqa: ARG001 - a linear model of the same rows is the same model
) -> Scorer:
    """Learn to tell the positive rows from the others; see :data:`aug_assets.learners.base.Learner`.

    Raises:
        TooFewParentsError: The rows are all of one class.
    """
    need_both(positive)
    code = vectors(_texts(rows, columns))
    model = linear(code.transform(_texts(rows, columns)), positive, weight, _STRENGTH)

    def score(unseen: pd.DataFrame) -> NDArray[np.float64]:
        if unseen.empty:
            return np.empty(0)
        return np.asarray(model.decision_function(code.transform(_texts(unseen, columns))), np.float64)

    return score


def _texts(rows: pd.DataFrame, columns: tuple[str, ...]) -> list[str]:
    joined = rows[columns[0]].fillna("").astype(str)
    for name in columns[1:]:
        joined = joined + "\n" + rows[name].fillna("").astype(str)
    return [str(text) for text in joined]
