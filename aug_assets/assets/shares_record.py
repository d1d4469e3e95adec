"""The table of shares: how a day's copies were shared out by policies that look beside its rows."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa

from aug_assets.assets import common
from aug_assets.errors import SharesMissingError
from aug_assets.frames import table_schema
from aug_assets.labels import settled
from aug_assets.rows import digest
from aug_assets.select import Beside, shares
from aug_assets.select.density_ratio import ROWS
from aug_assets.spec import DatasetSpec
from aug_assets.spec_policy import DensityRatio
from resources.lake import LakeResource

Made = tuple[dict[str, Any], pa.Table | None, dict[str, Any]]


def inputs(
    context: Any, lake: LakeResource, spec: DatasetSpec, made_of: Mapping[str, Any], rows: pa.Table
) -> Made:
    """Ask the policies, and store what they say before a row is made of it.

    Args:
        context: The step.
        lake: Where the tables are.
        spec: The dataset.
        made_of: With the version of the source table, at which other days are read as well.
        rows: The day's source rows.

    Returns:
        Version and digest of what was stored; the stored rows; figures for a person. All empty where the
        recipe needs none.
    """
    if not shares.needed(spec):
        return {}, None, {}
    where = {"date": context.partition_key}
    labels, read = _labels(lake, spec, context.partition_key)
    beside = _beside(lake, spec, context.partition_key, made_of["source_version"], labels)
    found, told = shares.weighed(spec, rows, beside)
    table, content = common.table(lake, spec, "shares"), digest(found)
    info = common.commit_info(context, spec, digest=content, **made_of, **read)
    part = table.write_part(found, where, common.part_name(context))
    version = table.commit([part], where, shares.SHARES, info)
    figures = {f"shares/{branch}": _words(said) for branch, said in told.items()}
    return {"shares_version": version, "shares_digest": content, **read}, found, figures


def of_run(lake: LakeResource, spec: DatasetSpec, day: str, augmented: Mapping[str, Any]) -> pa.Table | None:
    """The shares that candidates were made by; None where the recipe needs none.

    Raises:
        SharesMissingError: The run stored none.
    """
    if not shares.needed(spec):
        return None
    if "shares_version" not in augmented:
        raise SharesMissingError(
            "the candidates were made before their copies were shared out by a stored table", seen=day,
            todo="materialize the candidates for the day",
        )  # fmt: skip
    return common.table(lake, spec, "shares").read({"date": day}, augmented["shares_version"])


def _words(said: Mapping[str, Any]) -> str:
    return ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in said.items())


def _beside(lake: LakeResource, spec: DatasetSpec, day: str, version: int, labels: pa.Table | None) -> Beside:
    """What the recipe's policies look at; days that none asks for are not read."""
    asked = [b.select for b in spec.recipe if b.select.policy == "density_ratio"]
    params = [select.density_ratio or DensityRatio() for select in asked]
    days = {side: max((p.days for p in params if p.toward == side), default=0) for side in ("day", "newest")}
    known = [where["date"] for where in common.table(lake, spec, "source").partitions(version)]
    before = [one for one in known if one < day]
    after = [one for one in known if one > day]
    return Beside(
        _sample(lake, spec, before[max(0, len(before) - days["day"]) :], version),
        _sample(lake, spec, after[max(0, len(after) - days["newest"]) :], version),
        labels,
    )


def _sample(lake: LakeResource, spec: DatasetSpec, days: list[str], version: int) -> pa.Table | None:
    """A fair draw of the days' rows, the same number of each day at most."""
    if not days:
        return None
    table, names = common.table(lake, spec, "source"), table_schema(spec).names
    most, parts = max(1, ROWS // len(days)), []
    for day in days:
        rows = shares.free(spec, table.read({"date": day}, version, names))
        at = np.linspace(0, len(rows) - 1, min(most, len(rows))).astype(np.int64)
        parts.append(rows.take(pa.array(np.unique(at))))
    return pa.concat_tables(parts).combine_chunks()


def _labels(lake: LakeResource, spec: DatasetSpec, day: str) -> tuple[pa.Table | None, dict[str, int]]:
    """The labels of the day that came back, one a row, and the version of the table that was read."""
    if not any(branch.select.policy == "feedback" for branch in spec.recipe):
        return None, {}
    table = common.table(lake, spec, "labels")
    version = table.version()
    if version is None or {"date": day} not in table.partitions(version):
        return None, {}
    return settled(table.read({"date": day}, version)), {"labels_version": version}
