"""Gate: a copy is about as long as its parent, and not empty.

Source: the platform's own.

Not for summaries or expansions, which change the length on purpose: widen ``least`` and ``most``.
"""

from collections.abc import Sequence
from typing import Any, ClassVar, Literal

from pydantic import Field

from aug_assets.gates.texts import PairGate, PairParams

_SLACK = 12  # characters: a greeting before two words is no expansion


class TextLengthParams(PairParams):
    """Settings of the ``text_length`` gate."""

    gate: Literal["text_length"] = "text_length"
    least: float = Field(0.5, gt=0, le=1, description="Length of a copy in lengths of its parent, at least")
    most: float = Field(2.0, ge=1, description="Length of a copy in lengths of its parent, at most")


class TextLength(PairGate):
    """No copy is empty, much shorter or much longer than its parent."""

    name: ClassVar = "text_length"
    Params: ClassVar = TextLengthParams
    told: ClassVar = "are empty, much shorter or much longer than their parent"

    @classmethod
    def prepared(cls, real: Any, params: TextLengthParams) -> TextLengthParams:
        """The limits."""
        return params

    @classmethod
    def broken(cls, old: str, new: str, prepared: TextLengthParams) -> Sequence[str]:
        """See :class:`aug_assets.gates.texts.PairGate`."""
        before, after = len(old.strip()), len(new.strip())
        if after == 0:
            return ("empty",)
        if after < prepared.least * before - _SLACK or after > prepared.most * before + _SLACK:
            return ("length",)
        return ()
