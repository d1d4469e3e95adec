"""What gates on sessions share: the events of candidates as flat arrays, beside those of their parents."""

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field

from aug_assets.gates import base
from aug_assets.gates.parents import mothers
from aug_assets.gates.words import too_few
from aug_assets.operators.sequence.ragged import Ints, Mask, Ragged, unpacked
from aug_assets.spec_column import TEXT, WHOLE

ITEM = "Column of items; else what the recipe calls so, else the first with `each: true` of text or numbers"


class VisitParams(base.Params):
    """Settings that every gate on sessions has which marks rows."""

    item: str | None = Field(None, description=ITEM)
    max_share: float = Field(
        0.0, ge=0, le=1, description="Share of candidates that may fail; they never pass"
    )


@dataclass(frozen=True)
class Events:
    """The events of n sessions, m in all.

    Attributes:
        lists: Where each session lies.
        flat: By column, an Arrow array of m values.
    """

    lists: Ragged
    flat: dict[str, pa.Array]

    @classmethod
    def of(cls, rows: pd.DataFrame, names: Sequence[str]) -> "Events":
        """The events of a frame.

        Raises:
            ValueError: The lists of a session are not as long as each other.
        """
        lists, flat = unpacked(rows, tuple(names))
        for name in names[1:]:
            if not np.array_equal(unpacked(rows, (name,))[0].offsets, lists.offsets):
                raise ValueError(f"lists of {names[0]} and {name} are not equally long")
        return cls(lists, flat)

    def taken(self, rows: Ints) -> "Events":
        """The sessions at these positions; one without events for each -1."""
        lengths = np.append(self.lists.lengths, 0)[rows]
        lists = Ragged.of_lengths(lengths)
        begins = self.lists.offsets[rows] - lists.offsets[:-1]
        places = pa.array(np.arange(lists.flat) + lists.spread(begins))
        return Events(lists, {name: values.take(places) for name, values in self.flat.items()})

    @property
    def follows(self) -> Ints:
        """Places of the events that another of their session follows, int64."""
        return np.flatnonzero(~self.lists.last)


@dataclass(frozen=True)
class Pairs:
    """Candidates beside their parents, both of n sessions.

    Attributes:
        new: The candidates.
        old: The parent of each; one without events where there is none.
        parent: int64 (n,), its position among the real rows, or -1.
    """

    new: Events
    old: Events
    parent: Ints

    def codes(self, name: str) -> tuple[Ints, Ints]:
        """A column of both as numbers, equal where values are; null is a value like any other."""
        both = pa.concat_arrays([self.new.flat[name], self.old.flat[name]])
        indices = both.dictionary_encode(null_encoding="encode").indices.to_numpy().astype(np.int64)
        return indices[: self.new.lists.flat], indices[self.new.lists.flat :]


def pairs(real: Any, batch: base.Batch, names: Sequence[str]) -> Pairs:
    """The candidates and their parents, with these columns of events."""
    parent = mothers(real, batch)
    return Pairs(Events.of(batch.rows, names), events(real, names).taken(parent), parent)


def events(real: Any, names: Sequence[str]) -> Events:
    """The events of the day's real rows."""
    made: Events = real.once(f"visits:{','.join(names)}", lambda: Events.of(real.rows, names))
    return made


def items(real: Any, name: str) -> pa.Array:
    """The distinct items of the day's real rows."""
    return real.once(f"visits:items:{name}", lambda: pc.unique(events(real, [name]).flat[name]).drop_null())


def known(values: pa.Array, among: pa.Array) -> Ints:
    """Items as places among others, -1 where they are not there."""
    found = pc.fill_null(pc.index_in(values, value_set=among, skip_nulls=True), -1)
    return np.asarray(found.to_numpy(zero_copy_only=False), np.int64)


def item_of(real: Any, params: Any) -> str:
    """The column of items; see :class:`VisitParams`."""
    plain = (n for n in real.spec.kinds["each"] if real.spec.columns[n].type in (*TEXT, *WHOLE))
    return params.item or in_recipe(real, "item") or next(plain, "") or real.spec.sessions.time


def in_recipe(real: Any, role: str) -> str:
    """The column that a step of the recipe names for a role; empty where none does."""
    steps = (step for branch in real.spec.recipe for step in branch.steps)
    return next((name for step in steps if (name := getattr(step, role, None))), "")


def beyond(new: tuple[Ints, Ints], old: tuple[Ints, Ints], rows: int) -> Mask:
    """Which of n candidates have something more often than their parent.

    Args:
        new: Of each thing the candidate that has it, and a number that says what it is, from 0.
        old: The same of their parents.
        rows: How many candidates there are.
    """
    width = 1 + max((int(codes.max()) for _, codes in (new, old) if len(codes)), default=0)
    pair = np.concatenate([row * width + codes for row, codes in (new, old)])
    found, at = np.unique(pair, return_inverse=True)
    split = len(new[0])
    count = [np.bincount(part, minlength=len(found)) for part in (at[:split], at[split:])]
    mask = np.zeros(rows, bool)
    mask[found[count[0] > count[1]] // width] = True
    return mask


class VisitGate(base.Gate):
    """A gate that marks sessions; ``broken`` is all that it has to say."""

    modality: ClassVar[Literal["sequence"]] = "sequence"
    told: ClassVar[str]  # what the candidates do that fail

    @classmethod
    @abstractmethod
    def broken(cls, real: Any, params: Any, batch: base.Batch) -> dict[str, Mask]:
        """Which candidates must not pass, by reason code; the batch is not empty."""

    @classmethod
    def blind(cls, real: Any, params: Any) -> str:
        """Why the gate can see nothing in this dataset; empty where it can."""
        return ""

    @classmethod
    def observe(cls, real: Any, params: Any, batch: base.Batch) -> base.Observation:
        """Candidates that fail, by reason; see :class:`aug_assets.gates.base.Gate`."""
        if not len(batch) or cls.blind(real, params):
            return base.Observation({}, (0, len(batch)))
        masks = {reason: mask for reason, mask in cls.broken(real, params, batch).items() if mask.any()}
        bad = int(np.any(list(masks.values()), axis=0).sum()) if masks else 0
        return base.Observation(masks, (bad, len(batch)))

    @classmethod
    def judge(cls, real: Any, params: Any, evidence: Sequence[tuple[int, int]]) -> base.Judgement:
        """Share of failing candidates; see :class:`aug_assets.gates.base.Gate`."""
        if reason := cls.blind(real, params):
            return too_few(params, params.max_share, reason)
        bad, total = map(sum, zip(*evidence, strict=True))
        return base.share_judgement(params, bad, total, params.max_share, cls.told)
