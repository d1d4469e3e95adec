"""Gate: a copy keeps who gives and who gets, in and out, on and off, before and after.

Source: "transfer to my account" and "transfer from my account" have a cosine of 0.98 under MiniLM; after
the role tests of Ribeiro et al., CheckList, ACL 2020.

Not for other languages than English, nor for roles that only the order of words tells ("A pays B").
"""

from collections import Counter
from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import Any, ClassVar, Literal

from aug_assets.gates.texts import PairGate, PairParams, words
from aug_assets.operators.text.words import set_of

_OPPOSITES = (
    ("to", "from"), ("into", "from"), ("in", "out"), ("on", "off"), ("up", "down"), ("before", "after"),
    ("into", "out"), ("over", "under"), ("above", "below"), ("since", "until"), ("incoming", "outgoing"),
    ("inbound", "outbound"), ("sender", "recipient"), ("payer", "payee"), ("with", "without"),
    ("more", "less"), ("most", "least"), ("towards", "from"), ("onto", "off"), ("in", "from"),
)  # fmt: skip
_CLEAR = set_of("from off into out before after until since down incoming outgoing without under below")
_LIGHT = set_of("the a an my your our their his her its this that these those of all any")
_ALIKE = 0.6  # of the letters: a slip of the finger leaves so much of a word


class DirectionParams(PairParams):
    """Settings of the ``direction`` gate."""

    gate: Literal["direction"] = "direction"


class Direction(PairGate):
    """No copy turns a direction round, loses one, or points it at something else."""

    name: ClassVar = "direction"
    Params: ClassVar = DirectionParams
    told: ClassVar = "turn a direction round or lose it"

    @classmethod
    def broken(cls, old: str, new: str, prepared: Any) -> Sequence[str]:
        """See :class:`aug_assets.gates.texts.PairGate`."""
        before, after = words(old), words(new)
        have, has = Counter(before), Counter(after)
        gained = {word: has[word] - have[word] for pair in _OPPOSITES for word in pair}
        if any(gained[one] * gained[other] < 0 for one, other in _OPPOSITES):
            return ("direction",)
        if any(gained.get(word, has[word] - have[word]) for word in _CLEAR):
            return ("direction",)
        return ("direction",) if not _same_targets(before, after) else ()


def _same_targets(before: list[str], after: list[str]) -> bool:
    """Whether each clear direction still points at the same word, and so does "to" beside a "from".

    A "to" that comes or goes belongs to a verb: then it tells no direction.
    """
    paired = "from" in before and before.count("to") == after.count("to")
    named = _CLEAR | ({"to"} if paired else frozenset())
    old, new = (sorted(_targets(text, named)) for text in (before, after))
    same = len(old) == len(new)
    return same and all(a[0] == b[0] and _alike(a[1], b[1]) for a, b in zip(old, new, strict=True))


def _targets(text: list[str], named: frozenset[str]) -> list[tuple[str, str]]:
    found = []
    for at, word in enumerate(text):
        if word in named:
            rest = [w for w in text[at + 1 :] if w not in _LIGHT]
            found.append((word, rest[0] if rest else ""))
    return found


def _alike(one: str, other: str) -> bool:
    return one == other or SequenceMatcher(None, one, other, autojunk=False).ratio() >= _ALIKE
