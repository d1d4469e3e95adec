"""Mistypes letters as fingers do: a neighbour on the keyboard, two letters swapped, one lost, one doubled.

Source: Belinkov and Bisk, "Synthetic and Natural Noise Both Break Neural Machine Translation", ICLR 2018.

Not for languages that are not written in Latin letters, whose words it leaves alone, nor where the wording
itself is the label. The first letter of a word, short words and negations stay as they are.
"""

import re
from typing import ClassVar, Literal

from pydantic import Field

from aug_assets.operators.text import words
from aug_assets.operators.text.base import Draws, TextOperator, TextParams, TextState

_ROWS = {
    "azerty": ("azertyuiop", "qsdfghjklm", "wxcvbn"),
    "qwerty": ("qwertyuiop", "asdfghjkl", "zxcvbnm"),
    "qwertz": ("qwertzuiop", "asdfghjkl", "yxcvbnm"),
}
_LATIN = re.compile(r"[A-Za-zÀ-ÖØ-öø-ÿ]+")
_TRIES = 6  # words that are looked at before a text is left alone


class TypoParams(TextParams):
    """Parameters of ``typo``."""

    operator: Literal["typo"] = "typo"
    max_edits: int = Field(1, ge=1, le=20, description="Most slips in a text")
    shortest: int = Field(4, ge=3, le=20, description="Letters of the shortest word that is mistyped")
    layout: Literal["azerty", "qwerty", "qwertz"] = Field(
        "qwerty", description="The keyboard, which says what letters are neighbours"
    )


class Typo(TextOperator):
    """Texts typed in haste."""

    name: ClassVar = "typo"
    version: ClassVar = "1"
    Params: ClassVar = TypoParams
    told: ClassVar = ("edits", "position", "slip")
    blocks: ClassVar = 4

    @classmethod
    def change(
        cls, text: str, state: TextState, params: TypoParams, draws: Draws
    ) -> tuple[str, tuple[float, ...]] | None:
        """Some slips; see :class:`aug_assets.operators.text.base.TextOperator`."""
        chunks = text.split(" ")
        least = params.shortest
        able = [n for n, size in enumerate(map(len, chunks)) if size >= least]
        if not able:
            return None
        edits = _edits(text, chunks, able, state, params, draws)
        for start, (end, said, _) in sorted(edits.items(), reverse=True):
            text = text[:start] + said + text[end:]
        if not edits:
            return None
        first = min(edits)
        return text, (float(len(edits)), float(first), float(edits[first][2]))


def _edits(
    text: str, chunks: list[str], able: list[int], state: TextState, params: TypoParams, draws: Draws
) -> dict[int, tuple[int, str, int]]:
    """By start: end, what to write there and which slip it is, 1 to 4; at most one a word."""
    edits: dict[int, tuple[int, str, int]] = {}
    finder, termed = state.finder, state.finder.may_begin(text.lower())
    wanted = 1 + draws.below(params.max_edits)
    for _ in range(_TRIES * wanted):
        chosen = able[draws.below(len(able))]
        chunk = chunks[chosen]
        spans, _, dated, fixed = finder.chunk(chunk)
        parts = [s for s in spans if s[2] == words.FREE and s[1] - s[0] >= params.shortest]
        if not parts:
            continue
        first, last, _ = parts[draws.below(len(parts))] if len(parts) > 1 else parts[0]
        word = chunk[first:last]
        slip, number = divmod(4 * draws(), 1.0)  # one number says which slip, where and what
        place, number = divmod(number * (last - first - 1), 1.0)
        said = _SLIPS[int(slip)](word, 1 + int(place), number, params.layout)
        if said == word or not _is_latin(word) or not words.is_free(said):
            continue
        before = len(" ".join(chunks[:chosen])) + (chosen > 0)
        start, end = before + first, before + last
        if termed:
            kept = words.touches(text, start, end, finder)
        else:
            kept = fixed or (dated and words.dates(text, before, end))
        if start not in edits and not kept:
            edits[start] = (end, said, int(slip) + 1)
        if len(edits) == wanted:
            break
    return edits


def _is_latin(word: str) -> bool:
    return (word.isascii() and word.isalpha()) or _LATIN.fullmatch(word) is not None


def _neighbour(word: str, at: int, number: float, layout: str) -> str:
    near = _NEAR[layout].get(word[at].lower(), "")
    letter = near[int(number * len(near))] if near else word[at]
    return word[:at] + (letter.upper() if word[at].isupper() else letter) + word[at + 1 :]


def _swapped(word: str, at: int, *_: object) -> str:
    at = min(at, len(word) - 2)
    return word[:at] + word[at + 1] + word[at] + word[at + 2 :]


def _lost(word: str, at: int, *_: object) -> str:
    return word[:at] + word[at + 1 :]


def _doubled(word: str, at: int, *_: object) -> str:
    return word[: at + 1] + word[at:]


_SLIPS = (_neighbour, _swapped, _lost, _doubled)


def _near(rows: tuple[str, ...]) -> dict[str, str]:
    """The letters beside each letter, and above and below it."""
    found: dict[str, str] = {}
    for r, row in enumerate(rows):
        for c, letter in enumerate(row):
            beside = [row[c - 1 : c], row[c + 1 : c + 2]]
            below = [rows[r + 1][max(0, c - 1) : c + 1]] if r + 1 < len(rows) else []
            above = [rows[r - 1][c : c + 2]] if r else []
            found[letter] = "".join([*beside, *below, *above])
    return found


_NEAR = {layout: _near(rows) for layout, rows in _ROWS.items()}
