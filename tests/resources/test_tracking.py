"""Tracking: every call names its run, so that runs of one process never mix."""

from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from aug_assets.errors import AugError
from resources import clock
from resources.tracking import TrackedRun, TrackingResource

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of MLflow's own libraries
AT = datetime(2025, 1, 2, 3, 4, 5, tzinfo=UTC)


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    """One database for all tests here: creating its tables takes seconds."""
    return f"sqlite:///{tmp_path_factory.mktemp('tracking') / 'mlflow.db'}"


@pytest.fixture
def tracking(address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> TrackingResource:
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path))
    return TrackingResource(uri=address)


def read(run: TrackedRun):
    return run.client.get_run(run.run_id)


def test_two_runs_at_once_do_not_mix(tracking: TrackingResource, tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    file.write_text("told")
    with (
        clock.standing_at(AT),
        tracking.run("one", "a", {"dataset": "lab/small"}) as first,
        tracking.run("two", "b") as second,
    ):
        second.params({"p": 2})
        first.params({"p": 1, "long": "x" * 9000})
        first.metrics({f"m{n}": n for n in range(150)})
        first.metrics({"m0": 5.0}, step=1)
        first.dataset("lab/small", "d" * 64, source="file.csv", context="train")
        first.artifact(file)
    found, other = read(first), read(second)
    assert found.data.params["p"] == "1"
    assert len(found.data.params["long"]) == 500
    assert other.data.params == {"p": "2"}
    assert other.data.metrics == {}
    assert len(found.data.metrics) == 150
    assert [m.value for m in first.client.get_metric_history(first.run_id, "m0")] == [0.0, 5.0]
    (rows,) = found.inputs.dataset_inputs
    assert (rows.dataset.name, rows.dataset.digest, rows.tags[0].value) == ("lab/small", "d" * 36, "train")
    assert found.data.tags["dataset"] == "lab/small"
    assert found.info.start_time == found.info.end_time == AT.timestamp() * 1000
    assert found.info.status == "FINISHED"
    stored = Path(urlsplit(found.info.artifact_uri).path)
    assert stored.parts[-3:] == ("mlartifacts", first.run_id, "artifacts")
    assert (stored / "report.html").read_text() == "told"


def test_a_run_that_fails_says_so_and_the_error_goes_on(tracking: TrackingResource) -> None:
    with pytest.raises(ZeroDivisionError), tracking.run("one", "bad") as run:
        raise ZeroDivisionError
    assert read(run).info.status == "FAILED"


def _twice(run: TrackedRun) -> None:
    run.params({"p": 1})
    run.params({"p": 2})


def test_what_mlflow_refuses_is_told_in_words(tracking: TrackingResource) -> None:
    with pytest.raises(AugError, match="MLflow could not log"), tracking.run("one", "refused") as run:
        _twice(run)
    assert read(run).info.status == "FAILED"


def test_the_address_is_the_resource_s_then_the_environment_s_then_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path))
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    assert TrackingResource().address() == f"sqlite:///{tmp_path}/mlflow.db"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://mlflow:5000")
    assert TrackingResource().address() == "http://mlflow:5000"
    assert TrackingResource(uri="sqlite:///x.db").address() == "sqlite:///x.db"


def test_the_clock_stands_where_it_is_set_and_goes_on_after() -> None:
    with clock.standing_at(AT):
        assert clock.now() == AT
    assert clock.now() > AT
    with pytest.raises(ValueError, match="time zone"), clock.standing_at(AT.replace(tzinfo=None)):
        pass
