"""Gate: words and phrases that the dataset protects stand in a copy as often as in its parent.

Source: the platform's own; the terms are the dataset's ``safety.protected_terms``.

Not for terms that may be inflected: each form is a term of its own.
"""

import re
from collections import Counter
from collections.abc import Sequence
from typing import Any, ClassVar, Literal

from aug_assets.gates.texts import PairGate, PairParams


class ProtectedTermsParams(PairParams):
    """Settings of the ``protected_terms`` gate."""

    gate: Literal["protected_terms"] = "protected_terms"


class ProtectedTerms(PairGate):
    """No copy loses, gains or misspells a protected term."""

    name: ClassVar = "protected_terms"
    Params: ClassVar = ProtectedTermsParams
    told: ClassVar = "lose, gain or misspell a protected term"

    @classmethod
    def prepared(cls, real: Any, params: Any) -> re.Pattern[str] | None:
        """One pattern of all terms, the longest first; None where the dataset names none."""
        terms = sorted(real.spec.safety.protected_terms, key=lambda term: (-len(term), term))
        return re.compile("|".join(map(re.escape, terms)), re.IGNORECASE) if terms else None

    @classmethod
    def broken(cls, old: str, new: str, prepared: Any) -> Sequence[str]:
        """See :class:`aug_assets.gates.texts.PairGate`."""
        if prepared is None:
            return ()
        before, after = (Counter(prepared.findall(text.lower())) for text in (old, new))
        return ("protected_term",) if before != after else ()
