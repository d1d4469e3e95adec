"""What every operator on sessions shares: events that move as one, the target that stays, what may change.

An operator says which events go, come, move or change their item; lists, times and dtypes are handled here.
The last event of a session is what models are asked to predict (leave-one-out): it is never touched, and
nothing is learned from it.
"""

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, Literal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field

from aug_assets.errors import SpecError, TooFewParentsError
from aug_assets.keys import RowKeys
from aug_assets.operators import base
from aug_assets.operators.sequence.ragged import Floats, Ints, Mask, Ragged, packed, unpacked

_UNITS = (60_000_000, 1_000_000, 1_000)  # a minute, a second and a millisecond, in microseconds


class SequenceParams(base.Params):
    """What parameters of all operators on sessions share."""

    item: str | None = Field(
        None,
        description="Column of items; else the first with `each: true` that holds text or whole numbers",
    )
    time: str | None = Field(
        None, description="Column of times; else the first timestamp with `each: true`, if there is one"
    )
    event: str | None = Field(None, description="Column of event types; without it all events are alike")
    free: tuple[str, ...] = Field(
        ("view",),
        min_length=1,
        description="Event types that may change, move, go or come, where `event` is given; the others stay, "
        "and so do all events of an item that has one of them in its session",
    )


@dataclass(frozen=True)
class Roles:
    """What the columns of events are; an empty name where there is no such column.

    Attributes:
        each: All columns of events.
        item: The item.
        time: When it was.
        event: The event's type.
    """

    each: tuple[str, ...]
    item: str
    time: str
    event: str


@dataclass(frozen=True)
class Visits:
    """The sessions of n rows with m events in all.

    Attributes:
        lists: Where each session lies.
        flat: By column, an Arrow array of m values.
        roles: What the columns are.
        types: The event types that may change.
    """

    lists: Ragged
    flat: dict[str, pa.Array]
    roles: Roles
    types: tuple[str, ...]

    @cached_property
    def times(self) -> Ints:
        """Microseconds, int64 (m,)."""
        return np.asarray(self.flat[self.roles.time].cast(pa.int64()).to_numpy())

    @cached_property
    def free_type(self) -> Mask:
        """Events of a type that may change, bool (m,)."""
        if not self.roles.event:
            return np.ones(self.lists.flat, bool)
        legal = pa.array(self.types, pa.string())
        known = pc.is_in(self.flat[self.roles.event].cast(pa.string()), value_set=legal)
        return np.asarray(known.to_numpy(zero_copy_only=False))

    @cached_property
    def free(self) -> Mask:
        """Events that may change, bool (m,): of a free type, not last, and of no item that is kept."""
        free = self.free_type
        if not free.all():
            items = self.flat[self.roles.item].dictionary_encode(null_encoding="encode").indices
            pair = self.lists.row * self.lists.flat + items.to_numpy()
            free = free & ~np.isin(pair, pair[~free])
        return free & ~self.lists.last

    @cached_property
    def open_after(self) -> Mask:
        """Events after which one of a free type may come, bool (m,): before one of a free type."""
        return np.append(self.free_type[1:], False) & ~self.lists.last

    def taken(self, source: Ints, lists: Ragged, own: Mapping[str, pa.Array]) -> "Visits":
        """Events by their places, all columns together but those given."""
        places = pa.array(source)
        flat = {name: own[name] if name in own else array.take(places) for name, array in self.flat.items()}
        return Visits(lists, flat, self.roles, self.types)

    def without(self, gone: Mask) -> "Visits":
        """Sessions without some events. The last stays when it was, the others move up to it.

        What stays keeps the pause that followed it, so that no pause grows beyond what ends a session.
        """
        kept = np.flatnonzero(~gone)
        lists = self.lists.without(gone)
        own = {}
        if self.roles.time:
            pause = self.times[np.minimum(kept + 1, self.lists.flat - 1)] - self.times[kept]
            pause[lists.last] = 0
            before = np.concatenate([[0], np.cumsum(pause)])
            rest = lists.spread(before[lists.offsets[1:]]) - before[:-1]
            ends = lists.spread(self.times[self.lists.offsets[1:] - 1] if self.lists.flat else self.times)
            own[self.roles.time] = self.as_times(ends - rest)
        return self.taken(kept, lists, own)

    def with_more(self, after: Ints, own: Mapping[str, pa.Array], at: Floats, unit: int) -> "Visits":
        """Sessions with a further event after some: a copy of it at a later time but for the columns given.

        Args:
            after: Places of the events, ascending; none is the last of its session.
            own: By column, one value a further event.
            at: When, as a share of the pause, [0, 1).
            unit: Whole microseconds of times, see :func:`unit_of`.
        """
        new = np.zeros(self.lists.flat + len(after), bool)
        new[after + np.arange(1, len(after) + 1)] = True
        source = np.arange(len(new)) - np.cumsum(new)
        more = np.bincount(self.lists.row[after], minlength=len(self.lists))
        lists = Ragged.of_lengths(self.lists.lengths + more)
        made = self.taken(source, lists, {})
        flat = dict(made.flat)
        if self.roles.time:
            times = self.times[source]
            whole = (self.times[after + 1] - self.times[after]) // unit
            times[new] += (at * whole).astype(np.int64) * unit
            flat[self.roles.time] = self.as_times(times)
        for name, values in own.items():
            flat[name] = pc.replace_with_mask(flat[name], pa.array(new), values)
        return Visits(lists, flat, self.roles, self.types)

    def as_times(self, micros: Ints) -> pa.Array:
        """Microseconds in the type of the time column."""
        return pa.array(micros).cast(self.flat[self.roles.time].type)


