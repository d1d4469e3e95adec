"""Gate: no copy holds an address, a number of a card, an account or a telephone that its parent does not.

Source: patterns with the check digits of ISO/IEC 7812 (cards, Luhn) and ISO 13616 (IBAN).

Not for finding all personal data: names and postal addresses have no pattern.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Any, ClassVar, Literal

from pydantic import Field

from aug_assets.gates.texts import PairGate, PairParams

_EMAIL = re.compile(r"[\w.+\-]+@[\w\-]+\.[\w.\-]+")
_LINK = re.compile(r"\b(?:https?://|www\.)\S+", re.IGNORECASE)
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?:\s?[A-Z0-9]{2,4}){3,8}\b")
_DIGITS = re.compile(r"(?<![\w.])\+?\d(?:[\s().\-/]?\d){6,18}(?!\w)")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}|\d{1,2}[./]\d{1,2}[./]\d{2,4}")
_CARD_DIGITS = range(13, 20)
_PHONE_DIGITS = range(9, 16)


class NewPiiParams(PairParams):
    """Settings of the ``new_pii`` gate."""

    gate: Literal["new_pii"] = "new_pii"
    max_share: float = Field(
        0.0, ge=0, le=1, description="Share of candidates that may fail; they never pass"
    )


class NewPii(PairGate):
    """No copy makes up or brings in personal data."""

    name: ClassVar = "new_pii"
    Params: ClassVar = NewPiiParams
    told: ClassVar = "hold personal data that their parent does not"

    @classmethod
    def broken(cls, old: str, new: str, prepared: Any) -> Sequence[str]:
        """See :class:`aug_assets.gates.texts.PairGate`."""
        known = set(_found(old))
        return sorted({f"pii_{kind}" for kind, value in _found(new) if (kind, value) not in known})


def _found(text: str) -> Iterator[tuple[str, str]]:
    for kind, pattern in (("email", _EMAIL), ("link", _LINK)):
        yield from ((kind, value.lower().rstrip(".,)!?")) for value in pattern.findall(text))
    yield from (("iban", _bare(value)) for value in _IBAN.findall(text) if _is_iban(_bare(value)))
    for value in _DIGITS.findall(_DATE.sub(" ", text)):
        digits = re.sub(r"\D", "", value)
        if len(digits) in _CARD_DIGITS and _luhn(digits):
            yield "card", digits
        elif value.lstrip().startswith(("+", "0")) and len(digits) in _PHONE_DIGITS:
            yield "phone", digits


def _bare(value: str) -> str:
    return re.sub(r"\s", "", value)


def _luhn(digits: str) -> bool:
    doubled = (int(d) * (1 + at % 2) for at, d in enumerate(reversed(digits)))
    return sum(sum(divmod(one, 10)) for one in doubled) % 10 == 0


def _is_iban(value: str) -> bool:
    moved = value[4:] + value[:4]
    return int("".join(str(int(letter, 36)) for letter in moved)) % 97 == 1
