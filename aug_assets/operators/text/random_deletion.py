"""Leaves out words at random, each with the same chance: one of the four operations of EDA.

Source: Wei and Zou, "EDA: Easy Data Augmentation Techniques for Boosting Performance on Text Classification
Tasks", EMNLP-IJCNLP 2019. Unlike there, negations, directions, numbers and protected terms stay.

Not for texts that people read, nor for sequence labels: sentences lose their grammar. Not for languages
written without spaces.
"""

from typing import Any, ClassVar, Literal

from pydantic import Field

from aug_assets.operators.text import words
from aug_assets.operators.text.base import Draws, TextOperator, TextParams, TextState


class RandomDeletionParams(TextParams):
    """Parameters of ``random_deletion``."""

    operator: Literal["random_deletion"] = "random_deletion"
    share: float = Field(0.1, gt=0, le=0.5, description="Chance of each word to be left out")


class RandomDeletion(TextOperator):
    """Texts with words missing."""

    name: ClassVar = "random_deletion"
    version: ClassVar = "1"
    Params: ClassVar = RandomDeletionParams
    told: ClassVar = ("edits", "position")
    blocks: ClassVar = 4

    @classmethod
    def change(
        cls, text: str, state: TextState, params: RandomDeletionParams, draws: Draws
    ) -> tuple[str, tuple[float, ...]] | None:
        """Some words less, and never the last; see :class:`aug_assets.operators.text.base.TextOperator`."""
        found = words.spans(text, state.finder)
        lost = [
            span[:2]
            for n, span in enumerate(found)
            if span[2] == words.FREE and draws() < params.share and not _between_kept(found, n)
        ]
        if not lost or len(lost) == len(found):
            return None
        parts, at = [], 0
        for start, end in lost:
            parts.append(text[at:start])
            at = end + 1 if text[end : end + 1] == " " else end
        parts.append(text[at:])
        left = "".join(parts).strip(" ")
        return left.lstrip(" ,;") if lost[0][0] == 0 else left, (float(len(lost)), float(lost[0][0]))


def _between_kept(found: list[tuple[int, int, int]], n: int) -> bool:
    """Whether two numbers or terms would run into one without the word between them."""
    around: Any = found[max(0, n - 1) : n] + found[n + 1 : n + 2]
    return bool(sum(kind == words.KEPT for _, _, kind in around) == 2)  # noqa: PLR2004 - both
