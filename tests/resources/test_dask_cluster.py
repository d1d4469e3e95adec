"""The embedded cluster: one for each instance, code and environment; its start, death, idleness and end."""

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest
from filelock import FileLock

from aug_assets.errors import AugError, ClusterUnreachableError
from resources import dask_cluster, dask_files, dask_launch, dask_server
from resources.dask_files import ClusterFile

pytestmark = [pytest.mark.timeout(120)]

CONNECT = (
    "import sys; from resources.dask_cluster import connect; print(connect(sys.argv[1]).scheduler.address)"
)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A Dagster home without a cluster, and settings for small ones."""
    monkeypatch.delenv("DASK_ADDRESS", raising=False)
    monkeypatch.setenv("AUG_DASK_WORKERS", "1")
    monkeypatch.setenv("AUG_DASK_PRELOAD", "")
    monkeypatch.setenv("AUG_CODE_DIGEST", "tests")  # files may be edited while the tests run
    yield tmp_path
    dask_cluster.stop(tmp_path)


def wait_until(condition: Callable[[], bool], seconds: float = 20) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "waited in vain"
        time.sleep(0.05)


def only_cluster(home: Path) -> ClusterFile:
    (cluster,) = dask_cluster.status(home)
    return cluster


@pytest.mark.slow
def test_two_processes_that_start_it_at_once_share_one(home: Path) -> None:
    command = [sys.executable, "-W", "ignore", "-c", CONNECT, str(home)]
    processes = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    addresses = {process.communicate(timeout=90)[0].strip() for process in processes}
    cluster = only_cluster(home)
    assert addresses == {cluster.address}
    with dask_cluster.connect(home, workers=7) as client:
        workers = client.run(_environment)
    assert len(workers) == cluster.workers == 1  # it keeps the size that it has
    assert next(iter(workers.values())) == {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
    children = psutil.Process(cluster.pid).children(recursive=True)
    assert dask_cluster.stop(home) == 1
    assert dask_cluster.status(home) == []
    wait_until(lambda: not any(child.is_running() for child in children))


def _environment() -> dict[str, str]:
    names = ("MALLOC_TRIM_THRESHOLD_", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
    return {name: os.environ[name] for name in names if name in os.environ}


@pytest.mark.slow
def test_a_killed_one_is_replaced_and_one_without_a_home_ends(home: Path) -> None:
    dask_cluster.connect(home).close()
    first = only_cluster(home)
    os.kill(first.pid, signal.SIGKILL)
    wait_until(lambda: not first.is_alive())
    assert dask_cluster.status(home) == []
    dask_cluster.connect(home).close()
    second = only_cluster(home)
    assert second.address != first.address
    shutil.rmtree(home)
    wait_until(lambda: not second.is_alive())
    assert not home.exists()


@pytest.mark.slow
def test_it_ends_when_idle_and_not_while_somebody_is_connected(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AUG_DASK_IDLE_SECONDS", "1")
    client = dask_cluster.connect(home)
    cluster = only_cluster(home)
    time.sleep(2.5)
    assert client.submit(abs, -1).result(10) == 1
    client.close()
    wait_until(lambda: not cluster.is_alive())
    assert ClusterFile.read(dask_files.own_directory(home)) is None


@pytest.mark.slow
def test_a_worker_that_dask_gave_up_is_replaced(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DASK_DISTRIBUTED__DEPLOY__LOST_WORKER_TIMEOUT", "1s")
    with dask_cluster.connect(home) as client:
        before = set(client.nthreads())  # `scheduler_info` may be seconds old
        client.retire_workers(list(before))
        wait_until(lambda: set(client.nthreads()) - before, 60)
        assert client.submit(os.getpid, pure=False).result(30)


@pytest.mark.slow
def test_one_that_cannot_start_is_reported_with_its_log(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    launch = dask_launch.launch

    def launch_with_other_code(directory: Path, workers: int, _digest: str) -> object:
        return launch(directory, workers, "edited since")

    monkeypatch.setattr(dask_launch, "launch", launch_with_other_code)
    with pytest.raises(ClusterUnreachableError) as caught:
        dask_cluster.connect(home)
    (log,) = home.glob("dask/*/cluster.log")
    assert str(log) in caught.value.todo
    assert "StaleWorkerError" in log.read_text()


@pytest.mark.parametrize(
    "address", ["tcp://127.0.0.1:9", "nonsense", "tcp://no-such-host.invalid:8786", "bad://x"]
)
def test_an_address_where_nothing_answers_is_an_error_soon(
    home: Path, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setattr(dask_cluster, "CONNECT_SECONDS", 1)
    began, threads = time.monotonic(), _loops()
    with pytest.raises(ClusterUnreachableError) as caught:
        dask_cluster.connect(home, address=address)
    assert _loops() <= threads  # the client that failed is closed, not left to the garbage collector
    assert address in str(caught.value)
    assert "DASK_ADDRESS" in caught.value.todo
    assert time.monotonic() - began < 10


def _loops() -> set[threading.Thread]:
    return {thread for thread in threading.enumerate() if thread.name == "IO loop"}


def test_a_start_by_somebody_else_is_not_awaited_for_ever(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dask_cluster, "START_SECONDS", 0.2)
    directory = dask_files.own_directory(home)
    directory.mkdir(parents=True)
    with FileLock(dask_files.lock_path(directory)), pytest.raises(AugError, match="Another process"):
        dask_cluster.connect(home)


def test_code_and_settings_have_their_own_place_and_its_own_settings_have_not(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    places = [dask_files.own_directory(home)]
    monkeypatch.setenv("AUG_DASK_IDLE_SECONDS", "7")
    assert dask_files.own_directory(home) == places[0]
    for name in ("AUG_LAKE", "AWS_PROFILE", "AUG_CODE_DIGEST"):
        monkeypatch.setenv(name, "other")
        places.append(dask_files.own_directory(home))
    assert len(set(places)) == 4


@pytest.mark.parametrize("text", ["", "{", "[]", '{"address": "tcp://127.0.0.1:1"}'])
def test_a_damaged_file_counts_as_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "scheduler.json").write_text(text)
    assert ClusterFile.read(tmp_path) is None


def test_a_pid_that_was_given_to_another_process_is_not_alive(home: Path) -> None:
    directory = home / "dask" / "x"
    directory.mkdir(parents=True)
    sleep = [sys.executable, "-c", "import time; time.sleep(30)"]
    with subprocess.Popen(sleep) as other, subprocess.Popen([*sleep, str(directory)]) as own:
        file = ClusterFile("tcp://127.0.0.1:1", own.pid, str(directory), workers=1, digest="x")
        replace(file, pid=other.pid).write(directory)
        assert dask_cluster.status(home) == []
        assert dask_cluster.stop(home) == 0
        file.write(directory)
        wait_until(lambda: dask_cluster.status(home) == [file])  # its command line is empty at first
        assert dask_cluster.stop(home) == 1
        alive = [process.poll() is None for process in (own, other)]
        other.kill()
    assert alive == [False, True]  # the other was not the cluster's, so it must live


def test_an_idle_cluster_does_not_retire_while_somebody_connects(tmp_path: Path) -> None:
    file = ClusterFile.of_this_process(tmp_path, address="tcp://127.0.0.1:1", workers=1, digest="x")
    file.write(tmp_path)
    idle = SimpleNamespace(clients={"fire-and-forget": None, "Client-worker-1": None}, tasks={})
    with FileLock(dask_files.lock_path(tmp_path)):
        assert not dask_server._retire(idle, tmp_path, file)
    joined = SimpleNamespace(clients={"Client-1": None}, tasks={})
    assert not dask_server._retire(joined, tmp_path, file)
    assert ClusterFile.read(tmp_path) == file
    assert dask_server._retire(idle, tmp_path, file)
    assert ClusterFile.read(tmp_path) is None
