"""An embedded cluster that grows and shrinks around a backfill; workers that are slow or out of memory."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import dagster as dg
import psutil
import pytest
from distributed import Client

from resources import dask_cluster, dask_runs
from tests.resources.dask_bench import Bench
from tests.resources.test_dask_runs import Sender

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.delenv("DASK_ADDRESS", raising=False)
    monkeypatch.setenv("AUG_DASK_WORKERS", "2")
    monkeypatch.setenv("AUG_DASK_PRELOAD", "tests.resources.dask_scenarios")
    monkeypatch.setenv("AUG_CODE_DIGEST", "tests")
    home = tmp_path / "home"
    home.mkdir()
    (home / "dagster.yaml").write_text("telemetry: {enabled: false}\n")
    yield home
    dask_cluster.stop(home)


def senders(place: Path, client: Client, instance: dg.DagsterInstance) -> Sender:
    marks = place / "marks"
    marks.mkdir()
    return Sender(Bench(place, marks), client, instance)


def wait_until(condition: Callable[[], object], seconds: float = 90) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "waited in vain"
        time.sleep(0.05)


def days(sender: Sender, count: int) -> list[str]:
    return [sender.create("slow", **{"dagster/partition": f"2026-01-{n:02d}"}) for n in range(1, count + 1)]


def test_workers_come_with_a_backfill_and_go_after_it(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AUG_DASK_ADAPTIVE", "on")
    monkeypatch.setenv("DASK_DISTRIBUTED__ADAPTIVE__WAIT_COUNT", "2")
    with dask_cluster.connect(place) as client, dg.DagsterInstance.from_config(str(place)) as instance:
        sender = senders(place, client, instance)
        assert len(client.nthreads()) == 0
        runs = days(sender, 8)
        futures = {run_id: sender.send(run_id) for run_id in runs}
        wait_until(lambda: len(client.nthreads()) == 2)
        ended = [dask_runs.conclude(instance, run_id, task) for run_id, task in awaited(futures)]
        assert all(run.is_success for run in ended)
        assert all(len(sender.bench.marked(f"2026-01-{n:02d}")) == 1 for n in range(1, 9)), "each day once"
        for future in futures.values():
            future.release()  # a result that somebody still wants keeps its worker
        wait_until(lambda: len(client.nthreads()) == 0)
        assert dask_cluster.status(place), "the cluster itself stays, for the next ones"
        assert sender.end("day", **{"dagster/partition": "2026-01-09"}).is_success, "and they come again"


def awaited(futures: dict[str, object]) -> Iterator[tuple[str, object]]:
    for run_id, future in futures.items():
        future.exception(90)
        yield run_id, future


def test_a_worker_that_stands_still_for_a_while_holds_up_only_its_own_day(place: Path) -> None:
    with dask_cluster.connect(place) as client, dg.DagsterInstance.from_config(str(place)) as instance:
        sender = senders(place, client, instance)
        wait_until(lambda: len(client.nthreads()) == 2)
        pid = min(client.run(os.getpid).values())
        futures = {run_id: sender.send(run_id) for run_id in days(sender, 8)}
        wait_until(lambda: asleep(sender, pid))  # it holds no lock of the event log then
        os.kill(pid, signal.SIGSTOP)
        try:
            wait_until(lambda: sum(ended(instance, run_id) for run_id in futures) >= 4)
            assert not all(ended(instance, run_id) for run_id in futures), "its own day waits for it"
        finally:
            os.kill(pid, signal.SIGCONT)
        runs = [dask_runs.conclude(instance, run_id, task) for run_id, task in awaited(futures)]
        assert all(run.is_success for run in runs)
        made = [sender.bench.marked(f"2026-01-{n:02d}") for n in range(1, 9)]
        assert all(len(one) == 1 for one in made), "no day twice"


def asleep(sender: Sender, pid: int) -> bool:
    """Whether a worker has begun a day and not ended it."""
    begun = [path.name for path in sender.bench.marks.glob("begun-*") if str(pid) in path.read_text().split()]
    return any(not (sender.bench.marks / name.removeprefix("begun-")).exists() for name in begun)


def ended(instance: dg.DagsterInstance, run_id: str) -> bool:
    run = instance.get_run_by_id(run_id)
    return run is not None and run.is_finished


def test_a_worker_beyond_its_memory_fails_its_run_and_others_go_on(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AUG_DASK_MEMORY", "700MiB")
    with dask_cluster.connect(place) as client, dg.DagsterInstance.from_config(str(place)) as instance:
        sender = senders(place, client, instance)
        greedy = sender.create("greedy")
        future = sender.send(greedy)
        assert sender.end("day", **{"dagster/partition": "2026-01-01"}).is_success
        future.exception(90)
        run = dask_runs.conclude(instance, greedy, future)
        assert run.status == dg.DagsterRunStatus.FAILURE
        assert run.tags["dagster/failure_reason"] == "RUN_WORKER_RESTART"
        assert len(sender.bench.marked("greedy")) == 1
        wait_until(lambda: len(client.nthreads()) == 2)
        pids = client.run(os.getpid).values()
        assert all(psutil.Process(pid).memory_info().rss < 700 * 2**20 for pid in pids)
        assert sender.end("day", **{"dagster/partition": "2026-01-02"}).is_success
