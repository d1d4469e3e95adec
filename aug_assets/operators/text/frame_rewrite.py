"""Begins an English question or request with other words that mean the same: "how do I" as "how can I".

Source: the carrier phrases of Ribeiro et al., "Beyond Accuracy: Behavioral Testing of NLP Models with
CheckList", ACL 2020; the list is our own.

Not for other languages than English, whose texts it leaves alone, nor where the tone of a request is the
label: "I need to" becomes "I would like to".
"""

import re
from typing import Any, ClassVar, Literal

from aug_assets.operators.text import words
from aug_assets.operators.text.base import Draws, TextOperator, TextParams, TextState
from aug_assets.operators.text.frames import BREAK, FRAME, GREETING, OTHERS


class FrameRewriteParams(TextParams):
    """Parameters of ``frame_rewrite``."""

    operator: Literal["frame_rewrite"] = "frame_rewrite"


class FrameRewrite(TextOperator):
    """Texts that ask for the same in other words."""

    name: ClassVar = "frame_rewrite"
    version: ClassVar = "1"
    Params: ClassVar = FrameRewriteParams
    told: ClassVar = ("edits", "position", "choice")

    @classmethod
    def change(
        cls, text: str, state: TextState, params: Any, draws: Draws
    ) -> tuple[str, tuple[float, ...]] | None:
        """Other words for one beginning; see :class:`aug_assets.operators.text.base.TextOperator`."""
        found = _beginnings(text)
        if not found:
            return None
        match = found[draws.below(len(found))]
        if words.touches(text, *match.span(), state.finder):
            return None
        frame = match[0].lower().replace("\u2019", "'")
        others = OTHERS[frame]
        choice = draws.below(len(others))
        said = _written(others[choice], match[0], text)
        return text[: match.start()] + said + text[match.end() :], (1.0, float(match.start()), float(choice))


def _beginnings(text: str) -> list[re.Match[str]]:
    """The frames that stand where a sentence or a part of one begins, first to last."""
    greeting = GREETING.match(text)
    start = greeting.end() if greeting else 0
    first = FRAME.match(text, start)
    found = [first] if first else []
    for part in BREAK.finditer(text, start):
        at = part.end()
        if at != start and (match := FRAME.match(text, at)):
            found.append(match)
    return found


def _written(frame: str, before: str, text: str) -> str:
    """A frame in the capitals and apostrophes of what it replaces."""
    if before.isupper():
        return frame.upper()
    if "i" in before.split() or (before.islower() and _SMALL.search(text)):
        frame = re.sub(r"\bI\b", "i", frame)
    said = words.spoken_like(frame, before)
    if not before[0].isupper() and not frame.startswith("I"):
        said = said[0].lower() + said[1:]
    return said.replace("'", "\u2019") if "\u2019" in text and "'" not in text else said


_SMALL = re.compile(r"\bi\b")
