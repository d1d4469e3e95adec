"""Fitted days of a lake, the newest used kept, and candidates of single parents. Knows nothing of HTTP."""

import time
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from aug_assets import loader, recipe
from aug_assets.frames import table_schema
from aug_assets.online.copies import at_epochs
from aug_assets.online.lake import LakeDays, published_days
from aug_assets.online.maker import DayMaker
from aug_assets.online.window import window
from aug_assets.quarantine import QUARANTINE
from aug_assets.rows import PROVENANCE, ROW_ID, to_hex
from aug_assets.service.asks import Answer, Ask
from aug_assets.spec import DatasetSpec

_NONE = np.empty(0, np.int64)
Place = dict[str, list[tuple[int, int]]]  # row id to (branch, position among its parents)


class Engine:
    """Answers asks; to be used by one thread at a time. A dataset's file is read once.

    Args:
        lake: Address or ``LakeResource``; by default that of the environment.
        keep: How many fitted days stay in memory.
        fresh: Seconds until the lake is asked again what a day is made of, and who is forgotten.
    """

    def __init__(self, lake: Any = None, keep: int = 8, fresh: float = 10.0) -> None:
        self._lake, self._keep, self._fresh = lake, keep, fresh
        self._fitted: OrderedDict[tuple[str, str], _Fitted] = OrderedDict()
        self._specs: dict[str, DatasetSpec] = {}
        self.hits = self.misses = 0

    def answer(self, asks: Sequence[Ask]) -> list[Answer]:
        """Answer asks that are alike in dataset, day and epoch, in one go.

        Raises:
            AugError: Whatever keeps the day from being used; see :class:`aug_assets.online.AugmentedStream`.
        """
        maker, places = self._day(asks[0].dataset, asks[0].day)
        wanted = sorted({parent for ask in asks for parent in ask.parents} & places.keys())
        found = _ByParent(self._made(maker, places, wanted, asks[0].epoch), wanted)
        return [found.answer(ask) for ask in asks]

    def _day(self, dataset: str, day: str) -> tuple[DayMaker, Place]:
        if dataset not in self._specs:  # reading a dataset's file takes longer than making a row
            self._specs[dataset] = loader.get(dataset)
        spec = self._specs[dataset]
        name = (spec.digest, f"{spec.id} {day}")
        known, now = self._fitted.get(name), time.monotonic()
        if known is None or now - known.seen >= self._fresh:
            days = published_days(spec, window(spec, day), self._lake)
            known = known._replace(seen=now) if known and known.made_of(days) else self._fit(spec, days, day)
        else:
            self.hits += 1
        self._fitted[name] = known
        self._fitted.move_to_end(name)
        while len(self._fitted) > self._keep:
            self._fitted.popitem(last=False)
        return known.maker, known.places

    def _fit(self, spec: DatasetSpec, days: LakeDays, day: str) -> "_Fitted":
        self.misses += 1
        maker = DayMaker(spec, days.day(day))
        return _Fitted(maker, _places(maker.plan), days, time.monotonic())

    def _made(self, maker: DayMaker, places: Place, wanted: Sequence[str], epoch: int) -> "_Made":
        plan = at_epochs(maker.plan, [epoch])
        parts = [_nothing(maker.plan.spec)]
        for number, part in enumerate(plan.branches):
            mine = [at for one in wanted for branch, at in places[one] if branch == number]
            chosen = np.isin(part.parent, mine)
            if not chosen.any():
                continue
            few = replace(part, parent=part.parent[chosen], copy=part.copy[chosen])
            alone = replace(plan, branches=(few,))
            made = recipe.make(alone, 0, 0, len(few.parent))
            parts.append(_judged(maker, made))
        return _Made(*(pa.concat_tables(tables) for tables in zip(*parts, strict=True)))


class _Fitted(NamedTuple):
    maker: DayMaker
    places: Place
    days: LakeDays
    seen: float

    def made_of(self, days: LakeDays) -> bool:
        old = self.days
        return (old.pins, old.waived, old.erased) == (days.pins, days.waived, days.erased)


class _Made(NamedTuple):
    rows: pa.Table
    refused: pa.Table
    told: pa.Table


def _nothing(spec: DatasetSpec) -> _Made:
    return _Made(table_schema(spec).empty_table(), QUARANTINE.empty_table(), PROVENANCE.empty_table())


def _judged(maker: DayMaker, made: recipe.Made) -> _Made:
    """Gates of single rows, as for fresh epochs of a stream; those of whole days have judged epoch 0."""
    if not made.rows.num_rows:
        return _Made(made.rows, made.refused, made.told)
    kept = pc.is_in(made.told.column(ROW_ID), value_set=made.rows.column(ROW_ID).combine_chunks())
    told = made.told.filter(kept).combine_chunks()
    seen = maker.look(made.rows, told)
    held = pa.concat_tables([QUARANTINE.empty_table(), *seen.held])
    passed = _less(made.rows, held)
    queued = maker.queued(passed, told)  # nobody has looked at them
    known = maker.remembered(made.rows)
    refused = pa.concat_tables([made.refused, held, queued])
    forgotten = _less(made.rows, known)
    return _Made(_less(known, refused), _less(refused, forgotten), _less(made.told, forgotten))


def _less(table: pa.Table, others: pa.Table) -> pa.Table:
    ids = others.column(ROW_ID).combine_chunks()
    return table.filter(pc.invert(pc.is_in(table.column(ROW_ID), value_set=ids)))


def _places(plan: recipe.Plan) -> Place:
    found: Place = {}
    for number, part in enumerate(plan.branches):
        used = np.unique(part.parent)
        for at, name in zip(used.tolist(), to_hex(part.ids[used]).to_pylist(), strict=True):
            found.setdefault(name, []).append((number, at))
    return found


class _ByParent:
    """What was made, cut for asks: by the first parent, of which a row is a copy."""

    def __init__(self, made: _Made, wanted: Sequence[str]) -> None:
        own = made.told.filter(pc.equal(made.told.column("step"), 0)).combine_chunks()
        first = pc.list_element(own.column("parents"), 0) if len(own) else pa.array([], pa.string())
        code = pc.index_in(first, value_set=pa.array(wanted, pa.string())).to_numpy(zero_copy_only=False)
        self._ids, self._code = own.column(ROW_ID).combine_chunks(), code
        self._number = {name: at for at, name in enumerate(wanted)}
        self._made_of = set(code.tolist())
        self._parts = [self._cut(table.combine_chunks()) for table in made]

    def _cut(self, table: pa.Table) -> tuple[pa.Table, list[NDArray[np.int64]]]:
        """A table, and for each wanted parent the places of its rows."""
        at = pc.index_in(table.column(ROW_ID), value_set=self._ids).to_numpy()
        code = self._code[at]
        order = np.argsort(code, kind="stable")
        edges = np.searchsorted(code[order], np.arange(1, len(self._number)))
        return table, np.split(order, edges)

    def answer(self, ask: Ask) -> Answer:
        numbers = sorted({self._number[one] for one in ask.parents if one in self._number})
        good, bad, story = (
            table.take(np.sort(np.concatenate([_NONE, *(places[n] for n in numbers)])))
            for table, places in self._parts
        )
        alone = [one for one in ask.parents if self._number.get(one) not in self._made_of]
        return Answer(good, bad, story, tuple(alone))
