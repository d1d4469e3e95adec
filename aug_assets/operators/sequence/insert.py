"""Puts further events into a session, each with an item that visitors have together with the one before it.

Source: Liu, Chen, Li, Yu, McAuley, Xiong, "Contrastive Self-supervised Sequential Recommendation with Robust
Augmentation" (CoSeRec), arXiv 2108.06479, 2021.

Not for data in which an event costs something, such as orders: what is put in never happened. Where ``event``
is given, it is of the first of the ``free`` types.
"""

from typing import Any, ClassVar, Literal

import numpy as np
import pyarrow as pa
from pydantic import Field

from aug_assets.keys import RowKeys
from aug_assets.operators.sequence import base
from aug_assets.operators.sequence.correlation import correlated
from aug_assets.operators.sequence.items import Catalogue, ItemParams, Swaps, coded
from aug_assets.operators.sequence.ragged import Floats


class InsertParams(ItemParams):
    """Parameters of ``insert``."""

    operator: Literal["insert"] = "insert"
    share: float = Field(
        0.2,
        gt=0,
        le=1,
        description="Further events, as a share of those before the last; at least one",
    )
    neighbours: int = Field(5, ge=1, le=100, description="How many correlated items one is drawn from")


class Insert(base.SequenceOperator):
    """Sessions with further events."""

    name: ClassVar = "insert"
    version: ClassVar = "1"
    Params: ClassVar = InsertParams

    @classmethod
    def learn(cls, visits: base.Visits, params: InsertParams) -> Swaps:
        """The items of the parents and what goes with them."""
        catalogue, codes = Catalogue.of(visits, params)
        near = correlated(visits.lists, codes, len(catalogue.items), params.neighbours)
        return Swaps(catalogue, near)

    @classmethod
    def change(
        cls, visits: base.Visits, state: base.SequenceState, params: InsertParams, keys: RowKeys
    ) -> tuple[base.Visits, dict[str, Floats]]:
        """Put events in; see :class:`aug_assets.operators.sequence.base.SequenceOperator`."""
        learned, lists, name = state.learned, visits.lists, visits.roles.item
        codes = coded(visits.flat[name], learned.catalogue.items)
        allowed = visits.open_after & learned.choices.some(codes)
        picked = lists.chosen(keys, 1, allowed, params.share)
        after = np.flatnonzero(picked)
        drawn = lists.units_at(keys, 2, after)
        other = learned.choices.pick(codes[after], drawn[0])
        own: dict[str, Any] = learned.catalogue.columns(name, other)
        if visits.roles.event:
            own[visits.roles.event] = pa.array([params.free[0]] * len(after), pa.string())
        made = visits.with_more(after, own, drawn[1], state.unit)
        return made, base.told(lists, made.lists.lengths - lists.lengths, "inserted")
