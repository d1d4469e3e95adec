"""A day's accepted candidates in any epoch. Reads nothing; which worker does it, and when, is ``pool``."""

from collections import OrderedDict
from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from aug_assets import gates, recipe, review
from aug_assets.errors import VerdictFailedError
from aug_assets.frames import table_schema
from aug_assets.gates import judge
from aug_assets.lineage.rebuild import Rebuilder
from aug_assets.online.copies import at_epochs, together
from aug_assets.online.days import Day, Days, without
from aug_assets.quarantine import QUARANTINE
from aug_assets.rows import ROW_ID
from aug_assets.spec import DatasetSpec

_REPLAY = "replay"  # holds rows that were stored against their provenance; these were made a moment ago
_ROOM = 8192  # candidates made in one go


class DayMaker:
    """Makes a day's candidates; planning it and fitting its operators is done once.

    Raises:
        VerdictFailedError: The day has no verdict yet, and a blocking gate fails on it.
        AugError: Whatever stops the day offline too.
    """

    def __init__(self, spec: DatasetSpec, day: Day) -> None:
        self._spec, self._day = spec, day
        self.plan = recipe.plan(spec, day.date, day.source, recorded=day.recorded)
        self._real = judge.real_of(spec, day.date, day.source, recorded=day.recorded)
        self._gates = [s for s in spec.gate_steps if s.gate != _REPLAY and gates.get(s.gate).marks]
        if not day.judged:
            self._check()
        self._ready: dict[int, pa.Table] = {}

    def candidates(self, epoch: int) -> pa.Table:
        """The rows that every gate lets through, in canonical order and the stored schema.

        Rows that a person would have to look at are left out: nobody has.
        """
        if epoch not in self._ready:
            room = min(_ROOM, self._spec.rows_at_once)
            self._ready = self._accepted(together(epoch, self.plan.rows, room))
        return self._ready[epoch]

    def _accepted(self, epochs: range) -> dict[int, pa.Table]:
        found: dict[int, list[pa.Table]] = {one: [table_schema(self._spec).empty_table()] for one in epochs}
        for rows, told, at in self._made(epochs):
            seen = self.look(rows, told)
            held = [table.column(ROW_ID).combine_chunks() for table in seen.held]
            good = ~_among(rows, pa.chunked_array(held)) & ~_among(
                rows, self.queued(rows, told).column(ROW_ID)
            )
            for one in np.unique(at[good]).tolist():
                mine = rows.filter(pa.array(good & (at == one)))
                found[one].append(self.remembered(mine))
        return {one: pa.concat_tables(parts).combine_chunks() for one, parts in found.items()}

    def look(self, rows: pa.Table, told: pa.Table) -> judge.Seen:
        """What the gates that mark single rows see in candidates and their provenance.

        Raises:
            VerdictFailedError: A gate could not judge them.
        """
        seen = judge.look(self._real, [(rows, told)], self._day.waived, self._gates)
        self._refuse_broken(seen)
        return seen

    def _made(self, epochs: range) -> Iterator[tuple[pa.Table, pa.Table, NDArray[np.int64]]]:
        """Candidates, their provenance, and the epoch of each, int64 (n,)."""
        plan = at_epochs(self.plan, epochs)
        for branch, start, end in plan.chunks(self._spec.rows_at_once):
            made = recipe.make(plan, branch, start, end)
            if not made.rows.num_rows:
                continue
            planned = made.told.filter(pc.equal(made.told.column("step"), 0)).column(ROW_ID).combine_chunks()
            ids = made.rows.column(ROW_ID).combine_chunks()
            place = pc.index_in(ids, value_set=planned).to_numpy() + start
            told = made.told.filter(pc.is_in(made.told.column(ROW_ID), value_set=ids)).combine_chunks()
            size = len(self.plan.branches[branch].parent)
            yield made.rows, told, (epochs.start + place // size).astype(np.int64)

    def _check(self) -> None:
        """Let the gates judge the day as a whole, as they do before a day is published."""
        self._real.once(_REPLAY, lambda: Rebuilder(self.plan))  # which would plan the day a second time
        batches = [(rows, told) for rows, told, _ in self._made(range(1))]
        planned = sum(rows.num_rows for rows, _ in batches)
        verdict = judge.conclude(self._real, [judge.look(self._real, batches, self._day.waived)], planned)
        if not verdict.passed:
            failed = {j.gate: j.reason for j in verdict.judgements if not j.passed and j.blocking}
            raise VerdictFailedError(
                f"blocking gates failed on {self._day.date}", seen=failed, legal="every blocking gate passed",
                todo="correct source or recipe, or leave the day out",
            )  # fmt: skip

    def _refuse_broken(self, seen: judge.Seen) -> None:
        if seen.broken:
            raise VerdictFailedError(
                f"gates could not judge candidates of {self._day.date}", seen=seen.broken,
                legal="a word of every gate", todo="correct the gate, or leave the day out",
            )  # fmt: skip

    def queued(self, rows: pa.Table, told: pa.Table) -> pa.Table:
        """The candidates that a person would have to look at, in the quarantine schema."""
        if self._spec.review is None:
            return QUARANTINE.empty_table()
        return review.queue(self._spec, rows, told)

    def remembered(self, rows: pa.Table) -> pa.Table:
        """Candidates but for those that are forgotten."""
        return without(self._spec, rows, self._day.erased)


def _among(rows: pa.Table, ids: pa.ChunkedArray) -> NDArray[np.bool_]:
    found = pc.is_in(rows.column(ROW_ID), value_set=ids.combine_chunks())
    return np.asarray(found.to_numpy(zero_copy_only=False), bool)


class Maker:
    """Makes candidates of many days, and keeps the newest used of them planned.

    Args:
        days: Where they come from.
        keep: How many stay planned; each costs several times the memory of its real rows.
    """

    def __init__(self, days: Days, keep: int) -> None:
        self._days, self._keep = days, keep
        self._planned: OrderedDict[str, DayMaker] = OrderedDict()

    def candidates(self, date: str, epoch: int) -> pa.Table:
        """See :meth:`DayMaker.candidates`."""
        made = self._planned.pop(date, None) or DayMaker(self._days.spec, self._days.day(date))
        self._planned[date] = made
        while len(self._planned) > self._keep:
            self._planned.popitem(last=False)
        return made.candidates(epoch)
