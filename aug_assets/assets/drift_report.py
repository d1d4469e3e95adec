"""The asset of Evidently's page on a day's drift: a file for people beside the dataset, in no daily job."""

from typing import Any, cast

import dagster as dg
import numpy as np
import pyarrow as pa

from aug_assets.assets import common, drift_record
from aug_assets.errors import ReferenceTooShortError
from aug_assets.frames import table_schema
from aug_assets.report import drift_evidently
from aug_assets.rows import digest
from aug_assets.spec import DatasetSpec
from resources.lake import LakeResource

_FOLDER = "drift_report"


def build_drift_report(spec: DatasetSpec) -> dg.AssetsDefinition:
    """The asset behind the drift of a dataset whose file says ``drift: {report: true}``."""
    alike = common.asset_arguments(spec, common.DRIFT_REPORT)
    alike |= {"kinds": {"html"}, "metadata": {}}

    @dg.asset(  # type: ignore[untyped-decorator]
        **alike,
        deps=[common.asset_key(spec, common.DRIFT)],
        description=f"A day of {spec.id} beside its reference as Evidently draws it, from at most "
        f"{drift_evidently.ROWS:,} rows of each. It decides nothing, and no job makes it.",
    )
    def drift_report(context: dg.AssetExecutionContext, lake: LakeResource) -> dg.MaterializeResult:  # type: ignore[type-arg]
        clock = common.Stopwatch(lake)
        with common.typed_failure():
            drift_evidently.require()
            with clock("read"):
                day, reference, why = _sides(context, lake, spec)
            with clock("draw"):
                text = drift_evidently.page(spec, day, reference)
            with clock("write"):
                where = lake.storage().sub(spec.tenant, spec.name, _FOLDER)
                name = f"date={context.partition_key}/report.html"
                where.put(name, text.encode())
        return dg.MaterializeResult(
            data_version=dg.DataVersion(digest(day.select(["row_id"]))),
            metadata={
                "report": _link(where.uri, name), "reference": why, "rows": len(day),
                "reference_rows": len(reference), "bytes": len(text.encode()), **clock.metadata(),
            },
        )  # fmt: skip

    return cast(dg.AssetsDefinition, drift_report)


def _link(uri: str, name: str) -> Any:
    """A path opens in the browser of this machine; an address of a bucket is shown as it is."""
    if uri.startswith("s3://"):
        return dg.MetadataValue.text(f"{uri}/{name}")
    return dg.MetadataValue.path(f"{uri}/{name}")


def _sides(context: Any, lake: LakeResource, spec: DatasetSpec) -> tuple[pa.Table, pa.Table, str]:
    """Samples of the day's rows and of those of its reference days, and what those are."""
    table, names = common.table(lake, spec, "source"), table_schema(spec).names
    version = common.latest(context, spec, "source")["delta_version"]
    chosen = drift_record.choose(lake, spec, context.partition_key)
    stored = {where["date"] for where in table.partitions(version)}
    days = [one for one in chosen.days if one in stored]
    if not days:
        raise ReferenceTooShortError(
            "there is no day to draw this one beside", seen=chosen.why, legal="at least one stored day",
            todo="materialize the drift of other days first",
        )  # fmt: skip
    most = max(1, drift_evidently.ROWS // len(days))
    parts = []
    for day in days:
        rows = table.read({"date": day}, version, names)
        at = np.unique(np.linspace(0, max(len(rows) - 1, 0), min(most, len(rows))).astype(np.int64))
        parts.append(rows.take(pa.array(at)))
    own = table.read({"date": context.partition_key}, version, names)
    return own, pa.concat_tables(parts), chosen.why
