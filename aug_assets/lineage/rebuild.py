"""Made rows made again, each alone, from what provenance tells of them and the day's real rows."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from aug_assets import operators, recipe
from aug_assets.frames import to_frame
from aug_assets.keys import row_keys, step_key
from aug_assets.rows import ROW_ID, from_hex, to_hex


@dataclass(frozen=True)
class _Index:
    """Where a branch's candidates lie: by the hexadecimal id of their parent, and by copy."""

    parents: pa.Array
    codes: NDArray[np.int64]  # of (parent, copy), ascending
    places: NDArray[np.int64]
    ids: NDArray[np.uint64]  # (n, 2), by place


class Rebuilder:
    """Makes rows of a day again.

    Args:
        plan: The day's plan, made anew from its real rows: nothing that a run left behind plays a part.
    """

    def __init__(self, plan: recipe.Plan) -> None:
        self.plan = plan

    @cached_property
    def _indices(self) -> dict[int, _Index]:
        return {n: self._index(n) for n, part in enumerate(self.plan.branches) if len(part.parent)}

    def _index(self, number: int) -> _Index:
        part = self.plan.branches[number]
        codes = part.parent << 32 | part.copy
        order = np.argsort(codes, kind="stable")
        drawing = sum(operators.get(step.operator).kind != "filter" for step in part.branch.steps)
        key = step_key(self.plan.spec.id, self.plan.day, part.branch.step_digest(drawing - 1))
        ids = row_keys(key, part.ids, part.parent, part.copy).bits
        return _Index(to_hex(part.ids), codes[order], order, ids)

    def places(self, ids: pa.Array, told: pa.Table) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Branch of each row and its place in it, by its provenance; place -1 for what the plan has not.

        Args:
            ids: n row ids.
            told: Their provenance, in the schema ``aug_assets.rows.PROVENANCE``.

        Returns:
            int64 (n,) each.
        """
        branch, place = np.zeros(len(ids), np.int64), np.full(len(ids), -1, np.int64)
        first = told.filter(pc.equal(told.column("step"), 0)).combine_chunks()
        row = pc.index_in(first.column(ROW_ID), value_set=ids)
        true = pc.equal(first.column("recipe_digest"), self.plan.spec.recipe_digest)
        bits = from_hex(ids)
        for number, index in self._indices.items():
            named = pc.equal(first.column("branch"), self.plan.branches[number].branch.name)
            mine = pc.and_(pc.and_(true, row.is_valid()), named)
            story, rows = first.filter(mine), row.filter(mine).to_numpy()
            mother = pc.index_in(pc.list_element(story.column("parents"), 0), value_set=index.parents)
            code = pc.fill_null(mother, -1).to_numpy().astype(np.int64) << 32
            code |= story.column("copy").to_numpy().astype(np.int64)
            at = np.minimum(index.codes.searchsorted(code), len(index.codes) - 1)
            found = index.places[at]
            right = (index.codes[at] == code) & (index.ids[found] == bits[rows]).all(axis=1)
            branch[rows[right]], place[rows[right]] = number, found[right]
        return branch, place

    def make(self, number: int, places: NDArray[np.int64]) -> recipe.Made:
        """The rows at some places of a branch, and no others."""
        part = self.plan.branches[number]
        few = replace(part, parent=part.parent[places], copy=part.copy[places])
        return recipe.make(replace(self.plan, branches=(few,)), 0, 0, len(places))

    def differ(self, rows: pd.DataFrame, ids: pa.Array, told: pa.Table) -> NDArray[np.bool_]:
        """Which rows are not, in whatever column, what they are when made again; bool (n,).

        Args:
            rows: n rows with the dataset's columns.
            ids: Their row ids.
            told: Their provenance.
        """
        branch, place = self.places(ids, told)
        differ = place < 0
        for number in np.unique(branch[~differ]):
            mine = np.flatnonzero((branch == number) & (place >= 0))
            made = self.make(int(number), place[mine]).rows
            at = pc.index_in(ids.take(pa.array(mine)), value_set=made.column(ROW_ID).combine_chunks())
            kept = at.is_valid().to_numpy(zero_copy_only=False)  # a filter refused the others
            again = to_frame(made, self.plan.spec).iloc[at.drop_null().to_numpy()].reset_index(drop=True)
            given = rows.iloc[mine[kept]].reset_index(drop=True)
            differ[mine[~kept]] = True
            unlike = [_unlike(again[name], given[name]) for name in self.plan.spec.columns]
            differ[mine[kept]] = np.any(unlike, axis=0)
        return differ


def _unlike(one: pd.Series, other: pd.Series) -> NDArray[np.bool_]:
    null = one.isna().to_numpy() | other.isna().to_numpy()
    both = one.isna().to_numpy() & other.isna().to_numpy()
    if one.dtype == object or isinstance(one.dtype, pd.ArrowDtype):  # pictures, boxes, lists of events
        pairs = zip(one.to_list(), other.to_list(), strict=True)
        alike = np.array([a is b or _same(a, b) for a, b in pairs], bool)
    else:
        alike = (one == other).fillna(value=False).to_numpy(bool)
    return np.asarray(~np.where(null, both, alike), bool)


def _same(one: object, other: object) -> bool:
    return repr(one) == repr(other) if isinstance(one, list) else bool(one == other)
