"""A day's recipe in motion: which rows become parents, with which keys, and the candidates made from them.

``plan`` looks at the day as a whole once; ``make`` then makes any stretch of candidates alone, on any worker.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from aug_assets import frames, operators
from aug_assets.errors import TooFewParentsError
from aug_assets.keys import U64, RowKeys, row_keys, step_key
from aug_assets.rows import PROVENANCE, ROW_ID, from_hex, order, to_hex
from aug_assets.spec import Branch, DatasetSpec, Select


@dataclass(frozen=True)
class BranchPlan:
    """All that making a branch's candidates needs; picklable.

    Attributes:
        branch: The branch of the recipe.
        parents: The selected rows, in canonical order.
        ids: uint64 (m, 2), their row ids.
        states: What each step's ``fit`` returned.
        parent: int64 (n,), the parent of each candidate, as a position among the selected rows.
        copy: int32 (n,), its copy number.
        skipped: Why the branch makes nothing, where the dataset lets a day go on without it.
    """

    branch: Branch
    parents: pd.DataFrame
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
        """How many candidates the day will have."""
        return sum(len(b.parent) for b in self.branches)

    def chunks(self, size: int) -> list[tuple[int, int, int]]:
        """(branch, first, last) stretches of at most ``size`` candidates that cover the day."""
        return [
            (i, start, min(start + size, len(branch.parent)))
            for i, branch in enumerate(self.branches)
            for start in range(0, len(branch.parent), size)
        ]


def plan(spec: DatasetSpec, day: str, source: pa.Table, source_digest: str = "") -> Plan:
    """Select parents and fit every step.

    Args:
        spec: The dataset.
        day: The partition, as an ISO date.
        source: The day's source rows, as :func:`aug_assets.ingest.ingest` returns them.
        source_digest: The digest of the source rows, for provenance; the commit names the table version.

    Raises:
        TooFewParentsError: A branch has too few rows and its selection does not say ``too_few: skip``.
    """
    frame = frames.to_frame(source, spec)
    ids = from_hex(source.column(ROW_ID))
    ranked = order(ids)
    frame, ids = frame.iloc[ranked].reset_index(drop=True), ids[ranked]
    branches = tuple(_plan_branch(spec, branch, frame, ids) for branch in spec.recipe)
    return Plan(spec, day, source_digest, branches)


def _plan_branch(spec: DatasetSpec, branch: Branch, frame: pd.DataFrame, ids: U64) -> BranchPlan:
    if frame.empty and spec.limits.allow_empty:
        return _nothing(branch, frame, ids, "the day has no rows")
    try:
        chosen, others = _selected(spec, branch, frame)
        parents = frame[chosen].reset_index(drop=True)
        roles = frames.columns_of(spec, parents)
        states = tuple(operators.get(s.operator).fit(parents, roles, s) for s in branch.steps)
    except TooFewParentsError as error:
        if branch.select.too_few == "error":
            raise
        return _nothing(branch, frame, ids, str(error))
    kept = ids[chosen]
    parent, copy = _copies(branch.select, kept, others)
    return BranchPlan(branch, parents, kept, states, parent, copy)


def _nothing(branch: Branch, frame: pd.DataFrame, ids: U64, why: str) -> BranchPlan:
    none = np.zeros(0, np.int64)
    return BranchPlan(branch, frame.iloc[:0], ids[:0], (), none, none.astype(np.int32), why)


def _selected(spec: DatasetSpec, branch: Branch, frame: pd.DataFrame) -> tuple[NDArray[np.bool_], int]:
    """Which rows become parents, and how many others there are."""
    if branch.select.rows == "all":
        return np.ones(len(frame), bool), 0
    counts = frame[spec.label].value_counts(dropna=True).sort_index()
    value = branch.select.label_value
    if len(counts) < 2 or (value is not None and value not in counts.index):  # noqa: PLR2004
        raise TooFewParentsError(
            f"branch {branch.name!r} finds no minority class in {spec.label!r}",
            seen={str(k): int(v) for k, v in counts.items()}, legal="two classes or more",
            todo="check the day's labels, or set `too_few: skip` in the branch's select",
        )  # fmt: skip
    value = counts.idxmin() if value is None else value
    chosen = (frame[spec.label] == value).fillna(value=False).to_numpy(bool)
    return chosen, int((~chosen).sum())


def _copies(select: Select, ids: U64, others: int) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Parent and copy number of every candidate.

    A ratio rarely divides evenly: the parents with the lowest ids make one copy more. Ids are digests, so
    that is a fair draw, and one that a row's neighbours do not change.
    """
    rows = len(ids)
    if select.copies is not None:
        each = np.full(rows, select.copies)
    else:
        wanted = max(0, round((select.ratio or 0.0) * others) - rows)
        each = np.full(rows, wanted // rows)
        each[: wanted % rows] += 1  # rows are in canonical order
    parent = np.repeat(np.arange(rows, dtype=np.int64), each)
    first = np.repeat(np.cumsum(each) - each, each)
    return parent, (np.arange(len(parent)) - first).astype(np.int32)


def make(plan: Plan, branch: int, start: int, end: int) -> tuple[pa.Table, pa.Table]:
    """Candidates ``start`` to ``end`` of a branch, and one provenance row per candidate and step."""
    part = plan.branches[branch]
    parent, copy = part.parent[start:end], part.copy[start:end]
    rows = part.parents.iloc[parent].reset_index(drop=True)
    steps = []
    for number, step in enumerate(part.branch.steps):
        operator = operators.get(step.operator)
        key = step_key(plan.spec.id, plan.day, part.branch.step_digest(number))
        keys = row_keys(key, part.ids, parent, copy)
        drawn = operator.draw(part.states[number], step, keys, rows)
        rows = drawn.rows
        steps.append((operator, keys, drawn))
    ids = to_hex(steps[-1][1].bits)  # a row is named by the key of its last step
    rows = _with_own_keys(plan.spec, rows, ids, steps[-1][1].bits)
    told = pa.concat_tables([_provenance(plan, part, n, ids, *step) for n, step in enumerate(steps)])
    # A candidate's steps lie together, so that where a day is cut into chunks leaves no trace in its order.
    by_row = np.arange(len(told)).reshape(len(steps), -1).T.ravel()
    return frames.to_table(rows, plan.spec, ids, synthetic=True), told.take(pa.array(by_row))


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


def _provenance(
    plan: Plan, part: BranchPlan, step: int, ids: pa.Array, operator: Any, keys: RowKeys, drawn: Any
) -> pa.Table:
    """Who made each row, from whom, by which key, with which draw."""
    rows, width = drawn.parents.shape
    parents = to_hex(part.ids[drawn.parents.ravel()])
    offsets = pa.array(np.arange(rows + 1, dtype=np.int32) * width)
    numbers = dict(drawn.values)
    values = np.column_stack([*numbers.values()] or [np.empty((rows, 0))])
    labels = pa.array(np.tile(np.array(list(numbers), dtype=object), rows), pa.string())
    counts = pa.array(np.arange(rows + 1, dtype=np.int32) * values.shape[1])

    def same(value: Any) -> pa.Array:
        return pa.repeat(pa.scalar(value), rows)

    arrays = [
        ids, same(part.branch.name), same(step), same(operator.name), same(operator.version),
        to_hex(keys.bits), pa.ListArray.from_arrays(offsets, parents),
        pa.MapArray.from_arrays(counts, labels, pa.array(values.ravel())), pa.array(keys.copy),
        same(plan.spec.recipe_digest), same(plan.source_digest),
    ]  # fmt: skip
    cast = [a.cast(f.type) for a, f in zip(arrays, PROVENANCE, strict=True)]
    return pa.Table.from_arrays(cast, schema=PROVENANCE)
