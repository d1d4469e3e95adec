"""A few source rows beside the copies that the recipe would make of them. Nothing is written but a page."""

from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from aug_assets import loader, recipe
from aug_assets.commands import home
from aug_assets.errors import AugError, SpecError
from aug_assets.ingest import check_limits, ingest
from aug_assets.report.families import Family, families
from aug_assets.report.sheet import sheet
from aug_assets.rows import ROW_ID, to_hex
from aug_assets.spec import DatasetSpec


@dataclass(frozen=True)
class Pair:
    """A parent, its copies, and who made them.

    Attributes:
        branch: The branch of the recipe.
        operators: The operators that the copies went through, in order.
        parent: One row, in the stored form.
        copies: The candidates made from it, same columns.
        family: The same as operators see them, with what was drawn.
    """

    branch: str
    operators: tuple[str, ...]
    parent: pa.Table
    copies: pa.Table
    family: Family


def preview(dataset: str, day: str, rows: int = 3, copies: int = 2) -> tuple[DatasetSpec, list[Pair]]:
    """The first parents of each branch and their first copies, exactly as a run would make them.

    Args:
        dataset: ``tenant/name``.
        day: The partition, as an ISO date.
        rows: Parents a branch.
        copies: Copies a parent.

    Returns:
        The dataset, and what to show.

    Raises:
        UnknownDatasetError: There is no such dataset.
        AugError: Whatever would stop the day itself; see :mod:`aug_assets.errors`.
    """
    from resources import erasure
    from resources.lake import LakeResource

    spec = loader.get(dataset)
    home.find()  # which says where the lake is, with its list of who was forgotten
    found = ingest(spec, day, erased=erasure.erased(LakeResource(), spec))
    check_limits(spec, day, found)
    plan = recipe.plan(spec, day, found.rows)
    pairs = []
    for number, branch in enumerate(plan.branches):
        names = tuple(step.operator for step in branch.branch.steps)
        for parent in range(min(rows, len(branch.parents))):
            mine = (branch.parent == parent).nonzero()[0][:copies]
            if len(mine):
                made = recipe.make(plan, number, int(mine[0]), int(mine[-1]) + 1)
                row_id = to_hex(branch.ids[[parent]])[0]
                original = found.rows.filter(pc.equal(found.rows.column(ROW_ID), row_id))
                shown = families(spec, original, made.rows, made.told, 1, copies)
                pairs += [Pair(branch.branch.name, names, original, made.rows, family) for family in shown]
    return spec, pairs


def contact_sheet(spec: DatasetSpec, pairs: list[Pair], out: str | Path) -> Path:
    """Write the pictures of a preview as one SVG.

    Raises:
        SpecError: The dataset has no pictures.
        AugError: The file cannot be written.
    """
    if spec.modality != "image":
        raise SpecError(
            "a contact sheet needs pictures", seen=spec.modality,
            legal="a dataset with a column of type image", todo="leave --out away: the rows are printed",
        )  # fmt: skip
    file = Path(out)
    try:
        file.write_text(sheet(spec, [pair.family for pair in pairs]), encoding="utf-8")
    except OSError as error:
        raise AugError("cannot write the contact sheet", seen=str(file), todo=str(error)) from error
    return file
