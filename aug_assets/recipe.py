"""A day's recipe in motion: which rows become parents, with which keys, and the candidates made from them.

``plan`` looks at the day as a whole once; ``make`` then makes any stretch of candidates alone, on any worker.
"""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from aug_assets import frames, operators, selection, ties
from aug_assets.errors import TooFewParentsError
from aug_assets.keys import U64, RowKeys, row_keys, step_key
from aug_assets.operators.base import Drawn
from aug_assets.provenance import record, whole
from aug_assets.quarantine import quarantined
from aug_assets.recorded import Recorded
from aug_assets.rows import ROW_ID, from_hex, order, to_hex
from aug_assets.select import BESIDE, Beside, shares
from aug_assets.spec import Branch, DatasetSpec

_NOTHING = Recorded()


@dataclass(frozen=True)
class BranchPlan:
    """All that making a branch's candidates needs; picklable.

    Attributes:
        branch: The branch of the recipe.
        parents: The selected rows, in canonical order.
        loose: The same rows as operators see them, see :mod:`aug_assets.ties`.
        ids: uint64 (m, 2), their row ids.
        states: What each step's ``fit`` returned.
        parent: int64 (n,), the parent of each candidate, as a position among the selected rows.
        copy: int32 (n,), its copy number.
        skipped: Why the branch makes nothing, where the dataset lets a day go on without it.
    """

    branch: Branch
    parents: pd.DataFrame
    loose: pd.DataFrame
    ids: U64
    states: tuple[Any, ...]
    parent: NDArray[np.int64]
    copy: NDArray[np.int32]
    skipped: str = ""


@dataclass(frozen=True)
class Plan:
    """A day's branches and where their candidates lie in the day's numbering."""

    spec: DatasetSpec
    day: str
    source_digest: str
    branches: tuple[BranchPlan, ...]

    @property
    def rows(self) -> int:
        """How many rows the day's branches will make, before any is refused."""
        return sum(len(b.parent) for b in self.branches)

    def chunks(self, size: int) -> list[tuple[int, int, int]]:
        """(branch, first, last) stretches of at most ``size`` candidates that cover the day."""
        return [
            (i, start, min(start + size, len(branch.parent)))
            for i, branch in enumerate(self.branches)
            for start in range(0, len(branch.parent), size)
        ]


@dataclass(frozen=True)
class Made:
    """What one stretch of a branch came to.

    Attributes:
        rows: The candidates, in the stored schema.
        record: One row of provenance as it is stored per made row and step, refused rows included.
        refused: Rows that a filter refused, or a step could not make, in the quarantine schema.
    """

    rows: pa.Table
    record: pa.Table
    refused: pa.Table

    @cached_property
    def told(self) -> pa.Table:
        """The provenance in the schema ``PROVENANCE``."""
        return whole(self.record)


def plan(
    spec: DatasetSpec, day: str, source: pa.Table, source_digest: str = "", recorded: Recorded = _NOTHING
) -> Plan:
    """Select parents and fit every step. Rows of the holdout never become parents, nor does a fit see them.

    Args:
        spec: The dataset.
        day: The partition, as an ISO date.
        source: The day's source rows, as :func:`aug_assets.ingest.ingest` returns them.
        source_digest: The digest of the source rows, for provenance; the commit names the table version.
        recorded: What else a run made the day's candidates of. Without stored shares the policies that look
            beside the day's rows see nothing there.

    Raises:
        TooFewParentsError: A branch has too few rows and its selection does not say ``too_few: skip``.
    """
    frame = frames.to_frame(source, spec)
    ids = from_hex(source.column(ROW_ID))
    ranked = order(ids)
    if spec.holdout is not None:
        ranked = ranked[~spec.holdout.held(frame[spec.holdout.by])[ranked]]
    frame, ids = frame.iloc[ranked].reset_index(drop=True), ids[ranked]
    if recorded.shares is None and shares.needed(spec):
        recorded = replace(recorded, shares=shares.weighed(spec, source, Beside())[0])
    branches = tuple(_plan_branch(spec, branch, frame, ids, recorded) for branch in spec.recipe)
    return Plan(spec, day, source_digest, branches)


