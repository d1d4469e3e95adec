"""Whole runs on a real cluster of two workers, from being sent to their end, whichever it is."""

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from dagster._core.code_pointer import ModuleCodePointer
from dagster._core.origin import JobPythonOrigin, RepositoryPythonOrigin
from distributed import Client

from resources import code_digest, dask_cluster, dask_runs
from tests.resources.dask_bench import Bench
from tests.resources.dask_scenarios import MARKS

pytest_plugins = ["tests.resources.dask_session"]
pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]


class Sender:
    """Sends runs of scenarios."""

    def __init__(self, bench: Bench, client: Client, instance: dg.DagsterInstance) -> None:
        self.bench, self.client, self.instance = bench, client, instance

    def create(self, group: str, **tags: str) -> str:
        """A run that has not begun."""
        job = dg.build_reconstructable_job("tests.resources.dask_scenarios", "scenario", (group,))
        made = self.instance.create_run_for_job(
            job.get_definition(),
            tags={MARKS: str(self.bench.marks), **tags},
            job_code_origin=job.get_python_origin(),
        )
        return made.run_id

    def send(self, run_id: str, digest: str | None = None) -> Any:
        """Its task."""
        return dask_runs.submit(self.client, self.instance, run_id, digest or code_digest.at_import())

    def end(self, group: str, digest: str | None = None, **tags: str) -> dg.DagsterRun:
        """A run as it ended."""
        run_id = self.create(group, **tags)
        future = self.send(run_id, digest)
        future.exception(90)
        return dask_runs.conclude(self.instance, run_id, future)

    def said(self, run_id: str) -> list[str]:
        """What its events say."""
        entries = self.instance.all_logs(run_id)
        return [entry.dagster_event.message or "" for entry in entries if entry.dagster_event]


@pytest.fixture
def sender(bench: Bench) -> Iterator[Sender]:
    with (
        dask_cluster.connect(bench.home) as client,
        dg.DagsterInstance.from_config(str(bench.home)) as instance,
    ):
        yield Sender(bench, client, instance)


def wait_until(condition: Callable[[], object]) -> None:
    until = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.02)


def test_its_steps_run_in_one_worker_and_its_chunks_in_all(sender: Sender) -> None:
    assert sender.end("day", **{"dagster/partition": "2026-01-02"}).is_success
    assert len(sender.bench.marked("2026-01-02")) == 1
    run = sender.end("fans")
    assert run.is_success
    metadata = [
        entry.dagster_event.materialization.metadata
        for entry in sender.instance.all_logs(run.run_id)
        if entry.dagster_event and entry.dagster_event.is_step_materialization
    ]
    assert [told["numbers"].value for told in metadata] == [[0, 1, 2, 3]] * 6
    assert {len(told["pids"].value) for told in metadata} == {2}


def test_a_run_without_success_ends_as_such_and_its_retries_are_followed(sender: Sender) -> None:
    assert sender.end("checked").status == dg.DagsterRunStatus.FAILURE
    assert sender.bench.marked("after_judged") == []
    assert sender.end("flaky").is_success
    assert len(sender.bench.marked("flaky")) == 3


def test_a_run_whose_worker_dies_fails_and_does_not_run_twice(sender: Sender) -> None:
    run = sender.end("fatal")
    assert run.status == dg.DagsterRunStatus.FAILURE
    assert run.tags["dagster/failure_reason"] == "RUN_WORKER_RESTART"
    assert len(sender.bench.marked("fatal")) == 1


def test_workers_with_other_code_refuse_it_and_the_run_says_so(sender: Sender) -> None:
    run = sender.end("day", digest="edited", **{"dagster/partition": "2026-01-03"})
    assert run.status == dg.DagsterRunStatus.FAILURE
    assert any("StaleWorkerError" in line and "edited" in line for line in sender.said(run.run_id))
    assert sender.bench.marked("2026-01-03") == []


def test_a_run_whose_definitions_cannot_be_loaded_says_why(sender: Sender) -> None:
    job = dg.build_reconstructable_job("tests.resources.dask_scenarios", "scenario", ("fans",))
    gone = ModuleCodePointer("tests.resources.no_such_module", "jobs", str(Path.cwd()))
    origin = JobPythonOrigin("fans", RepositoryPythonOrigin(sys.executable, gone))
    run = sender.instance.create_run_for_job(
        job.get_definition(), job_code_origin=origin, tags={MARKS: str(sender.bench.marks)}
    )
    future = sender.send(run.run_id)
    assert future.exception(90) is not None
    ended = dask_runs.conclude(sender.instance, run.run_id, future)
    assert ended.status is dg.DagsterRunStatus.FAILURE
    assert any("no_such_module" in said for said in sender.said(run.run_id))


@pytest.mark.parametrize("group", ["endless", "endless_chunks"])
def test_a_stopped_run_is_canceled_and_its_work_ends(sender: Sender, group: str) -> None:
    run_id = sender.create(group)
    future = sender.send(run_id)
    wait_until(lambda: list(sender.bench.marks.glob("beat*")))
    began = time.monotonic()
    assert dask_runs.stop(sender.client, sender.instance, run_id)
    run = dask_runs.conclude(sender.instance, run_id, future)
    assert run.status == dg.DagsterRunStatus.CANCELED
    assert time.monotonic() - began < 10
    time.sleep(1)
    last = time.time()
    time.sleep(0.5)
    assert all(path.stat().st_mtime < last for path in sender.bench.marks.glob("beat*"))
    assert not dask_runs.stop(sender.client, sender.instance, run_id), "there is nothing to stop any more"


def test_a_run_that_is_stopped_before_it_begins_never_does(sender: Sender) -> None:
    busy = [sender.create("endless") for _ in range(2)]
    tasks = [sender.send(run_id) for run_id in busy]
    begun = dg.RunsFilter(run_ids=busy, statuses=[dg.DagsterRunStatus.STARTED])
    wait_until(lambda: sender.instance.get_runs_count(begun) == 2)
    waiting = sender.create("day", **{"dagster/partition": "2026-01-04"})
    future = sender.send(waiting)
    for run_id, task in ((waiting, future), *zip(busy, tasks, strict=True)):
        dask_runs.stop(sender.client, sender.instance, run_id)
        assert dask_runs.conclude(sender.instance, run_id, task).status == dg.DagsterRunStatus.CANCELED
    assert sender.end("day", **{"dagster/partition": "2026-01-05"}).is_success, "the workers are free again"
    assert sender.bench.marked("2026-01-04") == []


def test_a_lost_cluster_fails_the_run(
    bench: Bench, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path_factory.mktemp("other_home")
    monkeypatch.setenv("AUG_DASK_WORKERS", "1")
    with dask_cluster.connect(other) as client, dg.DagsterInstance.from_config(str(bench.home)) as instance:
        sender = Sender(bench, client, instance)
        run_id = sender.create("endless")
        future = sender.send(run_id)
        wait_until((bench.marks / "beat").exists)
        worker = client.run(os.getpid)
        (serving,) = dask_cluster.status(other)
        for pid in (serving.pid, *worker.values()):
            os.kill(pid, signal.SIGKILL)
        wait_until(future.done)
        run = dask_runs.conclude(instance, run_id, future)
        assert run.status == dg.DagsterRunStatus.FAILURE
        assert any("scheduler ended, or the connection to it broke" in line for line in sender.said(run_id))
