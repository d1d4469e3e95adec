"""Gate: a copy is in the language of its parent, by its letters and its small words.

Source: frequent words tell languages apart as well as longer methods do on short texts (Grefenstette,
"Comparing two language identification schemes", JADT 1995); scripts are those of the Unicode standard.

Not for telling languages whose small words are not listed: only a change of script is seen there.
"""

import unicodedata
from collections.abc import Sequence
from typing import Any, ClassVar, Literal

from aug_assets.gates.texts import PairGate, PairParams, words

_SMALL = {
    "de": (
        "der die das und ich ist nicht ein eine mit für auf wie kann mein meine zu den dem von wurde "
        "bitte habe"
    ),
    "en": ("the and i is not a an with for on how can my to of was please have you it this that do be are"),
    "es": ("el la los las y yo es no un una con para en cómo puedo mi a de fue por favor he que se lo está"),
    "fr": (
        "le la les et je est pas un une avec pour sur comment puis mon ma à de des du vous il ce que ai été"
    ),
    "it": ("il lo la gli e io è non un una con per su come posso mio mia a di del che ho si sono stato"),
    "nl": ("de het een en ik is niet met voor op hoe kan mijn te van dat je er zijn heb was aan bij"),
    "pt": ("o a os as e eu é não um uma com para em como posso meu minha de do da que foi tenho está"),
}
_LANGUAGES = {name: frozenset(listed.split()) for name, listed in _SMALL.items()}
_SURE = 2  # more small words of another language than of any that fits


class LanguageParams(PairParams):
    """Settings of the ``language`` gate."""

    gate: Literal["language"] = "language"


class Language(PairGate):
    """No copy changes its language or its script."""

    name: ClassVar = "language"
    Params: ClassVar = LanguageParams
    told: ClassVar = "are in another language or script than their parent"

    @classmethod
    def broken(cls, old: str, new: str, prepared: Any) -> Sequence[str]:
        """See :class:`aug_assets.gates.texts.PairGate`."""
        if _scripts(new) - _scripts(old):
            return ("script",)
        before, after = _votes(old), _votes(new)
        own = {name for name, count in before.items() if count == max(before.values())}
        best = max(after.values())
        return ("language",) if best - max(after[name] for name in own) >= _SURE else ()


def _votes(text: str) -> dict[str, int]:
    found = words(text)
    return {name: sum(word in listed for word in found) for name, listed in _LANGUAGES.items()}


def _scripts(text: str) -> set[str]:
    """First words of the letters' Unicode names, such as LATIN or CYRILLIC."""
    return {unicodedata.name(letter, "").partition(" ")[0] for letter in set(text) if letter.isalpha()}
