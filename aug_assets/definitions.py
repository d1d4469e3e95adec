"""All wiring: datasets to definitions, and the resources and executor that they run with. Nothing else."""

import os
from pathlib import Path

import dagster as dg

from aug_assets import loader
from aug_assets.assets.dataset import build_dataset
from resources.dask_executor import dask_executor
from resources.lake import LakeResource
from sensors.alerts import alerts
from sensors.audit_mirror import audit_mirror


@dg.definitions
def defs() -> dg.Definitions:
    """The shipped datasets, those below AUG_DATASETS, and what they share."""
    shared = dg.Definitions(
        resources={"lake": LakeResource()}, executor=dask_executor, sensors=[alerts(), audit_mirror()]
    )
    return dg.Definitions.merge(dg.load_from_defs_folder(path_within_project=Path(__file__)), own(), shared)


def own() -> dg.Definitions:
    """The datasets of the folder that AUG_DATASETS names, if any."""
    folder = os.environ.get("AUG_DATASETS")
    found = loader.find(Path(folder)) if folder else []
    return dg.Definitions.merge(*[build_dataset(loader.load(path)) for path in found])
