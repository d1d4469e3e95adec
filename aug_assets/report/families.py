"""Parents beside the copies made of them, with what each copy went through: what previews show."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from aug_assets.frames import to_frame
from aug_assets.rows import ROW_ID

if TYPE_CHECKING:
    from aug_assets.spec import DatasetSpec


@dataclass(frozen=True)
class Family:
    """A parent and its copies.

    Attributes:
        parent: One row, with the dataset's columns.
        copies: Some of its copies, same columns.
        told: Per copy and step, the operator and the parameters that were drawn.
    """

    parent: pd.DataFrame
    copies: pd.DataFrame
    told: tuple[tuple[tuple[str, dict[str, float]], ...], ...]

    def words(self, copy: int, most: int = 3) -> list[str]:
        """A line a step of a copy, such as ``fog visibility_m 82.4``; zeros are what did not happen."""
        lines = []
        for operator, drawn in self.told[copy]:
            figures = [f"{name} {value:.4g}" for name, value in drawn.items() if value]
            lines.append(" ".join([operator, *figures[:most]]) if figures else f"{operator} (nothing)")
        return lines


def families(
    spec: "DatasetSpec", source: pa.Table, made: pa.Table, told: pa.Table, parents: int = 3, copies: int = 2
) -> list[Family]:
    """The first parents among some candidates, each with its first copies.

    Args:
        spec: The dataset.
        source: The day's real rows, stored form.
        made: Candidates, stored form.
        told: Their provenance, in the schema ``aug_assets.rows.PROVENANCE``.
        parents: How many parents at most.
        copies: How many copies of each at most.
    """
    first = told.filter(pc.equal(told.column("step"), 0))
    mother = dict(
        zip(
            first.column(ROW_ID).to_pylist(),
            pc.list_element(first.column("parents"), 0).to_pylist(),
            strict=True,
        )
    )
    litters: dict[str, list[int]] = {}
    for position, row_id in enumerate(made.column(ROW_ID).to_pylist()):
        litter = litters.setdefault(mother.get(row_id, ""), [])
        if len(litter) < copies:
            litter.append(position)
    chosen = [pair for pair in litters.items() if pair[0]][:parents]
    return [_family(spec, source, made.take(pa.array(litter)), told, row_id) for row_id, litter in chosen]


def _family(spec: "DatasetSpec", source: pa.Table, copies: pa.Table, told: pa.Table, parent: str) -> Family:
    row = source.filter(pc.equal(source.column(ROW_ID), parent))
    ids: Sequence[str] = copies.column(ROW_ID).to_pylist()
    steps: dict[str, list[tuple[str, dict[str, float]]]] = {row_id: [] for row_id in ids}
    mine = told.filter(pc.is_in(told.column(ROW_ID), value_set=pa.array(ids)))
    wanted: list[dict[str, Any]] = mine.select([ROW_ID, "step", "operator", "drawn"]).to_pylist()
    for step in sorted(wanted, key=lambda step: step["step"]):
        steps[step[ROW_ID]].append((step["operator"], dict(step["drawn"])))
    return Family(to_frame(row, spec), to_frame(copies, spec), tuple(tuple(steps[i]) for i in ids))
