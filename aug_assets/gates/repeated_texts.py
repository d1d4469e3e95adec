"""Gate: copies differ from each other and from the real texts, letters and digits counted alone.

Source: the share of distinct texts, as Lee et al., "Deduplicating Training Data Makes Language Models
Better", ACL 2022, reason for it; texts are compared after Unicode normalisation, without case, signs and
spaces.

Not for telling which copies are one too many: none is marked, the day is judged.
"""

import unicodedata
from collections.abc import Sequence
from hashlib import blake2b
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from aug_assets.gates import base
from aug_assets.gates.texts import plain


class RepeatedTextsParams(base.Params):
    """Settings of the ``repeated_texts`` gate."""

    gate: Literal["repeated_texts"] = "repeated_texts"
    max_share: float = Field(0.5, ge=0, le=1, description="Share of candidates that may repeat a text")


class RepeatedTexts(base.Gate):
    """Most candidates bring a text that is neither a real one nor another candidate's."""

    name: ClassVar = "repeated_texts"
    modality: ClassVar = "text"
    Params: ClassVar = RepeatedTextsParams
    marks: ClassVar = False

    @classmethod
    def observe(cls, real: Any, params: Any, batch: base.Batch) -> base.Observation:
        """A digest a text; see :class:`aug_assets.gates.base.Gate`."""
        return base.Observation({}, _digests(batch.rows, real.columns.kinds["text"]))

    @classmethod
    def judge(
        cls, real: Any, params: RepeatedTextsParams, evidence: Sequence[NDArray[np.uint64]]
    ) -> base.Judgement:
        """Share of repetitions; see :class:`aug_assets.gates.base.Gate`."""
        found = np.concatenate(evidence)
        known = real.once("repeated_texts", lambda: _digests(real.rows, real.columns.kinds["text"]))
        fresh = len(np.setdiff1d(found, known))
        return base.share_judgement(params, len(found) - fresh, len(found), params.max_share, "repeat a text")


def _digests(rows: Any, names: Sequence[str]) -> NDArray[np.uint64]:
    columns = [plain(rows[name]) for name in names]
    kept = ("\0".join(_bare(text) for text in texts) for texts in zip(*columns, strict=True))
    raw = b"".join(blake2b(text.encode(), digest_size=8).digest() for text in kept)
    return np.frombuffer(raw, "<u8").astype(np.uint64)


def _bare(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).casefold().encode("utf-8", "replace").decode()
    return "".join(letter for letter in folded if letter.isalnum())
