"""Shuffles the events of a short stretch of a session; times stay where they are.

Source: Xie, Sun, Liu et al., "Contrastive Learning for Sequential Recommendation" (CL4SRec), ICDE 2022.

Not for sessions in which each step follows from the one before, unless ``event`` names the column that says
which steps those are.
"""

from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from aug_assets.fast import compiled
from aug_assets.keys import RowKeys, below
from aug_assets.operators.sequence import base
from aug_assets.operators.sequence.ragged import Floats, Ints, Ragged


class ReorderParams(base.SequenceParams):
    """Parameters of ``reorder``."""

    operator: Literal["reorder"] = "reorder"
    window: int = Field(4, ge=2, le=100, description="Events that are shuffled, or as many as may move")


class Reorder(base.SequenceOperator):
    """Sessions in a slightly different order."""

    name: ClassVar = "reorder"
    version: ClassVar = "1"
    Params: ClassVar = ReorderParams

    @classmethod
    def change(
        cls, visits: base.Visits, state: base.SequenceState, params: ReorderParams, keys: RowKeys
    ) -> tuple[base.Visits, dict[str, Floats]]:
        """Shuffle; see :class:`aug_assets.operators.sequence.base.SequenceOperator`."""
        lists = visits.lists
        movable = np.flatnonzero(visits.free)
        among = lists.without(~visits.free)
        width = np.minimum(params.window, among.lengths)
        start = below(keys.words()[:, 0], (among.lengths - width + 1).astype(np.uint64))
        window = movable[among.within(start, width)]
        stretch, source = Ragged.of_lengths(width), np.arange(lists.flat)
        source[window] = window[_shuffled(stretch, stretch.units(keys, 1))]
        own = {visits.roles.time: visits.flat[visits.roles.time]} if visits.roles.time else {}
        moved = base.told(lists, lists.count(source != np.arange(lists.flat)), "moved")
        return visits.taken(source, lists, own), {"start": start.astype(np.float64), **moved}


def _shuffled(lists: Ragged, drawn: Floats) -> Ints:
    """Places in another order within each list; a list that came out as it was is turned by one."""
    out = np.arange(lists.flat)
    sort = compiled(_sort_loop, lists.flat // 4) or _sort
    sort(lists.offsets, drawn, out)
    return out


def _sort(offsets: Ints, drawn: Floats, out: Ints) -> None:
    lists = Ragged(offsets)
    order = np.lexsort((drawn, lists.row))
    turned = np.where(lists.last, lists.spread(lists.offsets[:-1]), out + 1)
    out[:] = np.where(lists.spread(lists.moved(order)), order, turned)


def _sort_loop(offsets: Ints, drawn: Floats, out: Ints) -> None:
    """The same list by list, for the compiler: by insertion, since windows are short."""
    for i in range(len(offsets) - 1):
        first, end, moved = offsets[i], offsets[i + 1], False
        for at in range(first + 1, end):
            to = at
            while to > first and drawn[out[to - 1]] > drawn[at]:
                out[to] = out[to - 1]
                to -= 1
            out[to] = at
            moved = moved or to != at
        if not moved:
            for at in range(first, end):
                out[at] = at + 1 if at + 1 < end else first
