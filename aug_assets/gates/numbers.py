"""Gate: numbers, amounts with their currency, dates and ids of a copy are those of its parent.

Source: a cosine of 0.74 between "$50" and "$500" under MiniLM; the check is one of the invariance tests
of Ribeiro et al., CheckList, ACL 2020.

Not for recipes that swap slots on purpose: set ``blocking: false`` or leave the swapped slot out of the
text.
"""

import re
from collections import Counter
from collections.abc import Sequence
from typing import Any, ClassVar, Literal

from aug_assets.gates.texts import PairGate, PairParams, words
from aug_assets.operators.text.words import set_of

_VALUE = re.compile(r"\w*\d[\w.,:/\-]*\w|\w*\d\w*")
_CURRENCY = re.compile(
    r"[€$£¥₹₿%]|\b(?:eur|usd|gbp|chf|jpy|euros?|dollars?|pounds?|cents?|pence|percent)\b", re.IGNORECASE
)
_UNITS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen twenty"
)
_SPOKEN = {word: str(number) for number, word in enumerate(_UNITS.split())}
_SPOKEN |= {"thirty": "30", "forty": "40", "fifty": "50", "sixty": "60", "seventy": "70", "eighty": "80"}
_SPOKEN |= {"ninety": "90", "hundred": "100", "thousand": "1000", "million": "1000000", "dozen": "12"}
_SPOKEN |= {"twice": "2x", "half": "1/2", "once": "1x", "thrice": "3x"}
_DATES = set_of(
    "january february april june july august september october november december monday tuesday wednesday "
    "thursday friday saturday sunday today tomorrow yesterday tonight"
)
_SAME = {"euros": "€", "euro": "€", "eur": "€", "dollars": "$", "dollar": "$", "usd": "$", "pounds": "£"}
_SAME |= {"pound": "£", "gbp": "£", "percent": "%"}


class NumbersParams(PairParams):
    """Settings of the ``numbers`` gate."""

    gate: Literal["numbers"] = "numbers"


class Numbers(PairGate):
    """No copy says another number, amount, currency, date or id."""

    name: ClassVar = "numbers"
    Params: ClassVar = NumbersParams
    told: ClassVar = "say another number, amount, date or id"

    @classmethod
    def broken(cls, old: str, new: str, prepared: Any) -> Sequence[str]:
        """See :class:`aug_assets.gates.texts.PairGate`."""
        found = []
        if _values(old) != _values(new):
            found.append("number")
        if _currencies(old) != _currencies(new):
            found.append("currency")
        if _dates(old) != _dates(new):
            found.append("date")
        return found


def _values(text: str) -> Counter[str]:
    """Digits as they are written, without signs at its ends; spoken numbers too."""
    written = (value.strip(".,:/-").lower() for value in _VALUE.findall(text))
    spoken = (_SPOKEN[word] for word in words(text) if word in _SPOKEN and word != "one")
    return Counter([*written, *spoken])


def _currencies(text: str) -> Counter[str]:
    return Counter(_SAME.get(sign.lower(), sign.lower()) for sign in _CURRENCY.findall(text))


def _dates(text: str) -> Counter[str]:
    return Counter(word for word in words(text) if word in _DATES)
