"""What gates on pictures share: each candidate's sample beside its parent's, unpacked once a batch."""

from abc import abstractmethod
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from aug_assets.gates import base
from aug_assets.gates.parents import drawn, mothers
from aug_assets.gates.words import too_few
from aug_assets.operators.image.base import Sample, samples

Steps = list[tuple[str, dict[str, float]]]
Seen = tuple[int, int, dict[str, int]]  # candidates that fail, all, and what was counted in them
Areas = dict[int, int]  # pixels of each value of a mask but 0
_COUNTED = 1 << 16  # values below it are counted, for sorting pixels takes long


class PictureParams(base.Params):
    """Settings that every gate on pictures has."""

    max_share: float = Field(
        0.2, ge=0, le=1, description="Share of candidates that may fail; they never pass"
    )


@dataclass(frozen=True)
class Beside:
    """A candidate beside its parent.

    Attributes:
        old: The parent's sample; None where provenance names no parent.
        new: The candidate's.
        steps: What it went through, and what was drawn.
    """

    old: Sample | None
    new: Sample
    steps: Steps

    @cached_property
    def areas(self) -> dict[str, tuple[Areas, Areas]]:
        """By mask that both have, the areas in the parent and in the candidate."""
        before = self.old.masks if self.old else {}
        return {
            name: (areas(before[name]), areas(new)) for name, new in self.new.masks.items() if name in before
        }

    def product(self, name: str) -> float:
        """The product of a drawn value over all steps that have it, 1 without any."""
        return float(np.prod([values[name] for _, values in self.steps if name in values]))

    def total(self, name: str) -> float:
        """The sum of a drawn value over all steps that have it."""
        return float(sum(values.get(name, 0.0) for _, values in self.steps))


class PictureGate(base.Gate):
    """A gate that judges one candidate at a time; ``broken`` is all that it has to say."""

    modality: ClassVar[Literal["image"]] = "image"
    told: ClassVar[str]  # what the candidates do that fail
    needs: ClassVar[tuple[str, ...]] = ()  # types of columns without which there is nothing to judge

    @classmethod
    @abstractmethod
    def broken(cls, one: Beside, real: Any, params: Any) -> Sequence[str]:
        """Why the candidate must not pass, as reason codes; none where it may.

        Args:
            one: The candidate, which has a parent.
            real: The day's real rows, as :class:`aug_assets.gates.real.Real`.
            params: The gate's own ``Params``.
        """

    @classmethod
    def counted(cls, one: Beside, real: Any) -> dict[str, int]:
        """What else the verdict should say of a candidate that has a parent, passing or not, as counts."""
        return {}

    @classmethod
    def observe(cls, real: Any, params: Any, batch: base.Batch) -> base.Observation:
        """Candidates that fail, by reason; see :class:`aug_assets.gates.base.Gate`."""
        failures: dict[str, NDArray[np.bool_]] = {}
        counts: Counter[str] = Counter()
        if _missing(cls, real):
            return base.Observation({}, (0, len(batch), {}))
        for position, one in enumerate(batch.once("pictures", lambda: unpacked(real, batch))):
            reasons = cls.broken(one, real, params) if one.old is not None else ("no_parent",)
            counts.update(cls.counted(one, real) if one.old is not None else {})
            for reason in reasons:
                failures.setdefault(reason, np.zeros(len(batch), bool))[position] = True
        bad = int(np.any(list(failures.values()), axis=0).sum()) if failures else 0
        return base.Observation(failures, (bad, len(batch), dict(counts)))

    @classmethod
    def judge(cls, real: Any, params: Any, evidence: Sequence[Seen]) -> base.Judgement:
        """Share of failing candidates; see :class:`aug_assets.gates.base.Gate`."""
        if missing := _missing(cls, real):
            reason = f"the dataset has no column of {missing}, so there is nothing to judge"
            return too_few(params, params.max_share, reason)
        bad, total, counts = zip(*evidence, strict=True)
        word = base.share_judgement(params, sum(bad), sum(total), params.max_share, cls.told)
        figures = sum(map(Counter, counts), Counter[str]())
        return replace(word, details=word.details | {name: float(figures[name]) for name in sorted(figures)})


def areas(mask: NDArray[Any]) -> Areas:
    """Pixels of each value."""
    if mask.dtype == np.uint8:
        import cv2

        counts = cv2.calcHist([mask], [0], None, [256], [0, 256]).ravel().astype(np.int64)
        values = np.flatnonzero(counts)
        counts = counts[values]
    elif mask.min() >= 0 and mask.max() < _COUNTED:
        counts = np.bincount(mask.ravel())
        values = np.flatnonzero(counts)
        counts = counts[values]
    else:
        values, counts = np.unique(mask, return_counts=True)
    return {value: area for value, area in zip(values.tolist(), counts.tolist(), strict=True) if value}


def by_class(what: str, labels: Any) -> dict[str, int]:
    """How many of each label, under names such as ``gone_car``."""
    return {f"{what}_{label}": count for label, count in Counter(labels).items()}


def _missing(gate: type[PictureGate], real: Any) -> str:
    """The types of columns that the gate needs and the dataset has not."""
    return " or ".join(kind for kind in gate.needs if not real.columns.kinds.get(kind))


def unpacked(real: Any, batch: base.Batch) -> list[Beside]:
    """Each candidate beside its parent; a parent of several is unpacked once."""
    parents, steps = mothers(real, batch), drawn(batch)
    wanted = np.unique(parents[parents >= 0])
    rows = real.rows.iloc[wanted].reset_index(drop=True)
    known = dict(zip(wanted.tolist(), samples(rows, real.columns), strict=True))
    made = samples(batch.rows, real.columns)
    return [
        Beside(known.get(int(parent)), new, own)
        for parent, new, own in zip(parents, made, steps, strict=True)
    ]
