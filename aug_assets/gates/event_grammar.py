"""Gate: the events of a copy follow each other as events can: nothing is bought that was not in the cart.

``needs`` says which events another event of the same item must precede in the session, ``allowed`` which may
directly follow which. What the parent breaks too, as often, is not the copy's fault: its cart may have been
filled the day before. Source: conformance checking, van der Aalst, "Process Mining", 2nd edition, Springer
2016.

Not for grammars that look further back than the session.
"""

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field

from aug_assets.gates import base, visits
from aug_assets.operators.sequence.ragged import Ints, Mask

_NEEDS: dict[str, tuple[str, ...]] = {"purchase": ("add_to_cart", "cart")}


class EventGrammarParams(visits.VisitParams):
    """Settings of the ``event_grammar`` gate."""

    gate: Literal["event_grammar"] = "event_grammar"
    event: str | None = Field(
        None, description="Column of event types; else what the recipe calls so, else one that lists them"
    )
    needs: dict[str, tuple[str, ...]] = Field(
        default_factory=lambda: dict(_NEEDS),
        description="Event type to those of which the same item must have had one before, in the session; "
        "not looked at where the dataset has none of them",
    )
    allowed: dict[str, tuple[str, ...]] = Field(
        default_factory=dict,
        description="Event type to those that may directly follow it; one that is not listed binds nothing",
    )


class EventGrammar(visits.VisitGate):
    """No copy does what no visitor can do."""

    name: ClassVar = "event_grammar"
    Params: ClassVar = EventGrammarParams
    told: ClassVar = "have events in an order in which their parent has none"

    @classmethod
    def blind(cls, real: Any, params: EventGrammarParams) -> str:
        """See :class:`aug_assets.gates.visits.VisitGate`."""
        if not _column(real, params):
            return "no column says what kind of event it was; name one with `event`"
        return "" if _needs(real, params) or params.allowed else "the dataset has no events that need others"

    @classmethod
    def broken(cls, real: Any, params: EventGrammarParams, batch: base.Batch) -> dict[str, Mask]:
        """See :class:`aug_assets.gates.visits.VisitGate`."""
        item, event = visits.item_of(real, params), _column(real, params)
        pairs = visits.pairs(real, batch, [item, event])
        needs, allowed, types = _needs(real, params), params.allowed, _types(params)
        both = list(zip((pairs.new, pairs.old), pairs.codes(item), strict=True))
        kinds = [visits.known(events.flat[event], pa.array(types, pa.string())) for events, _ in both]
        gaps = [_gaps(*of, kind, needs, types) for of, kind in zip(both, kinds, strict=True)]
        steps = [_steps(events, kind, allowed, types) for (events, _), kind in zip(both, kinds, strict=True)]
        return {
            "missing_step": visits.beyond(gaps[0], gaps[1], len(batch)),
            "event_order": visits.beyond(steps[0], steps[1], len(batch)),
        }


def _types(params: EventGrammarParams) -> list[str]:
    listed = [*params.needs.items(), *params.allowed.items()]
    return sorted({name for first, others in listed for name in (first, *others)})


def _column(real: Any, params: EventGrammarParams) -> str:
    types = {*params.needs, *params.allowed}
    of_events = {name: real.spec.columns[name].values or () for name in real.spec.kinds["each"]}
    listing = (name for name, values in of_events.items() if types.intersection(values))
    return params.event or visits.in_recipe(real, "event") or next(listing, "")


def _needs(real: Any, params: EventGrammarParams) -> Mapping[str, tuple[str, ...]]:
    """The needs of which the dataset has some event."""
    name = _column(real, params)
    seen = real.once(
        f"event_grammar:{name}", lambda: set(pc.unique(visits.events(real, [name]).flat[name]).to_pylist())
    )
    there = {*seen, *(real.spec.columns[name].values or ())}
    return {event: before for event, before in params.needs.items() if there.intersection(before)}


def _gaps(
    events: visits.Events, item: Ints, kind: Ints, needs: Mapping[str, tuple[str, ...]], types: list[str]
) -> tuple[Ints, Ints]:
    """The session, and item and type, of each event that lacks what must precede it."""
    pair = events.lists.row * (1 + item.max(initial=0)) + item
    rows, codes = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    for name, before in needs.items():
        enough = np.flatnonzero(np.isin(kind, [types.index(b) for b in before]))
        had, first = np.unique(pair[enough], return_index=True)
        needing = np.flatnonzero(kind == types.index(name))
        at = np.searchsorted(had, pair[needing])
        since = np.append(enough[first], events.lists.flat)[at]
        fits = np.append(had, -1)[at] == pair[needing]
        lacking = needing[~fits | (since > needing)]
        rows.append(events.lists.row[lacking])
        codes.append(item[lacking] * len(types) + types.index(name))
    return np.concatenate(rows), np.concatenate(codes)


def _steps(
    events: visits.Events, kind: Ints, allowed: Mapping[str, tuple[str, ...]], types: list[str]
) -> tuple[Ints, Ints]:
    """The session and the two types of each step that is not allowed."""
    legal = np.ones((len(types) + 1, len(types) + 1), bool)  # the last line is of all other types
    for name, after in allowed.items():
        legal[types.index(name)] = False
        legal[types.index(name), [types.index(a) for a in after]] = True
    at = events.follows
    bad = at[~legal[kind[at], kind[at + 1]]]
    return events.lists.row[bad], (kind[bad] + 1) * (len(types) + 1) + kind[bad + 1] + 1
