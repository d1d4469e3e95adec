"""The uncertainty asset: which rows of a day people should be asked about, and whether there are too many."""

from typing import Any, cast

import dagster as dg
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from aug_assets import uncertainty
from aug_assets.assets import common
from aug_assets.errors import NoChampionError
from aug_assets.rows import ROW_ID, digest, from_hex
from aug_assets.select.space import points
from aug_assets.spec import DatasetSpec
from resources.lake import LakeResource

QUEUE = pa.schema(
    [(ROW_ID, pa.string()), ("score", pa.float64()), ("distance", pa.float64()), ("near", pa.bool_())]
)
_SHARES = pa.schema([("rows", pa.int64()), ("share", pa.float64())])
_BEFORE = 28  # days that tell what is usual


def build_uncertainty(spec: DatasetSpec) -> dg.AssetsDefinition:
    """The asset behind the predictions of a dataset whose file has an ``uncertainty``."""
    columns = [dg.TableColumn(field.name, str(field.type)) for field in QUEUE]
    alike = common.asset_arguments(spec, common.UNCERTAINTY)
    alike |= {"kinds": {"deltalake"}, "metadata": {"dagster/column_schema": dg.TableSchema(columns=columns)}}

    @dg.asset(  # type: ignore[untyped-decorator]
        **alike,
        deps=[common.asset_key(spec, common.PREDICTIONS)],
        description=f"The rows of {spec.id} that the champion is least sure of, apart from each other, for "
        "people to look at. Its word `refresh` makes the sensor ask for the day to be made again.",
    )
    def asked(context: dg.AssetExecutionContext, lake: LakeResource) -> dg.MaterializeResult[Any]:
        clock = common.Stopwatch(lake)
        with common.typed_failure():
            with clock("read"):
                rows, told = _read(spec, lake, context.partition_key)
            with clock("choose"):
                found, shown = _chosen(spec, rows, told)
            with clock("write"):
                kept = _keep(context, spec, lake, found, shown["share"], len(told))
            word = _word(spec, lake, context.partition_key, shown["share"])
        return dg.MaterializeResult(
            data_version=dg.DataVersion(digest(found)),
            metadata={
                **shown,
                **word,
                "delta_version": kept,
                "source_digest": digest(rows),
                **clock.metadata(),
            },
        )

    return cast(dg.AssetsDefinition, asked)


def _read(spec: DatasetSpec, lake: LakeResource, day: str) -> tuple[pa.Table, pa.Table]:
    """The day's real rows, and their predictions in the same order."""
    told = common.table(lake, spec, "predictions").read({"date": day})
    if not told.num_rows:
        raise NoChampionError("nothing of the day was scored", seen=day, todo="materialize its predictions")
    rows = common.table(lake, spec, "source").read({"date": day})
    place = pc.index_in(told.column(ROW_ID), rows.column(ROW_ID).combine_chunks())
    known = pc.is_valid(place)
    return rows.take(place.filter(known)), told.filter(known)


def _chosen(spec: DatasetSpec, rows: pa.Table, told: pa.Table) -> tuple[pa.Table, dict[str, Any]]:
    assert spec.uncertainty is not None
    labels = rows.column(str(spec.label))
    free = pc.is_null(labels).to_numpy()
    complete = not free.any()  # all labels are there: the queue says whom one would have asked
    free = np.ones(len(rows), bool) if complete else free
    scores, at = told.column("score").to_numpy(), float(told.column("threshold")[0].as_py())
    where = points(spec, rows) if spec.uncertainty.diverse else None
    found = uncertainty.queue(scores, at, where, from_hex(rows.column(ROW_ID)), free, spec.uncertainty)
    taken = pa.array(found.place)
    queue = pa.table(
        [rows.column(ROW_ID).take(taken), scores[found.place], found.distance[found.place], found.near],
        schema=QUEUE,
    )
    shown = {
        "asked": queue.num_rows, "near": int(found.near.sum()), "rows": len(rows),
        "without_label": 0 if complete else int(free.sum()),
        "share": float((found.distance < uncertainty.BAND).mean()),
        "farthest": float(queue.column("distance").to_numpy()[found.near].max(initial=0.0)),
    }  # fmt: skip
    return queue, shown


def _keep(
    context: Any, spec: DatasetSpec, lake: LakeResource, queue: pa.Table, share: float, rows: int
) -> int:
    where = {"date": context.partition_key}
    shares = common.table(lake, spec, common.UNCERTAINTY)
    one = pa.table([[rows], [share]], schema=_SHARES)
    info = common.commit_info(context, spec)
    shares.commit([shares.write_part(one, where, common.part_name(context))], where, _SHARES, info)
    table = common.table(lake, spec, "queue")
    return table.commit([table.write_part(queue, where, common.part_name(context))], where, QUEUE, info)


def _word(spec: DatasetSpec, lake: LakeResource, day: str, share: float) -> dict[str, Any]:
    assert spec.uncertainty is not None
    table = common.table(lake, spec, common.UNCERTAINTY)
    days = sorted(where["date"] for where in table.partitions() if where["date"] < day)[-_BEFORE:]
    before = [table.read({"date": one}).column("share")[0].as_py() for one in days]
    word, limit, why = uncertainty.judged(share, before, spec.uncertainty)
    return {
        "word": word,
        "value": share,
        "limit": limit,
        "reason": why,
        "feature": "score",
        "measure": "uncertainty",
    }
