"""Gate: a copy means what its parent means, as a small sentence encoder judges it where cheaper means doubt.

First the rules on pairs that the dataset has, then the cosine of pieces of words of the gate ``similarity``,
and MiniLM only for pairs that neither settles: a pair costs it a hundred times what all the others cost.

Source: MiniLM (Wang et al., NeurIPS 2020) as trained for sentences (Reimers and Gurevych, "Sentence-BERT",
EMNLP 2019), weights in int8; from cheap to dear, Viola and Jones, CVPR 2001. It needs the extra ``judge``.

Not for what one word turns round, which the encoder does not see (to cancel and not to cancel are 0.97 alike
to it): keep ``negation``, ``numbers``, ``direction`` and ``antonyms``; nor for texts that are not English.
"""

from collections.abc import Sequence
from typing import Any, ClassVar, Literal, Self

import numpy as np
from pydantic import Field, model_validator

from aug_assets.errors import SpecError
from aug_assets.gates import base, minilm
from aug_assets.gates.similarity import cosines
from aug_assets.gates.texts import PairGate, PairParams, pairs


class MeaningParams(PairParams):
    """Settings of the ``meaning`` gate."""

    gate: Literal["meaning"] = "meaning"
    unlike: float = Field(
        0.05, ge=0, le=1, description="Cosine of pieces of words below which a copy fails unasked"
    )
    like: float = Field(
        0.7, ge=0, le=1, description="Cosine of pieces of words from which a copy passes unasked"
    )
    min_cosine: float = Field(
        0.6, ge=-1, le=1, description="Cosine of the sentence encoder for the pairs between, at least"
    )

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.unlike > self.like:
            raise ValueError(f"unlike {self.unlike} is above like {self.like}; expected unlike <= like")
        return self


class Meaning(base.Gate):
    """No copy says something else than its parent, whatever words it uses."""

    name: ClassVar = "meaning"
    modality: ClassVar = "text"
    default: ClassVar = False  # it needs an extra
    Params: ClassVar = MeaningParams

    @classmethod
    def missing(cls) -> str | None:
        """What of the extra ``judge`` is; see :class:`aug_assets.gates.base.Gate`."""
        try:
            minilm.check()
        except SpecError as error:
            return str(error)
        return None

    @classmethod
    def observe(cls, real: Any, params: MeaningParams, batch: base.Batch) -> base.Observation:
        """Copies of another meaning; see :class:`aug_assets.gates.base.Gate`.

        Raises:
            SpecError: The extra ``judge`` is missing; told even when no pair is in doubt.
        """
        real.once("meaning:extra", minilm.check)
        other, asked = np.zeros(len(batch), bool), 0
        found = list(pairs(real, batch))
        close = cosines([old for _, old, _ in found], [new for _, _, new in found]) if found else np.empty(0)
        for (position, old, new), static in zip(found, close, strict=True):
            if static >= params.like or _refused(real, old, new):
                continue
            doubtful = static >= params.unlike
            asked += doubtful
            other[position] |= not doubtful or minilm.alike(old, new) < params.min_cosine
        return base.Observation(
            {"other_meaning": other}, (int(other.sum()), len(batch), int(asked), len(found))
        )

    @classmethod
    def judge(
        cls, real: Any, params: MeaningParams, evidence: Sequence[tuple[int, int, int, int]]
    ) -> base.Judgement:
        """Share of such copies, and how many pairs were in doubt; see :class:`aug_assets.gates.base.Gate`."""
        bad, total, asked, found = map(sum, zip(*evidence, strict=True))
        told = f"say something else than their parent ({asked:,} of {found:,} pairs went to the encoder)"
        word = base.share_judgement(params, bad, total, params.max_share, told)
        word.details.update(judged=float(asked), pairs=float(found), min_cosine=params.min_cosine)
        return word


def _refused(real: Any, old: str, new: str) -> bool:
    """Whether a cheaper gate of the dataset refuses the pair anyway."""
    return any(
        gate.broken(old, new, prepared) for gate, prepared in real.once("meaning:rules", lambda: _rules(real))
    )


def _rules(real: Any) -> list[tuple[type[PairGate], Any]]:
    from aug_assets import gates

    steps = [(gates.get(step.gate), step) for step in real.spec.gate_steps]
    return [(gate, gate.prepared(real, step)) for gate, step in steps if issubclass(gate, PairGate)]
