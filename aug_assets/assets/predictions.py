"""The predictions asset: a day's real rows scored by what serves, and by what is tried beside it."""

from typing import Any, cast

import dagster as dg
import numpy as np
import pandas as pd
import pyarrow as pa

from aug_assets import canary, deploying
from aug_assets.assets import common, deploy_record, scored
from aug_assets.errors import ModelBrokenError
from aug_assets.frames import to_frame
from aug_assets.pointer import Pointer, Serving
from aug_assets.rows import ROW_ID, digest
from aug_assets.spec import DatasetSpec
from resources import model_store
from resources.lake import LakeResource
from resources.pointer import Placed


def build_predictions(spec: DatasetSpec) -> dg.AssetsDefinition:
    """Batch scoring, so that the loop closes without a serving stack."""
    columns = [dg.TableColumn(field.name, str(field.type)) for field in scored.SCHEMA]
    alike = common.asset_arguments(spec, common.PREDICTIONS)
    alike |= {"kinds": {"deltalake"}, "metadata": {"dagster/column_schema": dg.TableSchema(columns=columns)}}

    @dg.asset(  # type: ignore[untyped-decorator]
        **alike,
        deps=[common.asset_key(spec, stage) for stage in ("source", common.DEPLOYMENT)],
        description=f"Every real row of {spec.id}'s day with score, alarm, model version and threshold. The "
        "challenger decides its share of the keys, and both models score all rows.",
    )
    def predictions(context: dg.AssetExecutionContext, lake: LakeResource) -> dg.MaterializeResult[Any]:
        clock = common.Stopwatch(lake)
        with common.typed_failure():
            with clock("read"):
                rows = common.table(lake, spec, "source").read({"date": context.partition_key})
            with clock("score"):
                placed, told = score(spec, lake, rows, context.run.run_id)
            with clock("write"):
                version = scored.keep(context, spec, lake, told, pointer=placed.number)
        return dg.MaterializeResult(
            data_version=dg.DataVersion(digest(told)),
            metadata={**_figures(placed, told), "delta_version": version, **clock.metadata()},
        )

    return cast(dg.AssetsDefinition, predictions)


def score(spec: DatasetSpec, lake: LakeResource, rows: pa.Table, run_id: str = "") -> tuple[Placed, pa.Table]:
    """Predictions of real rows. A model that does not work is rolled back, and what is proven serves.

    Raises:
        NoChampionError: No model serves yet.
        ModelBrokenError: What serves does not work, and there is nothing before it.
        DeploymentRaceError: A broken model was to be rolled back while something else was moved.
    """
    placed, frame = deploy_record.current(lake, spec), to_frame(rows, spec)
    champion = placed.pointer.serving
    old, new = placed.pointer.pair or (champion, None)
    try:
        serves = _scores(lake, spec, champion, frame)
    except ModelBrokenError as error:
        if placed.pointer.previous is None:
            raise
        placed = deploy_record.move(
            lake, spec, placed, deploying.fallen_back(placed.pointer, str(error)), run_id
        )
        return score(spec, lake, rows, run_id)
    other: scored.Scores | None = None
    if new is not None:
        try:
            other = _scores(lake, spec, old if placed.pointer.state == "watch" else new, frame)
        except ModelBrokenError as error:
            placed = deploy_record.move(lake, spec, placed, _without(placed, error), run_id)
    watching = placed.pointer.state == "watch" and other is not None
    pair = (other, serves) if watching and other else (serves, other)
    mine = np.full(len(frame), watching)
    if other and not watching:
        mine = canary.chosen(
            scored.split_by(spec, rows, rows.column(ROW_ID)),
            placed.pointer.share,
            scored.salt(spec, other[0]),
        )
    return placed, scored.table_of(rows.column(ROW_ID), placed.pointer.state, *pair, mine)


def _scores(lake: LakeResource, spec: DatasetSpec, model: Serving, rows: pd.DataFrame) -> scored.Scores:
    found = model_store.load(lake, spec, model).scores(rows)
    return model, found, found >= model.threshold


def _without(placed: Placed, error: ModelBrokenError) -> Pointer:
    """The pointer without the model that does not work and does not serve."""
    if placed.pointer.state == "watch":
        return deploying.settled(placed.pointer, f"the previous model cannot be held against it: {error}", {})
    return deploying.rolled_back(placed.pointer, "aug", str(error))


def _figures(placed: Placed, told: pa.Table) -> dict[str, Any]:
    frame = told.select(["alarm", "version", "old_alarm", "new_alarm"]).to_pandas()
    now = placed.pointer
    figures: dict[str, Any] = {
        "dagster/partition_row_count": len(frame), "state": now.state, "pointer": placed.number,
        "champion": now.serving.version, "threshold": now.serving.threshold,
        "alarms": int(frame["alarm"].sum()),
    }  # fmt: skip
    for version, part in frame.groupby("version"):
        figures[f"rows/version {version}"] = len(part)
    if len(frame) and frame["new_alarm"].notna().all():
        figures |= {f"alarms/{one}": int(frame[f"{one}_alarm"].sum()) for one in ("old", "new")}
    return figures
