"""What a gate is: a judge of candidates that never changes them.

A gate sees a day in batches, once. It marks rows that must not pass and keeps evidence; when all batches have
been seen it judges the day. Evidence is small and mergeable, so that a day larger than memory can be judged.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal, TypeVar

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from aug_assets.operators.base import Modality

Made = TypeVar("Made")


class Params(BaseModel):
    """Settings of a gate, set per dataset."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    gate: str
    blocking: bool = True


@dataclass(frozen=True)
class Batch:
    """Some candidates of a day.

    Attributes:
        rows: The dataset's columns, on a RangeIndex.
        ids: Their row ids, hexadecimal.
        told: Their provenance in the schema ``aug_assets.rows.PROVENANCE``: of every candidate its steps, in
            the order of the candidates.
    """

    rows: pd.DataFrame
    ids: pa.Array
    told: pa.Table
    _made: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    def once(self, what: str, make: Callable[[], Made]) -> Made:
        """What ``make`` returns, made once a batch: for what several gates need of it, such as pixels."""
        if what not in self._made:
            self._made[what] = make()
        made: Made = self._made[what]
        return made

    def __len__(self) -> int:
        return len(self.rows)


@dataclass(frozen=True)
class Observation:
    """What a gate saw in one batch.

    Attributes:
        failures: Reason code to bool mask of shape (rows,): the rows that must not pass, and why.
        evidence: Whatever ``judge`` needs; small and picklable.
    """

    failures: dict[str, NDArray[np.bool_]]
    evidence: Any


@dataclass(frozen=True)
class Judgement:
    """A gate's word on a day.

    Attributes:
        gate: The gate's name.
        passed: Whether the day may be published as far as this gate is concerned.
        blocking: Whether a failure holds the day back, or only warns.
        value: The measured figure; NaN when the gate could not judge.
        threshold: The figure that it was held against.
        reason: One sentence for a person.
        details: Further figures, by name.
    """

    gate: str
    passed: bool
    blocking: bool
    value: float
    threshold: float
    reason: str
    details: dict[str, float] = field(default_factory=dict)


class Gate(ABC):
    """Two pure functions and a parameter model, as for operators.

    ``default`` says whether the gate judges datasets that do not name it, ``modality`` which datasets it can
    judge at all, ``marks`` whether it ever refuses a row, or judges days only.
    """

    name: ClassVar[str]
    Params: ClassVar[type[Params]]
    default: ClassVar[bool] = True
    marks: ClassVar[bool] = True
    modality: ClassVar[Modality | Literal["any"]] = "any"

    @classmethod
    def missing(cls) -> str | None:
        """What the gate needs and is not installed, as one sentence; asked when a dataset names the gate."""
        return None

    @classmethod
    @abstractmethod
    def observe(cls, real: Any, params: Any, batch: Batch) -> Observation:
        """Look at one batch of candidates.

        Args:
            real: The day's real rows, as :class:`aug_assets.gates.real.Real`.
            params: The gate's own ``Params``.
            batch: The candidates, with their ids and provenance.
        """

    @classmethod
    @abstractmethod
    def judge(cls, real: Any, params: Any, evidence: Sequence[Any]) -> Judgement:
        """Judge the day from the evidence of all batches; there is at least one candidate."""


def share_judgement(params: Params, bad: int, total: int, limit: float, what: str) -> Judgement:
    """The judgement of a gate that only counts: the share of bad rows against a limit."""
    share = bad / total
    reason = f"{bad:,} of {total:,} candidates {what}; at most {limit:.1%} may"
    return Judgement(params.gate, share <= limit, params.blocking, share, limit, reason, {"rows": float(bad)})
