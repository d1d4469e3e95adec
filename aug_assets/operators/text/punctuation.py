"""Inserts punctuation marks between words at random, as AEDA does; no word is lost or moved.

Source: Karimi, Rossi and Prati, "AEDA: An Easier Data Augmentation Technique for Text Classification",
Findings of EMNLP 2021. Unlike there, no mark is set beside a number, a date or a protected term.

Not for texts that people read, nor for models whose tokenizer drops punctuation: all copies are then alike.
"""

from typing import ClassVar, Literal

from pydantic import Field

from aug_assets.operators.text import words
from aug_assets.operators.text.base import Draws, TextOperator, TextParams, TextState

_MARKS = ".;?:!,"


class PunctuationParams(TextParams):
    """Parameters of ``punctuation``."""

    operator: Literal["punctuation"] = "punctuation"
    share: float = Field(0.3, gt=0, le=1, description="Most marks per word of the text; at least one a text")


class Punctuation(TextOperator):
    """Texts with marks between words."""

    name: ClassVar = "punctuation"
    version: ClassVar = "1"
    Params: ClassVar = PunctuationParams
    told: ClassVar = ("edits", "position")
    blocks: ClassVar = 3

    @classmethod
    def change(
        cls, text: str, state: TextState, params: PunctuationParams, draws: Draws
    ) -> tuple[str, tuple[float, ...]] | None:
        """Some marks more; see :class:`aug_assets.operators.text.base.TextOperator`."""
        found = words.spans(text, state.finder)
        able = [
            start
            for n, (start, _, kind) in enumerate(found)
            if kind != words.KEPT
            and text[start - 1 : start] in ("", " ")
            and (n == 0 or found[n - 1][2] != words.KEPT)
        ]
        if not able:
            return None
        count = 1 + draws.below(max(1, int(params.share * len(found))))
        places = {able[draws.below(len(able))]: _MARKS[draws.below(len(_MARKS))] for _ in range(count)}
        parts, at = [], 0
        for start, mark in sorted(places.items()):
            parts += [text[at:start], mark, " "]
            at = start
        return "".join([*parts, text[at:]]), (float(len(places)), float(min(places)))
