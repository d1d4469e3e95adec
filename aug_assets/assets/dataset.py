"""A dataset's spec to its Dagster definitions: three assets or more, their checks, a job and a schedule."""

import warnings
from collections.abc import Iterable
from threading import Lock
from typing import Any

import dagster as dg

from aug_assets.assets import common
from aug_assets.assets.augmented import build_augmented
from aug_assets.assets.deployment import build_deployment
from aug_assets.assets.drift import build_drift
from aug_assets.assets.drift_report import build_drift_report
from aug_assets.assets.gates import build_gates
from aug_assets.assets.model import build_model
from aug_assets.assets.paraphrases import build_paraphrases
from aug_assets.assets.predictions import build_predictions
from aug_assets.assets.review import build_review
from aug_assets.assets.source import build_source
from aug_assets.assets.uncertainty import build_uncertainty
from aug_assets.assets.validated import build_validated
from aug_assets.spec import DatasetSpec
from sensors.arrivals import arrivals_sensor
from sensors.challenger import challenger_sensor
from sensors.drift import Watched, drift_sensor
from sensors.labels import labels_sensor
from sensors.model_age import model_age_sensor
from sensors.schedules import schedule
from sensors.scoring import scoring_sensor
from sensors.uncertainty import uncertainty_sensor

_BUILDERS = {
    "source": build_source,
    common.DRIFT: build_drift,
    common.PARAPHRASES: build_paraphrases,
    "augmented": build_augmented,
    common.REVIEW: build_review,
    "validated": build_validated,
}

_LOADING = Lock()  # the filters of warnings are those of the process
_MODELS = (build_model, build_deployment, build_predictions)  # of a dataset with `training`; in no daily job


def job_name(spec: DatasetSpec) -> str:
    """Such as ``payments__card_fraud``."""
    return f"{spec.tenant}__{spec.name}"


def build_dataset(spec: DatasetSpec) -> dg.Definitions:
    """All definitions of one dataset."""
    with _LOADING, warnings.catch_warnings():
        # Checks with partitions are a preview in this minor of Dagster, which pyproject pins; nobody who
        # loads a dataset can do anything about that.
        warnings.simplefilter("ignore", dg.PreviewWarning)
        warnings.simplefilter("ignore", dg.BetaWarning)
        return _build(spec)


def _build(spec: DatasetSpec) -> dg.Definitions:
    asked = [stage for stage, part in ((common.REVIEW, spec.review), (common.DRIFT, spec.drift)) if part]
    stages = dict.fromkeys((*common.before_candidates(spec), *common.STAGES, *asked))
    keys = [common.asset_key(spec, stage) for stage in stages]
    job = dg.define_asset_job(
        job_name(spec),
        selection=dg.AssetSelection.assets(*keys),
        tags={"tenant": spec.tenant, "dataset": spec.name},
        description=f"Source, candidates, gates and validated rows of {spec.id} for one day.",
    )
    models = _model_jobs(spec)
    return dg.Definitions(
        assets=[
            *(build(spec) for stage, build in _BUILDERS.items() if stage in stages),
            *(build(spec) for build in (_MODELS if spec.training else ())),
            *([build_uncertainty(spec)] if spec.training and spec.uncertainty else []),
            *([build_drift_report(spec)] if spec.drift and spec.drift.report else []),
        ],
        asset_checks=[build_gates(spec)],
        jobs=[job, *models.values()],
        schedules=[schedule(spec, job)] if spec.schedule else [],
        sensors=[*_sensors(spec, stages, job), *_model_sensors(spec, stages, job, models)],
    )


def _model_jobs(spec: DatasetSpec) -> dict[str, Any]:
    """Training by itself, since it takes longest; a deployment's move with the scoring that follows it."""
    if spec.training is None:
        return {}
    asked = (common.UNCERTAINTY,) if spec.uncertainty else ()
    stages = {"training": (common.MODEL,), "scoring": (common.DEPLOYMENT, common.PREDICTIONS, *asked)}
    return {
        name: dg.define_asset_job(
            f"{job_name(spec)}_{name}",
            selection=dg.AssetSelection.assets(*(common.asset_key(spec, stage) for stage in wanted)),
            tags={"tenant": spec.tenant, "dataset": spec.name},
            description=f"{' and '.join(wanted)} of {spec.id} for one day.",
        )
        for name, wanted in stages.items()
    }


def _model_sensors(
    spec: DatasetSpec, stages: Iterable[str], job: Any, jobs: dict[str, Any]
) -> list[dg.SensorDefinition]:
    """New days are scored; with a drift, a model is trained once labels of a drifted day are back."""
    if not jobs:
        return []
    wanted = (*stages, common.DRIFT, common.MODEL, common.UNCERTAINTY)
    keys, days = {stage: common.asset_key(spec, stage) for stage in wanted}, common.partitions(spec)
    found = [scoring_sensor(spec, keys, days, jobs["scoring"])]
    if spec.training and spec.training.max_age_days:
        found.append(model_age_sensor(spec, keys, days, jobs["training"]))
    if spec.uncertainty:
        made = {stage: keys[stage] for stage in (*stages, common.UNCERTAINTY)}
        found.append(uncertainty_sensor(Watched(spec, made, days), job))
    return [*found, challenger_sensor(spec, keys, days, jobs["training"])] if spec.drift else found


def _sensors(spec: DatasetSpec, stages: Iterable[str], job: Any) -> list[dg.SensorDefinition]:
    """Those that have something to watch: a decision on drift, files of a day that arrive, late labels."""
    keys, days = {stage: common.asset_key(spec, stage) for stage in stages}, common.partitions(spec)
    found = [drift_sensor(Watched(spec, keys, days), job)] if spec.drift else []
    if spec.source.is_daily and not spec.source.is_sample:
        found.append(arrivals_sensor(spec, keys["source"], days, job))
    if spec.label and spec.training:
        found.append(labels_sensor(spec, keys["source"], days, job))
    return found
