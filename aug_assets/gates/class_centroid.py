"""Gate: a copy lies nearest to the middle of its own class, if its parent does.

Source: the nearest centroid classifier with TF-IDF (Han and Karypis, "Centroid-Based Document
Classification", PKDD 2000); that a filter by class helps paraphrases, Sahu et al., "Data Augmentation for
Intent Classification with Off-the-shelf Large Language Models", NLP4ConvAI 2022.

Not for classes of a handful of rows, whose middle is chance: classes below ``min_rows`` are not judged.
"""

from collections.abc import Sequence
from typing import Any, ClassVar, Literal, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import Field

from aug_assets.gates import base
from aug_assets.gates.parents import mothers
from aug_assets.gates.texts import PairParams, plain


class ClassCentroidParams(PairParams):
    """Settings of the ``class_centroid`` gate."""

    gate: Literal["class_centroid"] = "class_centroid"
    min_rows: int = Field(5, ge=1, description="Real rows of a class, at least, to judge its copies")


class _Middles(NamedTuple):
    code: Any
    classes: NDArray[Any]
    middles: NDArray[np.float64]  # (classes, features), each of length one
    nearest: NDArray[np.int64]  # (real rows,)


class ClassCentroid(base.Gate):
    """No copy of a typical row drifts to another class."""

    name: ClassVar = "class_centroid"
    modality: ClassVar = "text"
    Params: ClassVar = ClassCentroidParams

    @classmethod
    def observe(cls, real: Any, params: ClassCentroidParams, batch: base.Batch) -> base.Observation:
        """Copies that lie nearer to another class; see :class:`aug_assets.gates.base.Gate`."""
        drifted = np.zeros(len(batch), bool)
        known = real.once(f"class_centroid:{params.min_rows}", lambda: _middles(real, params.min_rows))
        if known is not None and len(batch):
            own = pd.Index(known.classes).get_indexer(pd.Index(batch.rows[real.spec.label].astype(str)))
            parent = mothers(real, batch)
            typical = (parent >= 0) & (own >= 0) & (known.nearest[parent] == own)
            drifted = typical & (_nearest(known, _texts(batch.rows, real)) != own)
        return base.Observation({"other_class": drifted}, (int(drifted.sum()), len(batch)))

    @classmethod
    def judge(
        cls, real: Any, params: ClassCentroidParams, evidence: Sequence[tuple[int, int]]
    ) -> base.Judgement:
        """Share of such copies; see :class:`aug_assets.gates.base.Gate`."""
        bad, total = map(sum, zip(*evidence, strict=True))
        return base.share_judgement(params, bad, total, params.max_share, "lie nearer to another class")


def _middles(real: Any, min_rows: int) -> _Middles | None:
    """The middle of each class that has enough rows; None where there are not two."""
    if real.spec.label is None:
        return None
    from sklearn.feature_extraction.text import TfidfVectorizer

    label = real.rows[real.spec.label].astype(str).to_numpy()
    names, counts = np.unique(label, return_counts=True)
    classes = names[counts >= min_rows]
    if len(classes) <= 1:
        return None
    texts = _texts(real.rows, real)
    code = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True).fit(texts)
    matrix = code.transform(texts)
    middles = np.vstack([np.asarray(matrix[label == name].mean(axis=0)) for name in classes])
    middles /= np.maximum(np.linalg.norm(middles, axis=1, keepdims=True), 1e-12)
    known = _Middles(code, classes, middles, np.empty(0, np.int64))
    return known._replace(nearest=_nearest(known, texts))


def _nearest(known: _Middles, texts: list[str]) -> NDArray[np.int64]:
    close = known.code.transform(texts) @ known.middles.T
    return np.asarray(np.argmax(np.round(close, 9), axis=1), np.int64)  # rounded: sums differ by a last bit


def _texts(rows: pd.DataFrame, real: Any) -> list[str]:
    columns = [plain(rows[name]) for name in real.columns.kinds["text"]]
    return ["\n".join(texts) for texts in zip(*columns, strict=True)]