@dataclass(frozen=True)
class SequenceState:
    """What drawing needs to know.

    Attributes:
        roles: What the columns are.
        unit: Whole microseconds of the parents' times.
        learned: What the operator's own ``learn`` returned.
    """

    roles: Roles
    unit: int
    learned: Any


class SequenceOperator(base.Operator):
    """An operator on sessions; ``change`` is what it has to say, and ``learn`` where it learns."""

    kind: ClassVar[Literal["generate", "transform", "filter"]] = "transform"
    modality: ClassVar[base.Modality] = "sequence"

    @classmethod
    def unsafe(cls, params: Any, facts: base.Facts) -> str | None:
        """Columns that hold no events: nothing that is true of a session as a whole may change."""
        each = facts.kinds.get("each", ())
        for field, name in named(params).items():
            if name not in each:
                return f"{field} names {name!r}, and columns with `each: true` are {', '.join(each)}"
        return None

    @classmethod
    def fit(cls, rows: pd.DataFrame, columns: base.Columns, params: Any) -> SequenceState:
        """The roles of the columns and what there is to learn; see :class:`Operator`."""
        if len(rows) < 1:
            raise TooFewParentsError(
                f"{cls.name} needs a session to change", seen=len(rows), legal="at least 1 selected row",
                todo="check the selection, or set `too_few: skip` in the branch's select",
            )  # fmt: skip
        roles = _roles(rows, columns, params)
        visits = _visits(rows, roles, params)
        return SequenceState(roles, unit_of(visits), cls.learn(visits, params))

    @classmethod
    def learn(cls, visits: Visits, params: Any) -> Any:
        """What the operator needs to know of the parents; never of their last events."""
        return None

    @classmethod
    @abstractmethod
    def change(
        cls, visits: Visits, state: SequenceState, params: Any, keys: RowKeys
    ) -> tuple[Visits, dict[str, Floats]]:
        """Sessions changed, and what was drawn for each, float64 (n,); the last events stay as they are."""

    @classmethod
    def draw(cls, state: SequenceState, params: Any, keys: RowKeys, rows: pd.DataFrame) -> base.Drawn:
        """Change the sessions of all rows at once; see :class:`Operator`."""
        made, values = cls.change(_visits(rows, state.roles, params), state, params, keys)
        return base.Drawn(packed(rows, made.lists, made.flat), keys.parent[:, None], values)


def named(params: Any) -> dict[str, str]:
    """The columns that parameters name, by parameter."""
    found = {field: getattr(params, field, None) for field in ("item", "time", "event", "category")}
    found |= {f"with_item {n}": name for n, name in enumerate(getattr(params, "with_item", ()), start=1)}
    return {field: name for field, name in found.items() if name is not None}


def told(lists: Ragged, changed: Ints, word: str) -> dict[str, Floats]:
    """How many events of each session changed, and as a share of those before the last."""
    count = changed.astype(np.float64)
    return {word: count, "share": count / np.maximum(lists.lengths - 1, 1)}


def unit_of(visits: Visits) -> int:
    """The coarsest unit in which all times are whole, so that a time between them looks like them."""
    if not visits.roles.time:
        return 1
    common = int(np.gcd.reduce(visits.times)) if visits.lists.flat else 0
    return next((unit for unit in _UNITS if common % unit == 0), 1)


def _visits(rows: pd.DataFrame, roles: Roles, params: Any) -> Visits:
    return Visits(*unpacked(rows, roles.each), roles, params.free)


def _roles(rows: pd.DataFrame, columns: base.Columns, params: Any) -> Roles:
    each = columns.kinds["each"]
    kinds = {name: pa.Schema.from_pandas(rows[[name]]).field(name).type.value_type for name in each}
    plain = (n for n, kind in kinds.items() if pa.types.is_string(kind) or pa.types.is_integer(kind))
    timed = (n for n, kind in kinds.items() if pa.types.is_timestamp(kind))
    item = params.item or next(plain, "")
    if not item:
        raise SpecError(
            f"{params.operator} finds no column of items", seen={n: str(kind) for n, kind in kinds.items()},
            legal="a column with `each: true` of text or whole numbers", todo="name it with `item`",
        )  # fmt: skip
    return Roles(each, item, params.time or next(timed, ""), params.event or "")