def _plan_branch(
    spec: DatasetSpec, branch: Branch, frame: pd.DataFrame, ids: U64, recorded: Recorded
) -> BranchPlan:
    if frame.empty and spec.limits.allow_empty:
        return _nothing(branch, frame, ids, "the day has no rows")
    try:
        found = selection.select(spec, branch, frame, _share(branch, ids, recorded))
        parents = frame[found.chosen].reset_index(drop=True)
        others = frame[found.others].reset_index(drop=True)
        loose = ties.loosen(spec, parents)
        states = tuple(_fit(spec, step, parents, loose, others, recorded.replies) for step in branch.steps)
    except TooFewParentsError as error:
        if branch.select.too_few == "error":
            raise
        return _nothing(branch, frame, ids, str(error))
    kept = ids[found.chosen]
    parent, copy = selection.copies(branch.select, kept, len(others), found.weight)
    return BranchPlan(branch, parents, loose, kept, states, parent, copy)


def _share(branch: Branch, ids: U64, recorded: Recorded) -> NDArray[np.float64] | None:
    if branch.select.policy not in BESIDE or recorded.shares is None:
        return None
    return shares.of_branch(recorded.shares, branch, to_hex(ids))


def _fit(
    spec: DatasetSpec,
    step: Any,
    parents: pd.DataFrame,
    loose: pd.DataFrame,
    others: pd.DataFrame,
    replies: pa.Table | None,
) -> Any:
    """A step's state: operators see loosened rows, filters the rows as they will be stored."""
    operator: Any = operators.get(step.operator)
    if operator.kind == "filter":
        return operator.fit(parents, others, frames.columns_of(spec, parents), step)
    state = operator.fit(loose, ties.roles(spec, loose), step)
    return operator.answered(state, replies) if operator.asks and replies is not None else state


def _nothing(branch: Branch, frame: pd.DataFrame, ids: U64, why: str) -> BranchPlan:
    none = np.zeros(0, np.int64)
    return BranchPlan(branch, frame.iloc[:0], frame.iloc[:0], ids[:0], (), none, none.astype(np.int32), why)


def asks(spec: DatasetSpec) -> bool:
    """Whether a step of the recipe needs replies before rows can be made."""
    return any(_asks(step) for branch in spec.recipe for step in branch.steps)


def asked(plan: Plan) -> list[tuple[BranchPlan, list[Any]]]:
    """The branches that begin with a step that asks, each with the questions of all its candidates."""
    found = []
    for part in plan.branches:
        step = part.branch.steps[0]
        if _asks(step) and len(part.parent):
            keys = _keys(plan, part, part.branch.step_digest(0), part.parent, part.copy)
            rows = part.loose.iloc[part.parent].reset_index(drop=True)
            operator: Any = operators.get(step.operator)
            found.append((part, operator.requests(part.states[0], step, keys, rows)))
    return found


def _asks(step: Any) -> bool:
    operator: Any = operators.get(step.operator)
    return operator.kind != "filter" and bool(operator.asks)


def make(plan: Plan, branch: int, start: int, end: int) -> Made:
    """Make the rows ``start`` to ``end`` of a branch."""
    part = plan.branches[branch]
    parent, copy = part.parent[start:end], part.copy[start:end]
    rows, steps, filled = _drawn(plan, part, parent, copy)
    last = len(steps) - 1  # a row is named by the key of its last drawing step
    bits = steps[last][1].bits
    ids = to_hex(bits)
    rows = _with_own_keys(plan.spec, rows, ids, bits)
    steps[last] = (*steps[last][:2], replace(steps[last][2], parents=_joined(steps[last][2].parents, filled)))
    masks, judged = _judged(plan, part, rows, parent, copy, len(steps))
    masks |= {reason: mask for _, _, drawn in steps for reason, mask in drawn.refused.items()}
    steps += judged
    told = pa.concat_tables([_told(plan, part, n, last, *step) for n, step in enumerate(steps)])
    # A candidate's steps lie together, so that where a day is cut into chunks leaves no trace in its order.
    by_row = np.arange(len(told)).reshape(len(steps), -1).T.ravel()
    stored = frames.to_table(rows, plan.spec, ids, synthetic=True)
    lost = np.any(list(masks.values()), axis=0) if masks else np.zeros(len(rows), bool)
    refused = quarantined(
        ids.filter(pa.array(lost)), {r: m[lost] for r, m in masks.items()}, stored.filter(lost)
    )
    return Made(stored.filter(~lost), told.take(pa.array(by_row)), refused)


