"""Gate: a copy negates as often as its parent does. "Cancel" and "do not cancel" are not one intent.

Source: an embedding does not see it: such pairs have a cosine of 0.97 under MiniLM; the parity check is
one of the invariance tests of Ribeiro et al., "Beyond Accuracy: Behavioral Testing of NLP Models with
CheckList", ACL 2020.

Not for texts that negate without a word for it ("I doubt that"), or in other languages than English,
German, French, Spanish and Italian.
"""

from collections.abc import Sequence
from typing import Any, ClassVar, Literal

from aug_assets.gates.texts import PairGate, PairParams, words
from aug_assets.operators.text.words import set_of

_MARKS = set_of(
    "not no never none nor neither nothing nobody nowhere without cannot cant dont doesnt didnt isnt "
    "arent wasnt werent wont wouldnt couldnt shouldnt havent hasnt hadnt aint mustnt hardly barely unable "
    "nicht kein keine keinen keinem keiner nie niemals nichts niemand ohne weder pas jamais aucun aucune "
    "rien personne sans nunca ningún ninguna nada nadie sin mai nessun nessuna senza non"
)


class NegationParams(PairParams):
    """Settings of the ``negation`` gate."""

    gate: Literal["negation"] = "negation"


class Negation(PairGate):
    """No copy gains or loses a negation."""

    name: ClassVar = "negation"
    Params: ClassVar = NegationParams
    told: ClassVar = "gain or lose a negation"

    @classmethod
    def broken(cls, old: str, new: str, prepared: Any) -> Sequence[str]:
        """See :class:`aug_assets.gates.texts.PairGate`."""
        return ("negation",) if _count(old) != _count(new) else ()


def _count(text: str) -> int:
    return sum(word in _MARKS or word.endswith("n't") for word in words(text))
