"""A dataset's spec to its Dagster definitions: three assets or four, their checks, a job and a schedule."""

import warnings

import dagster as dg

from aug_assets.assets import common
from aug_assets.assets.augmented import build_augmented
from aug_assets.assets.gates import build_gates
from aug_assets.assets.paraphrases import build_paraphrases
from aug_assets.assets.source import build_source
from aug_assets.assets.validated import build_validated
from aug_assets.spec import DatasetSpec
from sensors.schedules import daily_schedule

_BUILDERS = {
    "source": build_source,
    common.PARAPHRASES: build_paraphrases,
    "augmented": build_augmented,
    "validated": build_validated,
}


def job_name(spec: DatasetSpec) -> str:
    """Such as ``payments__card_fraud``."""
    return f"{spec.tenant}__{spec.name}"


def build_dataset(spec: DatasetSpec) -> dg.Definitions:
    """All definitions of one dataset."""
    with warnings.catch_warnings():
        # Checks with partitions are a preview in this minor of Dagster, which pyproject pins; nobody who
        # loads a dataset can do anything about that.
        warnings.simplefilter("ignore", dg.PreviewWarning)
        warnings.simplefilter("ignore", dg.BetaWarning)
        return _build(spec)


def _build(spec: DatasetSpec) -> dg.Definitions:
    stages = dict.fromkeys((*common.before_candidates(spec), *common.STAGES))
    keys = [common.asset_key(spec, stage) for stage in stages]
    job = dg.define_asset_job(
        job_name(spec),
        selection=dg.AssetSelection.assets(*keys),
        tags={"tenant": spec.tenant, "dataset": spec.name},
        description=f"Source, candidates, gates and validated rows of {spec.id} for one day.",
    )
    return dg.Definitions(
        assets=[build(spec) for stage, build in _BUILDERS.items() if stage in stages],
        asset_checks=[build_gates(spec)],
        jobs=[job],
        schedules=[daily_schedule(spec, job)] if spec.schedule else [],
    )
