"""Gate: no copy puts a word's opposite in its place, such as "inactive" for "active".

Source: "active" and "inactive" have a cosine of 0.86 under MiniLM: vectors of words that stand in the
same places are close, opposites among them (Mohammad et al., "Computing Lexical Contrast", Computational
Linguistics 39, 2013).

Not for other languages than English, nor for opposites that need two words ("too much", "not enough").
"""

from collections.abc import Sequence
from typing import Any, ClassVar, Literal

from aug_assets.gates.texts import PairGate, PairParams, words
from aug_assets.operators.text.words import ANTONYMS

_PREFIXES = ("un", "in", "im", "ir", "il", "dis", "de", "non", "mis")
_ENDINGS = ("", "s", "d", "ed", "es", "ing", "al", "ly", "ation", "ions", "ion")
_SHORT = 3  # letters of a stem that is too short to be told


class AntonymsParams(PairParams):
    """Settings of the ``antonyms`` gate."""

    gate: Literal["antonyms"] = "antonyms"


class Antonyms(PairGate):
    """No copy says the opposite of a word of its parent instead of that word."""

    name: ClassVar = "antonyms"
    Params: ClassVar = AntonymsParams
    told: ClassVar = "put a word's opposite in its place"

    @classmethod
    def broken(cls, old: str, new: str, prepared: Any) -> Sequence[str]:
        """See :class:`aug_assets.gates.texts.PairGate`."""
        before, after = set(words(old)), set(words(new))
        lost, gained = before - after, after - before
        opposite = any(_opposite(one, other) for one in lost for other in gained)
        return ("antonym",) if opposite else ()


def _opposite(one: str, other: str) -> bool:
    stems = [
        {word.removesuffix(ending) for ending in _ENDINGS if word.endswith(ending)} for word in (one, other)
    ]
    if any(
        frozenset((a, b)) in ANTONYMS or frozenset((a + "e", b)) in ANTONYMS
        for a in stems[0]
        for b in stems[1]
    ):
        return True
    short, long = sorted((one, other), key=len)
    return len(short) > _SHORT and any(long == prefix + short for prefix in _PREFIXES)
