"""A few source rows beside the copies that the recipe would make of them. Nothing is written."""

from dataclasses import dataclass

import pandas as pd
import pyarrow as pa

from aug_assets import loader, recipe
from aug_assets.ingest import check_limits, ingest
from aug_assets.rows import ROW_ID, to_hex


@dataclass(frozen=True)
class Pair:
    """A parent, its copies, and who made them.

    Attributes:
        branch: The branch of the recipe.
        operators: The operators that the copies went through, in order.
        parent: One row, with the dataset's columns.
        copies: The candidates made from it, same columns.
    """

    branch: str
    operators: tuple[str, ...]
    parent: pd.DataFrame
    copies: pd.DataFrame


def preview(dataset: str, day: str, rows: int = 3, copies: int = 2) -> list[Pair]:
    """The first parents of each branch and their first copies, exactly as a run would make them.

    Args:
        dataset: ``tenant/name``.
        day: The partition, as an ISO date.
        rows: Parents a branch.
        copies: Copies a parent.

    Raises:
        UnknownDatasetError: There is no such dataset.
        AugError: Whatever would stop the day itself; see :mod:`aug_assets.errors`.
    """
    spec = loader.get(dataset)
    found = ingest(spec, day)
    check_limits(spec, day, found)
    plan = recipe.plan(spec, day, found.rows)
    pairs = []
    for number, branch in enumerate(plan.branches):
        names = tuple(step.operator for step in branch.branch.steps)
        for parent in range(min(rows, len(branch.parents))):
            mine = (branch.parent == parent).nonzero()[0][:copies]
            if len(mine):
                made = recipe.make(plan, number, int(mine[0]), int(mine[-1]) + 1).rows
                row_id = to_hex(branch.ids[[parent]])[0]
                original = found.rows.filter(pa.compute.equal(found.rows.column(ROW_ID), row_id))
                pairs.append(Pair(branch.branch.name, names, *(t.to_pandas() for t in (original, made))))
    return pairs
