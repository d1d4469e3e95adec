"""Puts further events into a session as a restless visitor makes them: looks again at what was there.

Source: own; the grammar of events as in process mining, van der Aalst, "Process Mining", 2nd edition, chapter
2 (which event may directly follow which).

Not for models of how often an item is seen again: the noise repeats items.
"""

from typing import ClassVar, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field

from aug_assets.keys import RowKeys
from aug_assets.operators.sequence import base
from aug_assets.operators.sequence.ragged import Floats, Ints, Mask


class NoiseParams(base.SequenceParams):
    """Parameters of ``session_noise``."""

    operator: Literal["session_noise"] = "session_noise"
    event: str = Field(description="Column of event types")
    grammar: dict[str, tuple[str, ...]] = Field(
        description="Event type to the types that may directly follow it; what is not listed is not followed"
    )
    share: float = Field(
        0.1,
        gt=0,
        le=1,
        description="Further events, as a share of those before the last; at least one",
    )


class Noise(base.SequenceOperator):
    """Sessions with looks that lead nowhere."""

    name: ClassVar = "session_noise"
    version: ClassVar = "1"
    Params: ClassVar = NoiseParams

    @classmethod
    def change(
        cls, visits: base.Visits, state: base.SequenceState, params: NoiseParams, keys: RowKeys
    ) -> tuple[base.Visits, dict[str, Floats]]:
        """Put events in; see :class:`aug_assets.operators.sequence.base.SequenceOperator`."""
        lists = visits.lists
        legal, codes = _legal(visits, params)
        some = legal.any(axis=2).reshape(-1)[codes[:-1] * len(legal) + codes[1:]]
        picked = lists.chosen(keys, 1, some & ~lists.last, params.share)
        after = np.flatnonzero(picked)
        drawn = lists.units_at(keys, 2, after)
        between = legal[codes[after], codes[after + 1]]
        wanted = (drawn[0] * between.sum(axis=1)).astype(np.int64) + 1
        kind = (np.cumsum(between, axis=1) >= wanted[:, None]).argmax(axis=1)
        own = {params.event: pa.array(params.free, pa.string()).take(pa.array(kind))}
        made = visits.with_more(after, own, drawn[1], state.unit)
        return made, base.told(lists, made.lists.lengths - lists.lengths, "inserted")


def _legal(visits: base.Visits, params: NoiseParams) -> tuple[Mask, Ints]:
    """Which free types may come between two, bool (types, types, free); the types of events, and one more."""
    types = sorted({*params.grammar, *params.free, *(t for after in params.grammar.values() for t in after)})
    follows = _follows(types, params)
    seen = pc.index_in(visits.flat[params.event], value_set=pa.array(types, pa.string()))
    codes = pc.fill_null(seen, len(types)).to_numpy()  # an unknown type: nothing may stand beside it
    free = [types.index(name) for name in params.free]
    legal = follows[:, None, free] & follows[free].T[None, :, :]
    return legal, np.append(codes, len(types))


def _follows(types: list[str], params: NoiseParams) -> Mask:
    """Whether a type may follow another, with a row and a column of no for types that are not known."""
    found: Mask = np.zeros((len(types) + 1, len(types) + 1), bool)
    for before, after in params.grammar.items():
        found[types.index(before), [types.index(name) for name in after]] = True
    return found
