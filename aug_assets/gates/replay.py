"""Gate: candidates can be made again from their provenance. A row that was put in or altered cannot.

Every candidate must name a branch, a parent and a copy of the day's plan, and bear the id that follows from
them; of about ``sample`` candidates, chosen by their ids, the values are made again and compared. Source: the
platform's own; it rests on rows that follow from keys.

Not for judging a recipe: a bad recipe replays as well as a good one.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Literal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from pydantic import Field

from aug_assets.gates import base
from aug_assets.rows import ROW_ID, from_hex, to_hex


class ReplayParams(base.Params):
    """Settings of the ``replay`` gate."""

    gate: Literal["replay"] = "replay"
    sample: int = Field(1000, ge=1, description="About how many candidates are made again")


class Replay(base.Gate):
    """Candidates are what their provenance says, value by value."""

    name: ClassVar = "replay"
    Params: ClassVar = ReplayParams
    default: ClassVar = False  # it plans the day a second time

    @classmethod
    def observe(cls, real: Any, params: ReplayParams, batch: base.Batch) -> base.Observation:
        """Rows that are not what they are told to be; see :class:`aug_assets.gates.base.Gate`."""
        from aug_assets import recipe  # which imports the spec, which lists the gates

        plan = real.once("replay:plan", lambda: recipe.plan(real.spec, real.day, real.source))
        branch, place = _places(real, plan, batch)
        unknown = place < 0
        chosen = np.flatnonzero(~unknown & _chosen(batch.ids, params.sample / max(plan.rows, 1)))
        differ = np.zeros(len(batch), bool)
        for number in np.unique(branch[chosen]):
            rows = chosen[branch[chosen] == number]
            differ[rows] = _differ(plan, int(number), place[rows], batch, rows)
        failures = {"replay_unknown": unknown, "replay_mismatch": differ}
        return base.Observation(failures, (int((unknown | differ).sum()), len(chosen), len(batch)))

    @classmethod
    def judge(
        cls,
        real: Any,
        params: ReplayParams,
        evidence: Sequence[tuple[int, int, int]],
    ) -> base.Judgement:
        """None may differ; see :class:`aug_assets.gates.base.Gate`."""
        bad, again, total = map(sum, zip(*evidence, strict=True))
        reason = (
            f"{bad:,} of {total:,} candidates do not follow from their provenance; "
            f"all ids and the values of {again:,} were made again"
        )
        details = {"rows": float(bad), "made again": float(again)}
        return base.Judgement(params.gate, bad == 0, params.blocking, bad / total, 0.0, reason, details)


@dataclass(frozen=True)
class _Index:
    """Where a branch's candidates lie: by the hexadecimal id of their parent, and by copy."""

    parents: pa.Array
    codes: NDArray[np.int64]  # of (parent, copy), ascending
    places: NDArray[np.int64]
    ids: NDArray[np.uint64]  # (n, 2), by place


def _index(plan: Any, number: int) -> _Index:
    from aug_assets import operators
    from aug_assets.keys import row_keys, step_key

    part = plan.branches[number]
    codes = part.parent << 32 | part.copy
    order = np.argsort(codes, kind="stable")
    drawing = sum(operators.get(step.operator).kind != "filter" for step in part.branch.steps)
    key = step_key(plan.spec.id, plan.day, part.branch.step_digest(drawing - 1))
    return _Index(to_hex(part.ids), codes[order], order, row_keys(key, part.ids, part.parent, part.copy).bits)


def _places(real: Any, plan: Any, batch: base.Batch) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Branch and place in it of each candidate, by its provenance; place -1 for what the plan has not."""
    branch, place = np.zeros(len(batch), np.int64), np.full(len(batch), -1, np.int64)
    first = batch.told.filter(pc.equal(batch.told.column("step"), 0)).combine_chunks()
    row = pc.index_in(first.column(ROW_ID), value_set=batch.ids)
    true = pc.equal(first.column("recipe_digest"), real.spec.recipe_digest)
    ids = from_hex(batch.ids)
    for number, part in enumerate(plan.branches):
        if len(part.parent) == 0:
            continue
        index = real.once(f"replay:{number}", lambda number=number: _index(plan, number))
        mine = pc.and_(pc.and_(true, row.is_valid()), pc.equal(first.column("branch"), part.branch.name))
        told = first.filter(mine)
        rows = row.filter(mine).to_numpy()
        named = pc.index_in(pc.list_element(told.column("parents"), 0), value_set=index.parents)
        parent = pc.fill_null(named, -1).to_numpy().astype(np.int64)
        code = parent << 32 | told.column("copy").to_numpy().astype(np.int64)
        at = np.minimum(index.codes.searchsorted(code), len(index.codes) - 1)
        found = index.places[at]
        right = (index.codes[at] == code) & (index.ids[found] == ids[rows]).all(axis=1)
        branch[rows[right]], place[rows[right]] = number, found[right]
    return branch, place


def _chosen(ids: pa.Array, share: float) -> NDArray[np.bool_]:
    """A fair draw of this share of the rows, each by its own id alone."""
    return np.asarray(from_hex(ids)[:, 0] < min(share, 1.0) * 2.0**64)


def _differ(
    plan: Any, number: int, places: NDArray[np.int64], batch: base.Batch, rows: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Which rows differ, in whatever column, from what is made again at their places."""
    from aug_assets import recipe
    from aug_assets.frames import to_frame

    part = plan.branches[number]
    few = replace(part, parent=part.parent[places], copy=part.copy[places])
    alone = replace(plan, branches=(few,))
    made = recipe.make(alone, 0, 0, len(places)).rows
    at = pc.index_in(batch.ids.take(pa.array(rows)), value_set=made.column(ROW_ID).combine_chunks())
    kept = at.is_valid().to_numpy(zero_copy_only=False)  # a filter refused the others, so they were put in
    again = to_frame(made, plan.spec).iloc[at.drop_null().to_numpy()].reset_index(drop=True)
    given = batch.rows.iloc[rows[kept]].reset_index(drop=True)
    differ: NDArray[np.bool_] = ~kept
    differ[kept] = np.any([_unlike(again[name], given[name]) for name in plan.spec.columns], axis=0)
    return differ


def _unlike(one: pd.Series, other: pd.Series) -> NDArray[np.bool_]:
    null = one.isna().to_numpy() | other.isna().to_numpy()
    both = one.isna().to_numpy() & other.isna().to_numpy()
    alike = (one == other).fillna(value=False).to_numpy(bool)
    return np.asarray(~np.where(null, both, alike), bool)