def _drawn(
    plan: Plan, part: BranchPlan, parent: NDArray[np.int64], copy: NDArray[np.int32]
) -> tuple[pd.DataFrame, list[tuple[Any, RowKeys, Drawn]], list[NDArray[np.int64]]]:
    """Rows through all drawing steps, settled; each step's keys and draws; who gave settled values."""
    rows = part.loose.iloc[parent].reset_index(drop=True)
    steps: list[tuple[Any, RowKeys, Drawn]] = []
    for number, step in enumerate(part.branch.steps):
        operator: Any = operators.get(step.operator)
        if operator.kind == "filter":
            break
        keys = _keys(plan, part, part.branch.step_digest(number), parent, copy)
        drawn = operator.draw(part.states[number], step, keys, rows)
        rows = drawn.rows
        steps.append((operator, keys, drawn))
    made = part.branch.step_digest(len(steps) - 1)

    def words(column: str) -> U64:
        return _keys(plan, part, f"{made}/settle/{column}", parent, copy).words()[:, 0]

    rows, filled = ties.settle(plan.spec, rows, part.loose, words)
    return rows, steps, filled


def _keys(
    plan: Plan, part: BranchPlan, digest: str, parent: NDArray[np.int64], copy: NDArray[np.int32]
) -> RowKeys:
    return row_keys(step_key(plan.spec.id, plan.day, digest), part.ids, parent, copy)


def _joined(parents: NDArray[np.int64], more: list[NDArray[np.int64]]) -> NDArray[np.int64]:
    return np.column_stack([parents, *more]) if more else parents


def _judged(
    plan: Plan,
    part: BranchPlan,
    rows: pd.DataFrame,
    parent: NDArray[np.int64],
    copy: NDArray[np.int32],
    first: int,
) -> tuple[dict[str, NDArray[np.bool_]], list[tuple[Any, RowKeys, Drawn]]]:
    """What the filters at the end of the chain refuse, by their names, and their figures for provenance."""
    masks, steps = {}, []
    for number, step in enumerate(part.branch.steps[first:], first):
        operator: Any = operators.get(step.operator)
        kept, figures = operator.judge(part.states[number], step, rows)
        masks[operator.name] = ~kept
        keys = _keys(plan, part, part.branch.step_digest(number), parent, copy)
        steps.append((operator, keys, Drawn(rows, parent[:, None], figures)))
    return masks, steps


def _with_own_keys(spec: DatasetSpec, rows: pd.DataFrame, ids: pa.Array, bits: U64) -> pd.DataFrame:
    """Key columns that can be no real row's: text begins with ``syn-``, numbers are negative."""
    for name in spec.key:
        dtype = rows[name].dtype
        if spec.columns[name].type in ("int32", "int64"):
            width = 63 if spec.columns[name].type == "int64" else 31
            values = -1 - (bits[:, 0] >> np.uint64(65 - width)).astype(np.int64)
            rows[name] = pd.Series(values).astype(dtype)
        elif spec.columns[name].type in ("string", "category"):
            rows[name] = pd.Series(["syn-" + i for i in ids.to_pylist()], dtype=dtype)
    return rows


def _told(
    plan: Plan, part: BranchPlan, step: int, last: int, operator: Any, keys: RowKeys, drawn: Drawn
) -> pa.Table:
    def key(number: int) -> U64:
        return step_key(plan.spec.id, plan.day, part.branch.step_digest(number))

    same = {
        "branch": part.branch.name,
        "step": step,
        "operator": operator.name,
        "operator_version": operator.version,
        "recipe_digest": plan.spec.recipe_digest,
        "source_digest": plan.source_digest,
        "key": key(step),
        ROW_ID: key(last),
    }
    return record(part.ids, keys, drawn, same)
