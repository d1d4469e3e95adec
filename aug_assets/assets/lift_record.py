"""The proof of benefit as the lake keeps it: one row for each recipe of a dataset, the newest proof of it."""

from typing import Any
from uuid import uuid4

import pyarrow as pa

from aug_assets.spec import DatasetSpec
from resources.delta_table import LakeTable
from resources.lake import LakeResource

_BY = "recipe_digest"
SCHEMA = pa.schema(
    [
        (_BY, pa.string()),
        ("lift", pa.float64()),
        ("lift_low", pa.float64()),
        ("lift_high", pa.float64()),
        ("baseline", pa.string()),
        ("over_duplicate", pa.float64()),
        ("over_duplicate_low", pa.float64()),
        ("over_duplicate_high", pa.float64()),
        ("wins", pa.int64()),
        ("seeds", pa.int64()),
        ("train_rows", pa.int64()),
        ("train_positive", pa.int64()),
        ("holdout_rows", pa.int64()),
        ("holdout_positive", pa.int64()),
        ("holdout", pa.string()),
        ("made_at", pa.timestamp("us", "UTC")),
    ]
)


def store(lake: LakeResource, spec: DatasetSpec, record: dict[str, Any]) -> int:
    """Keep a record in place of an older one of the same recipe; returns the table's version."""
    table = _table(lake, spec)
    where = {_BY: record[_BY]}
    part = table.write_part(pa.Table.from_pylist([record], SCHEMA), where, f"lift-{uuid4().hex}")
    return table.commit([part], where, SCHEMA, {"spec_digest": spec.digest})


def load(lake: LakeResource, spec: DatasetSpec, recipe_digest: str = "") -> dict[str, Any] | None:
    """The record of a recipe, by default the dataset's own; else the newest of another; else None."""
    wanted = recipe_digest or spec.recipe_digest
    table = _table(lake, spec)
    if table.version() is None:
        return None
    found: list[dict[str, Any]] = [
        {**table.read(where).to_pylist()[0], **where} for where in table.partitions()
    ]
    return max(found, key=lambda one: (one[_BY] == wanted, one["made_at"]), default=None)


def _table(lake: LakeResource, spec: DatasetSpec) -> LakeTable:
    return lake.table(spec.tenant, spec.name, "lift", (_BY,))
