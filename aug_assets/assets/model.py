"""The model asset: trains a challenger on published days, holds it against control and champion, logs it."""

import base64
from collections.abc import Iterator
from typing import Any, cast

import dagster as dg

from aug_assets import served, training
from aug_assets.assets import common, deploy_record, model_record
from aug_assets.errors import ModelBrokenError
from aug_assets.report.trial import curves
from aug_assets.spec import DatasetSpec
from aug_assets.training_gates import Gate, gates, slices, whole
from aug_assets.trial import CHALLENGER, CHAMPION, Trial
from resources import model_store
from resources.lake import LakeResource


def build_model(spec: DatasetSpec) -> dg.AssetsDefinition:
    """The asset that trains; its check says whether what it trained may be tried."""
    alike = common.asset_arguments(spec, common.MODEL)
    alike |= {"kinds": {"scikitlearn", "mlflow"}, "metadata": {}}
    check = dg.AssetCheckSpec(
        "may_be_tried",
        asset=alike["key"],
        partitions_def=alike["partitions_def"],
        description="On real rows no worse than the champion, and than its like without synthetic rows.",
    )

    @dg.asset(  # type: ignore[untyped-decorator]
        **alike,
        check_specs=[check],
        deps=[common.asset_key(spec, "validated")],
        description=f"A model of {spec.id}, trained on the published days of a window and judged on real "
        "rows that it never saw, beside its control without synthetic rows and the champion.",
    )
    def model(context: dg.AssetExecutionContext, lake: LakeResource) -> Iterator[Any]:
        clock = common.Stopwatch(lake)
        with common.typed_failure():
            with clock("read"):
                window = model_record.read(spec, lake, context.partition_key)
            with clock("train"):
                tried = training.trial(spec, window.days, _champion(spec, lake), window.young)
                judged = gates(tried)
            with clock("log"):
                logged = model_record.log(spec, lake, tried, judged, window, context.partition_key)
        passed = all(gate.passed for gate in judged)
        yield dg.MaterializeResult(
            data_version=dg.DataVersion(logged["model_digest"]),
            metadata={**_shown(tried, judged), **logged, **clock.metadata()},
            check_results=[
                dg.AssetCheckResult(
                    check_name="may_be_tried",
                    passed=passed,
                    severity=dg.AssetCheckSeverity.WARN,
                    description="; ".join(
                        f"{gate.gate}: {gate.told}" for gate in judged if gate.passed == passed
                    ),
                )
            ],
        )

    return cast(dg.AssetsDefinition, model)


def _champion(spec: DatasetSpec, lake: LakeResource) -> served.Served | None:
    """What serves; None where nothing does, or where what does cannot be loaded and is to be replaced."""
    now = deploy_record.current(lake, spec).pointer
    try:
        return model_store.load(lake, spec, now.champion) if now.champion else None
    except ModelBrokenError:
        return None


def _shown(tried: Trial, judged: list[Gate]) -> dict[str, Any]:
    image = base64.b64encode(curves(tried).encode()).decode()
    figures = tried.figures[CHALLENGER][0]
    shown: dict[str, Any] = {
        **{name: round(value, 5) for name, value in figures._asdict().items()},
        **{name: round(value, 5) for name, value in whole(tried).items()},
        "threshold": tried.model.threshold, "real_rows": tried.train_rows[0],
        "synthetic_rows": tried.train_rows[1], "holdout": tried.how,
        "champion": "compared" if CHAMPION in tried.scores else "none to compare with",
        "gates": _table([gate._asdict() for gate in judged]),
        "curves": dg.MetadataValue.md(f"![precision over recall](data:image/svg+xml;base64,{image})"),
    }  # fmt: skip
    if tried.policy.groups:
        shown["slices"] = _table([dict(row) for row in slices(tried).round(4).to_dict("records")])
    return shown


def _table(rows: list[dict[Any, Any]]) -> dg.TableMetadataValue:
    records = [dg.TableRecord({str(name): str(value) for name, value in row.items()}) for row in rows]
    columns = [dg.TableColumn(str(name), "string") for name in (rows[0] if rows else ())]
    return dg.MetadataValue.table(records, schema=dg.TableSchema(columns=columns))
