"""Gate: a copy shares most of its pieces of words with its parent, so that it is about the same thing.

Source: cosine of hashed pieces of three to five letters (Cavnar and Trenkle, "N-Gram-Based Text
Categorization", SDAIR 1994; Weinberger et al., "Feature Hashing", ICML 2009).

Not for guarding meaning, which one word can turn round: see ``negation``, ``numbers``, ``direction`` and
``antonyms``; nor for free paraphrases, which may share few words: lower ``min_cosine``.
"""

from collections.abc import Sequence
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from aug_assets.gates import base
from aug_assets.gates.texts import PairParams, pairs

_FEATURES = 2**18


class SimilarityParams(PairParams):
    """Settings of the ``similarity`` gate."""

    gate: Literal["similarity"] = "similarity"
    min_cosine: float = Field(0.3, ge=0, le=1, description="Cosine of a copy with its parent, at least")


class Similarity(base.Gate):
    """No copy is about something else than its parent."""

    name: ClassVar = "similarity"
    modality: ClassVar = "text"
    Params: ClassVar = SimilarityParams

    @classmethod
    def observe(cls, real: Any, params: SimilarityParams, batch: base.Batch) -> base.Observation:
        """Copies below the limit; see :class:`aug_assets.gates.base.Gate`."""
        far = np.zeros(len(batch), bool)
        found = list(pairs(real, batch))
        if found:
            where = np.array([position for position, _, _ in found])
            close = cosines([old for _, old, _ in found], [new for _, _, new in found])
            np.logical_or.at(far, where, close < params.min_cosine)
        return base.Observation({"dissimilar": far}, (int(far.sum()), len(batch)))

    @classmethod
    def judge(
        cls, real: Any, params: SimilarityParams, evidence: Sequence[tuple[int, int]]
    ) -> base.Judgement:
        """Share of such copies; see :class:`aug_assets.gates.base.Gate`."""
        bad, total = map(sum, zip(*evidence, strict=True))
        return base.share_judgement(params, bad, total, params.max_share, "share little with their parent")


def cosines(one: list[str], other: list[str]) -> NDArray[np.float64]:
    """The cosine of each pair of texts, float64 (n,); 1 for equal texts, empty ones included."""
    made = np.ones(len(one))
    differ = [at for at, (a, b) in enumerate(zip(one, other, strict=True)) if a != b]
    if not differ:
        return made
    from sklearn.feature_extraction.text import HashingVectorizer

    code = HashingVectorizer(
        analyzer="char_wb", ngram_range=(3, 5), n_features=_FEATURES, alternate_sign=False
    )
    product = code.transform([one[at] for at in differ]).multiply(
        code.transform([other[at] for at in differ])
    )
    made[differ] = np.asarray(product.sum(axis=1)).ravel()
    return made
