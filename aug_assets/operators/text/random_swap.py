"""Lets words change places at random: one of the four operations of EDA.

Source: Wei and Zou, "EDA: Easy Data Augmentation Techniques for Boosting Performance on Text Classification
Tasks", EMNLP-IJCNLP 2019. Unlike there, no word passes a negation, a direction, a number or a protected
term, so that "from savings to checking" stays.

Not for texts that people read, nor where the order of words is the meaning. Not for languages written without
spaces.
"""

from typing import ClassVar, Literal

from pydantic import Field

from aug_assets.operators.text import words
from aug_assets.operators.text.base import Draws, TextOperator, TextParams, TextState

_ENDS = frozenset(".!?;:\n")


class RandomSwapParams(TextParams):
    """Parameters of ``random_swap``."""

    operator: Literal["random_swap"] = "random_swap"
    share: float = Field(0.1, gt=0, le=0.5, description="Swaps per word of the text, at least one a text")


class RandomSwap(TextOperator):
    """Texts with words in another order."""

    name: ClassVar = "random_swap"
    version: ClassVar = "1"
    Params: ClassVar = RandomSwapParams
    told: ClassVar = ("edits", "position")
    blocks: ClassVar = 2

    @classmethod
    def change(
        cls, text: str, state: TextState, params: RandomSwapParams, draws: Draws
    ) -> tuple[str, tuple[float, ...]] | None:
        """Some pairs of words swapped; see :class:`aug_assets.operators.text.base.TextOperator`."""
        found = words.spans(text, state.finder)
        stretches = _stretches(text, found)
        able = [(n, at) for n, stretch in enumerate(stretches) for at in range(len(stretch))]
        if not able:
            return None
        order = [list(stretch) for stretch in stretches]
        for _ in range(max(1, int(params.share * len(found)))):
            n, one = able[draws.below(len(able))]
            other = (one + 1 + draws.below(len(order[n]) - 1)) % len(order[n])
            order[n][one], order[n][other] = order[n][other], order[n][one]
        places = [span for stretch in stretches for span in stretch]
        said = [text[slice(*span)] for stretch in order for span in stretch]
        moved = [
            (place, word) for place, word in zip(places, said, strict=True) if text[slice(*place)] != word
        ]
        return (_placed(text, moved), (float(len(moved)), float(moved[0][0][0]))) if moved else None


def _stretches(text: str, found: list[tuple[int, int, int]]) -> list[list[tuple[int, int]]]:
    """Runs of two words or more that may change places: nothing guarded and no end of a sentence between."""
    runs: list[list[tuple[int, int]]] = [[]]
    last = 0
    for start, end, kind in found:
        if not _ENDS.isdisjoint(text[last:start]):
            runs.append([])
        last = end
        if kind == words.FREE:
            runs[-1].append((start, end))
        else:
            runs.append([])
    return [run for run in runs if len(run) > 1]


def _placed(text: str, moved: list[tuple[tuple[int, int], str]]) -> str:
    parts, at = [], 0
    for (start, end), word in moved:
        parts += [text[at:start], word]
        at = end
    return "".join([*parts, text[at:]])
