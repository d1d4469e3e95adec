"""A day has one content, whoever makes it: any number of workers, any pieces, any order, any hash seed."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import aug_assets
from tests.assets import one_day

ROOT = Path(aug_assets.__file__).resolve().parents[1]
pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]
FORKED = {"distributed.worker.multiprocessing-method": "forkserver"}
HEAVY = ("tests.assets.one_day", "pandera.pandas", "matplotlib.figure", "deltalake")
SMALL = 30  # candidates a chunk: three times as many chunks as workers


def content(made: dict[str, Any]) -> tuple[str, str]:
    return made["validated"], made["provenance"]


@pytest.fixture(scope="module")
def golden(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The day in one piece, in this process."""
    made = one_day.made(str(tmp_path_factory.mktemp("golden")), 100_000)
    assert made["pids"] == [os.getpid()]
    assert made["accepted"] > 600
    return made


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    """Four workers, forked from a process that has loaded what they need: doing so four times is slow."""
    import dask
    from distributed import LocalCluster
    from distributed.utils import get_mp_context

    with pytest.MonkeyPatch.context() as patch, dask.config.set(FORKED):
        # else a worker that starts after a file was edited would refuse the work
        patch.setenv("AUG_CODE_DIGEST", "tests")
        get_mp_context().set_forkserver_preload(["distributed", *HEAVY])
        with LocalCluster(4, threads_per_worker=1, processes=True, dashboard_address="127.0.0.1:0") as made:
            yield made


def scaled(cluster: Any, workers: int) -> Any:
    """A client of the cluster once it has exactly so many workers."""
    from distributed import Client

    cluster.scale(workers)
    client = Client(cluster, set_as_default=False)
    until = time.monotonic() + 60
    while len(client.scheduler_info(n_workers=-1)["workers"]) != workers:
        assert time.monotonic() < until, "the cluster does not reach its size"
        time.sleep(0.05)
    return client


def test_the_number_of_workers_leaves_no_trace(golden: dict[str, Any], cluster: Any, tmp_path: Path) -> None:
    for workers in (4, 3, 1):
        with scaled(cluster, workers) as client:
            made = client.submit(one_day.made, str(tmp_path / str(workers)), SMALL, pure=False).result(60)
        assert made["chunks"] > 20
        assert len(made["pids"]) == workers, "not all workers took part"
        assert os.getpid() not in made["pids"]
        assert content(made) == content(golden), workers


def test_a_worker_that_dies_half_way_leaves_no_trace(
    golden: dict[str, Any], cluster: Any, tmp_path: Path
) -> None:
    with scaled(cluster, 3) as client:
        client.run(one_day.slow_down, 0.3)
        future = client.submit(one_day.made, str(tmp_path), SMALL, pure=False)
        parts = tmp_path / "lake" / "lab" / "small" / "provenance"
        written = wait_for_parts(parts, 4)
        (busy,) = [worker for worker, keys in client.processing().items() if future.key in keys]
        pids = client.run(os.getpid)
        victim = next(pid for worker, pid in pids.items() if worker != busy)
        os.kill(victim, signal.SIGKILL)
        made = future.result(90)
    assert written < made["chunks"] / 2
    assert content(made) == content(golden)


def wait_for_parts(folder: Path, count: int) -> int:
    until = time.monotonic() + 60
    while (found := len(list(folder.rglob("*.parquet")))) < count:
        assert time.monotonic() < until, "the chunks never began"
        time.sleep(0.02)
    return found


@pytest.mark.parametrize("chunk_rows", [7, 50, 100_000])
def test_pieces_and_their_order_leave_no_trace(
    golden: dict[str, Any], tmp_path: Path, chunk_rows: int
) -> None:
    made = one_day.made(str(tmp_path), chunk_rows, shuffle=chunk_rows)
    assert made["chunks"] == {7: 101, 50: 14, 100_000: 2}[chunk_rows]
    assert content(made) == content(golden)


def test_the_hash_seed_leaves_no_trace(golden: dict[str, Any], tmp_path: Path) -> None:
    def start(seed: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-W", "ignore", "-m", "tests.assets.one_day", str(tmp_path / seed), "50"]
        environment = os.environ | {"PYTHONHASHSEED": seed}
        return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)

    processes = [start(seed) for seed in ("1", "4294967295")]
    told = [process.communicate(timeout=120)[0] for process in processes]
    assert [content(json.loads(made)) for made in told] == [content(golden)] * 2


def test_other_rows_have_another_content(
    golden: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(one_day, "ROWS", one_day.ROWS - 1)
    assert not set(content(one_day.made(str(tmp_path), 50))) & set(content(golden))
