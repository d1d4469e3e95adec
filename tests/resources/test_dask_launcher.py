"""The run launcher of the product's own `dagster.yaml`, with a real instance and a real cluster."""

import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import dagster as dg
import pytest
from dagster._core.definitions.reconstruct import ReconstructableRepository
from dagster._core.launcher.default_run_launcher import DefaultRunLauncher
from dagster._daemon.auto_run_reexecution.auto_run_reexecution import should_retry

from aug_assets.commands import home as product
from aug_assets.errors import ClusterUnreachableError
from resources import dask_launcher
from resources.dask_launcher import DaskRunLauncher
from tests.resources.dask_scenarios import MARKS

pytest_plugins = ["tests.resources.dask_session"]
pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]
STOP = """
import sys
import dagster
with dagster.DagsterInstance.from_config(sys.argv[1]) as instance:
    print(instance.run_launcher.terminate(sys.argv[2]))
"""
MODULE = "tests.resources.dask_scenarios"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, cluster_address: str) -> Iterator[Path]:
    """A Dagster home as `aug` makes it, whose runs go to the cluster of the session."""
    folder = tmp_path_factory.mktemp("launching")
    shutil.copy(product.ROOT / "dagster.yaml", folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DASK_ADDRESS", cluster_address)
        patch.setenv("AUG_CODE_DIGEST", "tests")
        patch.setenv("DAGSTER_HOME", str(folder))
        yield folder


@pytest.fixture
def instance(place: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dg.DagsterInstance]:
    monkeypatch.setattr(dask_launcher, "_MODULE", MODULE)
    with dg.DagsterInstance.from_config(str(place)) as opened:
        assert isinstance(opened.run_launcher, DaskRunLauncher)
        yield opened


def create(instance: dg.DagsterInstance, marks: Path, group: str, **options: Any) -> str:
    job = ReconstructableRepository.for_module(MODULE, "SCENARIOS").get_reconstructable_job(group)
    made = instance.create_run_for_job(
        job.get_definition(),
        tags={MARKS: str(marks), **options.pop("tags", {})},
        job_code_origin=job.get_python_origin(),
        **options,
    )
    return made.run_id


def launch(instance: dg.DagsterInstance, run_id: str) -> None:
    run = instance.get_run_by_id(run_id)
    instance.run_launcher.launch_run(SimpleNamespace(dagster_run=run, workspace=None))


def status(instance: dg.DagsterInstance, run_id: str) -> str:
    return instance.get_run_by_id(run_id).status.value


def wait_until(condition: Callable[[], object]) -> None:
    until = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.05)


def test_runs_go_to_the_cluster_which_is_left_when_the_last_has_ended(
    instance: dg.DagsterInstance, tmp_path: Path, cluster_address: str
) -> None:
    runs = [
        create(instance, tmp_path, "day", tags={"dagster/partition": f"2026-01-0{day}"}) for day in (2, 3, 4)
    ]
    for run_id in runs:
        launch(instance, run_id)
    connection = instance.run_launcher._connection
    wait_until(lambda: all(status(instance, run_id) == "SUCCESS" for run_id in runs))
    for run_id in runs:
        assert instance.get_run_by_id(run_id).tags["aug/cluster"] == cluster_address
    assert len({(tmp_path / f"2026-01-0{day}").read_text() for day in (2, 3, 4)}) <= 2, "of two workers"
    wait_until(lambda: connection._client.status == "closed")
    again = create(instance, tmp_path, "day", tags={"dagster/partition": "2026-01-05"})
    launch(instance, again)
    wait_until(lambda: status(instance, again) == "SUCCESS")


def test_another_process_can_stop_a_run(instance: dg.DagsterInstance, tmp_path: Path, place: Path) -> None:
    run_id = create(instance, tmp_path, "endless")
    launch(instance, run_id)
    wait_until((tmp_path / "beat").exists)
    command = [sys.executable, "-P", "-c", STOP, str(place), run_id]
    told = subprocess.run(command, check=False, cwd=product.ROOT, capture_output=True, text=True, timeout=60)
    assert told.stdout.split() == ["True"], told.stderr
    wait_until(lambda: status(instance, run_id) == "CANCELED")
    assert instance.run_launcher.terminate(run_id) is False


def test_a_dead_worker_fails_the_run_in_a_way_that_dagster_tries_again(
    instance: dg.DagsterInstance, tmp_path: Path
) -> None:
    run_id = create(instance, tmp_path, "fatal")
    launch(instance, run_id)
    wait_until(lambda: status(instance, run_id) == "FAILURE")
    run = instance.get_run_by_id(run_id)
    assert run.tags["dagster/failure_reason"] == "RUN_WORKER_RESTART"
    assert should_retry(run, instance)


def test_runs_that_are_not_for_these_workers_get_a_process(
    instance: dg.DagsterInstance, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[str] = []
    monkeypatch.setattr(
        DefaultRunLauncher, "launch_run", lambda _, context: given.append(context.dagster_run.run_id)
    )
    config = {"execution": {"config": {"max_concurrent": 1}}}
    own = create(instance, tmp_path, "day", run_config=config)
    launch(instance, own)
    monkeypatch.setattr(dask_launcher, "_MODULE", "somebody.else")
    foreign = create(instance, tmp_path, "day")
    launch(instance, foreign)
    assert given == [own, foreign]
    assert "aug/cluster" not in instance.get_run_by_id(foreign).tags


def test_a_cluster_that_cannot_be_reached_is_an_error_of_the_launch(
    instance: dg.DagsterInstance, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DASK_ADDRESS", "tcp://127.0.0.1:9")
    with pytest.raises(ClusterUnreachableError, match="tcp"):
        launch(instance, create(instance, tmp_path, "day"))
