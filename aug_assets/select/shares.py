"""What policies that look beside a day's rows found: a table of shares, as it is stored and read again."""

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from aug_assets import frames, selection
from aug_assets.errors import TooFewParentsError
from aug_assets.rows import ROW_ID
from aug_assets.select import BESIDE, Beside
from aug_assets.spec import Branch, DatasetSpec

SHARES = pa.schema([("branch", pa.string()), (ROW_ID, pa.string()), ("weight", pa.float64())])


def needed(spec: DatasetSpec) -> bool:
    """Whether a branch of the recipe shares its copies out by what is beside the day's rows."""
    return any(branch.select.policy in BESIDE for branch in spec.recipe)


def free(spec: DatasetSpec, source: pa.Table) -> pa.Table:
    """Rows without those of the holdout, which nothing is learned from."""
    if spec.holdout is None:
        return source
    held = spec.holdout.held(frames.to_frame(source, spec)[spec.holdout.by])
    return source.filter(pa.array(~held))


def weighed(spec: DatasetSpec, source: pa.Table, beside: Beside) -> tuple[pa.Table, dict[str, Any]]:
    """Ask the policies.

    Args:
        spec: The dataset.
        source: The day's source rows.
        beside: What there is beside them, without rows of the holdout.

    Returns:
        Rows of ``SHARES``, those of weight 0 left out, and what a person should know, by branch.
    """
    rows = free(spec, source)
    frame = frames.to_frame(rows, spec)
    parts, told = [SHARES.empty_table()], {}
    for branch in spec.recipe:
        policy = BESIDE.get(branch.select.policy)
        if policy is None or frame.empty:
            continue
        try:
            chosen, _ = selection.eligible(spec, branch, frame)
        except TooFewParentsError as error:  # planning the day says so again, or goes on without the branch
            told[branch.name] = {"none": str(error)}
            continue
        if spec.label is not None:  # a row whose label has not come yet is no parent: what is it a copy of?
            chosen = chosen & frame[spec.label].notna().to_numpy(bool)
        found = policy(spec, branch, rows, chosen, beside)
        told[branch.name] = found.figures | ({"none": found.why_none} if found.why_none else {})
        at = np.flatnonzero(found.weight > 0)
        names = [pa.array([branch.name] * len(at), pa.string()), rows.column(ROW_ID).take(pa.array(at))]
        parts.append(pa.table([*names, pa.array(found.weight[at])], schema=SHARES))
    return pa.concat_tables(parts).combine_chunks(), told


def of_branch(shares: pa.Table, branch: Branch, ids: pa.Array) -> NDArray[np.float64]:
    """The stored weight of each row, float64 (n,), by row id; 0 of a row that has none."""
    mine = shares.filter(pc.equal(shares.column("branch"), branch.name)).combine_chunks()
    place = pc.index_in(ids, value_set=mine.column(ROW_ID).combine_chunks())
    weight = mine.column("weight").combine_chunks().take(place)
    return np.asarray(pc.fill_null(weight, 0.0).to_numpy(zero_copy_only=False), np.float64)
