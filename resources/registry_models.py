"""MLflow's model registry: versions and aliases. The pointer in the lake is the truth; aliases follow it."""

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from aug_assets.errors import AugError
from aug_assets.pointer import Pointer, Serving
from aug_assets.spec import DatasetSpec
from resources.tracking import TrackedRun, TrackingResource, _client, _home

CHALLENGER = "challenger"
_FOLDER = "model"
_LOADER = "aug_assets.served"


def name(spec: DatasetSpec) -> str:
    """The registered model of a dataset; a slash is not legal in it."""
    return f"{spec.tenant}.{spec.name}"


def register(run: TrackedRun, spec: DatasetSpec, data: bytes, tags: Mapping[str, str]) -> str:
    """Store a model with its run, loadable by ``mlflow.pyfunc``, and make it a version of the registry.

    Args:
        run: The run that trained it.
        spec: The dataset.
        data: The model's bytes.
        tags: Of the version, such as its threshold.

    Returns:
        The version.
    """
    from mlflow.exceptions import MlflowException
    from mlflow.models import Model

    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "model.pickle").write_bytes(data)
        described = Model(artifact_path=_FOLDER, run_id=run.run_id)
        described.add_flavor("python_function", loader_module=_LOADER, data="model.pickle", env="")
        described.save(str(Path(folder, "MLmodel")))
        run.client.log_artifacts(run.run_id, folder, _FOLDER)
    try:
        run.client.create_registered_model(name(spec), {"dataset": spec.id})
    except MlflowException as error:
        if error.error_code != "RESOURCE_ALREADY_EXISTS":
            raise
    uri = run.client.get_run(run.run_id).info.artifact_uri
    made = run.client.create_model_version(name(spec), f"{uri}/{_FOLDER}", run.run_id, dict(tags))
    return str(made.version)


def offer(run: TrackedRun, spec: DatasetSpec, version: str) -> None:
    """Give a version the alias ``challenger``."""
    run.client.set_registered_model_alias(name(spec), CHALLENGER, version)


def follow(spec: DatasetSpec, pointer: Pointer, waiting: Serving | None = None) -> dict[str, str]:
    """Make the aliases say what the pointer says; what was changed, by alias.

    Safe to repeat: aliases that a stopped process left behind are put right by the next call. Without MLflow
    in this place nothing is done and nothing is imported.

    Raises:
        AugError: MLflow does not answer; the pointer is the truth all the same.
    """
    tracking = TrackingResource()
    tried = pointer.challenger or waiting
    wanted = {"champion_prev": pointer.previous, "champion": pointer.champion, CHALLENGER: tried}
    if not any(wanted.values()) or not (
        os.environ.get("MLFLOW_TRACKING_URI") or (_home() / "mlflow.db").exists()
    ):
        return {}
    from mlflow.exceptions import MlflowException

    try:
        client = _client(tracking.address())
        return _set(client, name(spec), {alias: one.version if one else "" for alias, one in wanted.items()})
    except MlflowException as error:
        raise AugError(
            "MLflow's aliases could not be set", seen=tracking.address(),
            todo=f"nothing: the next deployment sets them, and scoring does not read them ({error})",
        ) from error  # fmt: skip


def _set(client: Any, model: str, wanted: Mapping[str, str]) -> dict[str, str]:
    known = {alias: str(version) for alias, version in client.get_registered_model(model).aliases.items()}
    changed = {alias: version for alias, version in wanted.items() if known.get(alias, "") != version}
    for alias, version in changed.items():
        if version:
            client.set_registered_model_alias(model, alias, version)
        else:
            client.delete_registered_model_alias(model, alias)
    return changed
