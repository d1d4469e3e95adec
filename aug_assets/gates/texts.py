"""What gates on texts share: each candidate's text beside its parent's, word by word."""

import re
from abc import abstractmethod
from collections.abc import Iterator, Sequence
from typing import Any, ClassVar, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import Field

from aug_assets.gates import base
from aug_assets.gates.parents import mothers

_WORD = re.compile(r"[^\W\d_]+(?:['\u2019\-][^\W\d_]+)*")


class PairParams(base.Params):
    """Settings that every gate on pairs of texts has."""

    max_share: float = Field(
        0.2, ge=0, le=1, description="Share of candidates that may fail; they never pass"
    )


class PairGate(base.Gate):
    """A gate that holds a candidate's text against its parent's; ``broken`` is all that it has to say."""

    modality: ClassVar[Literal["text"]] = "text"
    told: ClassVar[str]  # what the candidates do that fail

    @classmethod
    def prepared(cls, real: Any, params: Any) -> Any:
        """What is computed once a day; most gates need nothing."""
        return None

    @classmethod
    @abstractmethod
    def broken(cls, old: str, new: str, prepared: Any) -> Sequence[str]:
        """Why the candidate's text must not pass, as reason codes; none where it may.

        Args:
            old: The parent's text; empty for null.
            new: The candidate's text; empty for null.
            prepared: What :meth:`prepared` returned.
        """

    @classmethod
    def observe(cls, real: Any, params: Any, batch: base.Batch) -> base.Observation:
        """Candidates that fail, by reason; see :class:`aug_assets.gates.base.Gate`."""
        prepared = real.once(f"{cls.name}:{params.model_dump_json()}", lambda: cls.prepared(real, params))
        failures: dict[str, NDArray[np.bool_]] = {}
        for position, old, new in pairs(real, batch):
            for reason in cls.broken(old, new, prepared) if old != new else ():
                failures.setdefault(reason, np.zeros(len(batch), bool))[position] = True
        bad = int(np.any(list(failures.values()), axis=0).sum()) if failures else 0
        return base.Observation(failures, (bad, len(batch)))

    @classmethod
    def judge(cls, real: Any, params: Any, evidence: Sequence[tuple[int, int]]) -> base.Judgement:
        """Share of failing candidates; see :class:`aug_assets.gates.base.Gate`."""
        bad, total = map(sum, zip(*evidence, strict=True))
        return base.share_judgement(params, bad, total, params.max_share, cls.told)


def pairs(real: Any, batch: base.Batch) -> Iterator[tuple[int, str, str]]:
    """Position of a candidate, its parent's text and its own, for each text column."""
    parents = mothers(real, batch)
    for name in real.columns.kinds["text"]:
        known = real.once(f"texts:{name}", lambda name=name: plain(real.rows[name]))
        for position, (parent, new) in enumerate(zip(parents, plain(batch.rows[name]), strict=True)):
            yield position, known[parent] if parent >= 0 else "", new


def plain(column: pd.Series) -> list[str]:
    """A column as strings, empty for null."""
    return ["" if value is None or value is pd.NA else str(value) for value in column]


def words(text: str) -> list[str]:
    """The words of a text in lower case, with straight apostrophes; numbers and signs are none."""
    return [word.lower().replace("\u2019", "'") for word in _WORD.findall(text)]
