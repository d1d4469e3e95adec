"""What operators share that give an event another item: the items there are, and what may stand for each."""

from abc import abstractmethod
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field

from aug_assets.keys import RowKeys
from aug_assets.operators.sequence import base
from aug_assets.operators.sequence.ragged import Floats, Ints, Mask


class ItemParams(base.SequenceParams):
    """What parameters of operators that bring other items share."""

    with_item: tuple[str, ...] = Field(
        (),
        description="Columns that belong to the item, such as its category or price: another item brings "
        "its own values, those of its first event among the parents",
    )


@dataclass(frozen=True)
class Catalogue:
    """The items of the parents' events but the last ones.

    Attributes:
        items: The distinct items, sorted.
        about: By column that belongs to the item, its values, as long.
        count: int64 (items,), events of each.
    """

    items: pa.Array
    about: dict[str, pa.Array]
    count: Ints

    @classmethod
    def of(cls, visits: base.Visits, params: Any) -> tuple["Catalogue", Ints]:
        """The catalogue, and the item of each event as its place in it; -1 for last events and nulls."""
        column = visits.flat[visits.roles.item]
        history = column.filter(pa.array(~visits.lists.last))
        items = pc.unique(history).drop_null()
        items = items.take(pc.sort_indices(items))
        codes = coded(column, items)
        codes[visits.lists.last] = -1
        seen, first = np.unique(codes, return_index=True)
        first = pa.array(first[seen >= 0])
        about = {name: visits.flat[name].take(first) for name in params.with_item}
        return cls(items, about, np.bincount(codes[codes >= 0], minlength=len(items))), codes

    def columns(self, name: str, codes: Ints) -> dict[str, pa.Array]:
        """The values of items, of the item column, which has this name, and of those that belong to it."""
        places = pa.array(codes)
        return {column: values.take(places) for column, values in {**self.about, name: self.items}.items()}


def coded(values: pa.Array, items: pa.Array) -> Ints:
    """Items as places in a catalogue, -1 where they are not in it."""
    found = pc.index_in(values, value_set=items, skip_nulls=True)
    return np.array((found.fill_null(-1) if found.null_count else found).to_numpy(), np.int64)


@dataclass(frozen=True)
class Choices:
    """Which items may stand for each: a stretch of a pool, without the item itself.

    Attributes:
        pool: Items, int64.
        low: First place of the stretch, int64 (items,).
        high: The place after its last.
        own: Where in the stretch the item itself is; -1 where it is not.
    """

    pool: Ints
    low: Ints
    high: Ints
    own: Ints

    def some(self, codes: Ints) -> Mask:
        """Which items have any; an item of -1 has none."""
        some = np.append(self.high - self.low > (self.own >= 0), False)
        return np.asarray(some[codes])

    def pick(self, codes: Ints, drawn: Floats) -> Ints:
        """One of them, each as likely, for each of some items that have any."""
        low, own = self.low[codes], self.own[codes]
        many = self.high[codes] - low - (own >= 0)
        at = low + (drawn * many).astype(np.int64)
        return self.pool[at + ((own >= 0) & (at >= own))]


@dataclass(frozen=True)
class Swaps:
    """What a swapping operator learns."""

    catalogue: Catalogue
    choices: Choices


class SwapOperator(base.SequenceOperator):
    """An operator that gives a share of the events another item; ``choices`` is what it has to say."""

    @classmethod
    @abstractmethod
    def choices(cls, visits: base.Visits, catalogue: Catalogue, codes: Ints, params: Any) -> Choices:
        """Which items may stand for which; ``codes`` as from :meth:`Catalogue.of`."""

    @classmethod
    def learn(cls, visits: base.Visits, params: Any) -> Swaps:
        """The items of the parents and what may stand for them."""
        catalogue, codes = Catalogue.of(visits, params)
        return Swaps(catalogue, cls.choices(visits, catalogue, codes, params))

    @classmethod
    def change(
        cls, visits: base.Visits, state: base.SequenceState, params: Any, keys: RowKeys
    ) -> tuple[base.Visits, dict[str, Floats]]:
        """Swap items; see :class:`aug_assets.operators.sequence.base.SequenceOperator`."""
        swaps, lists, name = state.learned, visits.lists, visits.roles.item
        codes = coded(visits.flat[name], swaps.catalogue.items)
        allowed = visits.free & swaps.choices.some(codes)
        picked = lists.chosen(keys, 1, allowed, params.share)
        places = np.flatnonzero(picked)
        other = swaps.choices.pick(codes[places], lists.units_at(keys, 2, places)[0])
        made = replaced(visits, picked, swaps.catalogue.columns(name, other))
        return made, base.told(lists, lists.count(picked), "changed")


def replaced(visits: base.Visits, where: Mask, values: dict[str, pa.Array]) -> base.Visits:
    """Events with other values in some columns, given for the true places only."""
    mask = pa.array(where)
    own = {name: pc.replace_with_mask(visits.flat[name], mask, new) for name, new in values.items()}
    return base.Visits(visits.lists, {**visits.flat, **own}, visits.roles, visits.types)
