"""The published rows of a day as files; read from the lake at the version that was published last."""

from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from aug_assets import loader
from aug_assets.assets import common
from aug_assets.commands import home
from aug_assets.commands.report import At
from aug_assets.commands.run import days_between
from aug_assets.errors import UpstreamMissingError
from aug_assets.media.export import Exported, ExportFormat, export_day
from aug_assets.rows import ROW_ID

if TYPE_CHECKING:
    import dagster as dg

    from aug_assets.spec import DatasetSpec
    from resources.lake import LakeResource


def export(dataset: str, day: str, folder: str | Path, kind: ExportFormat) -> Exported:
    """Write the published pictures of a day.

    Args:
        dataset: ``tenant/name``.
        day: The partition, as an ISO date.
        folder: Where to; is made if need be.
        kind: The format of images.

    Raises:
        UnknownDatasetError: There is no such dataset.
        UnknownPartitionError: The day is not a partition of it.
        UpstreamMissingError: Nothing of the day is published, or its columns are not the file's any more.
        ExportError: The format cannot hold the pictures, or the folder cannot be written.
    """
    from resources.lake import LakeResource

    spec = loader.get(dataset)
    days_between(spec, day, day)
    home.prepare()
    with home.instance() as instance:
        rows, made_by = published(instance, LakeResource(), spec, day)
    return export_day(rows, spec, folder, kind, made_by)


def published(
    instance: "dg.DagsterInstance", lake: "LakeResource", spec: "DatasetSpec", day: str
) -> tuple[pa.Table, dict[str, str]]:
    """The rows of a day in the order of their ids, and what made those that are synthetic.

    Raises:
        UpstreamMissingError: There are none, or they lack columns that the dataset's file has now.
    """
    about = common.latest(At(instance, day), spec, "validated")
    table, version = common.table(lake, spec, "validated"), about["delta_version"]
    if missing := sorted(set(spec.columns) - set(table.schema(version).names)):
        raise UpstreamMissingError(
            f"the published rows of {day} lack columns that the dataset's file has now",
            seen=missing, todo=f"materialize the day again: aug run {spec.id} --from {day} --to {day}",
        )  # fmt: skip
    rows = table.read({"date": day}, version).sort_by(ROW_ID)
    return rows, _made_by(lake, spec, day, about["provenance_version"])


def _made_by(lake: "LakeResource", spec: "DatasetSpec", day: str, version: int) -> dict[str, str]:
    """Synthetic rows to the operators that made them, in order."""
    told = common.table(lake, spec, "provenance").read({"date": day}, version, [ROW_ID, "step", "operator"])
    found: dict[str, str] = {}
    for row in told.sort_by([(ROW_ID, "ascending"), ("step", "ascending")]).to_pylist():
        before = found.get(row[ROW_ID])
        found[row[ROW_ID]] = f"{before}, {row['operator']}" if before else row["operator"]
    return found
