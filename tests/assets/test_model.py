"""Models through Dagster and MLflow: logged, registered, tried, promoted; aliases follow the pointer."""

from importlib import import_module
from pathlib import Path
from urllib.parse import urlsplit

import dagster as dg
import pytest
import yaml

from aug_assets import trial
from aug_assets.assets import common, deploy_record
from aug_assets.assets.dataset import build_dataset, job_name
from aug_assets.commands import deploy
from aug_assets.errors import UpstreamMissingError
from resources import model_ledger, registry_models
from resources.pointer import Pointers
from resources.tracking import TrackingResource, _client
from tests import builders
from tests.assets.days import Days, Run
from tests.test_training import days as published

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")  # of MLflow
NAME = "lab.small"
LAST = "2025-01-06"
TRAINING = {"learner": "tests.tiny_models:linear", "seeds": 2, "window_days": 8, "groups": ["kind"],
            "min_positive": 20, "canary": {"watch_days": 0}}  # fmt: skip


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory):
    """Six published days, a home with MLflow's database in it, and the run that made the first model."""
    folder = tmp_path_factory.mktemp("models")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DAGSTER_HOME", str(folder / "home"))
        patch.setattr(trial, "_TIMES", 40)
        patch.delenv("MLFLOW_TRACKING_URI", raising=False)
        (folder / "home").mkdir()
        found = Days(folder, training=TRAINING)
        for day, rows in published(found.spec).items():
            for stage, stored in (
                ("validated", rows),
                ("source", rows.filter(~rows["is_synthetic"].to_numpy())),
            ):
                table, where = found.table(stage), {"date": day}
                table.commit([table.write_part(stored, where, "part")], where, stored.schema, {})
        yield found, found.run("model", "deployment", "predictions", day=LAST)


@pytest.fixture
def made(first: tuple[Days, Run]) -> Days:
    return first[0]


@pytest.fixture
def client(made: Days):
    return _client(TrackingResource().address())


def aliases(client) -> dict[str, str]:
    return {name: str(version) for name, version in client.get_registered_model(NAME).aliases.items()}


def test_the_loop_from_published_days_to_predictions(first: tuple[Days, Run], client) -> None:
    made, run = first
    assert run.success, run.told
    told = run.metadata["model"]
    assert (told["passed"], told["version"], told["champion"]) == (True, "1", "none to compare with")
    assert run.failed_checks == []
    logged = client.get_run(told["run_id"])
    assert logged.info.status == "FINISHED"
    assert len(logged.inputs.dataset_inputs) == 6
    assert (
        logged.inputs.dataset_inputs[0].dataset.source == f"lab/small/validated@{told['validated_version']}"
    )
    wanted = {"gate/over_control", "threshold/challenger", "challenger_recall", "control/roc_auc"}
    assert wanted <= set(logged.data.metrics)
    assert logged.data.params["synthetic_rows"] == "80"
    stored = Path(urlsplit(logged.info.artifact_uri).path)
    assert {one.name for one in stored.iterdir()} == {"curves.svg", "slices.csv", "model"}
    ledger = model_ledger.of_days(made.lake, made.spec, [LAST])
    assert tuple(ledger[0][name] for name in ("model", "version", "run_id")) == (NAME, "1", told["run_id"])
    serving = Pointers(made.lake, made.spec).read().pointer.serving
    assert (serving.version, serving.digest, serving.trained_to) == ("1", told["model_digest"], LAST)
    version = client.get_model_version(NAME, "1")
    assert float(version.tags["threshold"]) == serving.threshold == told["threshold"]
    assert aliases(client) == {"champion": "1"}
    rows = made.rows("predictions", LAST)
    assert rows.num_rows == run.metadata["predictions"]["dagster/partition_row_count"] == 120
    assert set(rows["version"].to_pylist()) == {"1"}


def test_mlflow_is_told_how_to_load_what_serves(first: tuple[Days, Run], client) -> None:
    folder = Path(urlsplit(client.get_model_version_download_uri(NAME, "1")).path)
    flavor = yaml.safe_load((folder / "MLmodel").read_text())["flavors"]["python_function"]
    model = import_module(flavor["loader_module"])._load_pyfunc(str(folder / flavor["data"]))
    told = model.predict(builders.typed(40))
    assert list(told.columns) == ["score", "alarm"]
    assert model.threshold == first[1].metadata["model"]["threshold"]


def test_aliases_follow_the_pointer_and_are_repaired_after_mlflow_was_down(
    made: Days, client, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert aliases(client) == {"champion": "1"}
    run = made.run("model", "deployment", day=LAST)
    assert run.metadata["model"]["champion"] == "compared"
    assert run.metadata["deployment"]["state"] == "canary"
    assert aliases(client) == {"champion": "1", "challenger": "2"}
    for verb, wanted in (
        ("promote", {"champion": "2", "champion_prev": "1"}),
        ("rollback", {"champion": "1"}),
    ):
        moved = deploy.change(made.lake, made.spec, verb, "mo", "to see it")
        assert deploy_record.follow(made.lake, made.spec, moved.pointer) == ""
        assert aliases(client) == wanted
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    moved = deploy.change(made.lake, made.spec, "hold", "mo", "a holiday").pointer
    client.set_registered_model_alias(NAME, "champion", "2")  # somebody's hand, or a stop half way
    with monkeypatch.context() as down:
        down.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:1")
        assert "could not be set" in deploy_record.follow(made.lake, made.spec, moved)
    assert Pointers(made.lake, made.spec).read().pointer.serving.version == "1"
    assert made.run("deployment", day=LAST).metadata["deployment"]["aliases"] == "as the pointer"
    assert aliases(client) == {"champion": "1"}


def test_a_model_that_fails_its_gates_is_not_registered_and_not_kept(made: Days, client) -> None:
    made.respec(training={**TRAINING, "learner": "tests.test_training:upside_down"})
    try:
        run = made.run("model", day=LAST)
    finally:
        made.respec(training=TRAINING)
    assert run.success
    assert run.failed_checks == ["model.may_be_tried"]
    told = run.metadata["model"]
    assert "version" not in told
    stored = Path(urlsplit(client.get_run(told["run_id"]).info.artifact_uri).path)
    assert not (stored / "model").exists()
    found = client.search_model_versions(f"name = '{NAME}'")
    assert told["run_id"] not in {one.run_id for one in found}


def test_a_window_without_days_is_told(made: Days) -> None:
    run = made.run("model", day="2025-03-01")
    assert run.errors == {"model": UpstreamMissingError.code}


def test_training_is_in_no_daily_job(made: Days) -> None:
    keys = {common.asset_key(made.spec, stage) for stage in ("model", "deployment", "predictions")}
    found = build_dataset(made.spec)
    assert keys <= {key for asset in found.assets or () for key in asset.keys}
    job = dg.Definitions.merge(found, dg.Definitions(resources={"lake": made.lake})).resolve_job_def(
        job_name(made.spec)
    )
    assert not keys & set(job.asset_layer.selected_asset_keys)
    assert registry_models.name(made.spec) == NAME
