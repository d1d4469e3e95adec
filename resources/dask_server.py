"""The detached process behind the embedded Dask cluster of one Dagster instance.

Nothing that finds, starts or stops it from outside: see dask_cluster.
"""

import argparse
import os
import signal
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from aug_assets.errors import StaleWorkerError
from resources import code_digest
from resources.dask_files import ClusterFile, lock_path

_TICK_SECONDS = 0.5
# glibc raises its mmap threshold by itself unless a trim threshold is set, as Dask does by default; then each
# large array is mapped and unmapped again, and numeric work takes several times as long.
_WORKER_ENV = {
    "MALLOC_TRIM_THRESHOLD_": None,
    "OMP_NUM_THREADS": 1,
    "MKL_NUM_THREADS": 1,
    "OPENBLAS_NUM_THREADS": 1,
}
# Of Dask's own settings, unless the environment has them.
_DEFAULTS = {
    "ADAPTIVE__TARGET_DURATION": "1s",  # a run of two seconds is worth a worker
    "ADAPTIVE__WAIT_COUNT": "30",  # seconds without work before a worker goes: it costs five to start
    "DEPLOY__LOST_WORKER_TIMEOUT": "60s",  # 15 s is short under load
}


def main() -> None:
    """Serve until idle, told to stop, or no longer findable."""
    parser = argparse.ArgumentParser(description="Serve one embedded Dask cluster")
    parser.add_argument("--directory", type=Path, required=True)
    parser.add_argument("--workers", type=int, required=True)
    parser.add_argument("--digest", required=True, help="code digest of the process that asks")
    options = parser.parse_args()
    _refuse_edited_code(options.digest)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    with tempfile.TemporaryDirectory(prefix="aug-dask-", ignore_cleanup_errors=True) as scratch:
        _configure(scratch)
        serve(options.directory, options.workers, stop)


def serve(directory: Path, workers: int, stop: threading.Event) -> None:
    """Run the cluster and publish where it is, until ``stop`` is set or nobody needs it any more."""
    from distributed import LocalCluster

    adaptive = _is_adaptive()
    with LocalCluster(
        n_workers=0 if adaptive else workers,
        threads_per_worker=1,
        memory_limit=os.environ.get("AUG_DASK_MEMORY") or "auto",
        processes=True,
        host="127.0.0.1",
        silence_logs=False,
        **_dashboard(),
    ) as cluster:
        published = ClusterFile.of_this_process(
            directory, address=cluster.scheduler_address, workers=workers, digest=code_digest.at_import()
        )
        published.write(directory)
        if adaptive:
            cluster.adapt(minimum=0, maximum=workers)
        try:
            _wait(cluster, directory, published, stop)
        finally:
            published.remove(directory)


def _wait(cluster: Any, directory: Path, published: ClusterFile, stop: threading.Event) -> None:
    patience = float(os.environ.get("AUG_DASK_IDLE_SECONDS", "600"))
    used = time.monotonic()
    while not stop.wait(_TICK_SECONDS):
        if ClusterFile.read(directory) != published:
            return  # the instance is gone, or another cluster has taken over
        if not _is_adaptive() and len(cluster.scheduler.workers) < published.workers:
            # Dask gives up a worker for good when it once fails to restart, or takes too long; this starts
            # those that it has given up
            cluster.scale(published.workers)
        if _in_use(cluster.scheduler):
            used = time.monotonic()
        elif time.monotonic() - used > patience and _retire(cluster.scheduler, directory, published):
            return


def _is_adaptive() -> bool:
    """Whether workers come with work and go without, rather than staying as long as the cluster."""
    return os.environ.get("AUG_DASK_ADAPTIVE", "off").lower() == "on"


def _retire(scheduler: Any, directory: Path, published: ClusterFile) -> bool:
    """Withdraw the address, unless somebody is connecting right now."""
    try:
        with FileLock(lock_path(directory), timeout=0):
            if _in_use(scheduler):
                return False
            published.remove(directory)
            return True
    except Timeout:
        return False


def _in_use(scheduler: Any) -> bool:
    """Whether there is work, or a client other than the workers' own."""
    clients = [name for name in list(scheduler.clients) if name.startswith("Client-")]
    outside = [name for name in clients if not name.startswith("Client-worker-")]
    return bool(scheduler.tasks or outside)


def _refuse_edited_code(expected: str) -> None:
    if code_digest.at_import() != expected:
        raise StaleWorkerError(
            "The code was edited between the start of a process and the start of its Dask cluster",
            seen=code_digest.at_import(),
            legal=expected,
            todo="start the command again",
        )


def _configure(scratch: str) -> None:
    for name, value in _DEFAULTS.items():
        os.environ.setdefault(f"DASK_DISTRIBUTED__{name}", value)
    import dask

    dask.config.set(
        {
            "temporary-directory": scratch,
            "distributed.nanny.pre-spawn-environ": _WORKER_ENV,
            "distributed.worker.preload": ["resources.dask_preload"],
            "distributed.worker.profile.enabled": False,  # samples every 10 ms; `aug profile` looks deeper
        }
    )


def _dashboard() -> dict[str, Any]:
    address = os.environ.get("AUG_DASK_DASHBOARD")
    if address:
        return {"dashboard_address": address}
    return {"dashboard_address": "127.0.0.1:0", "scheduler_kwargs": {"dashboard": False}}
