"""Finding a Dask cluster for a process: one by address, or the embedded one of a Dagster instance.

The embedded cluster outlives the runs that use it and ends when nobody needs it; dask_launch starts its
process, which runs dask_server. It listens on 127.0.0.1 without authentication, as Dask does: on a machine
shared with people who may not act as you, give an address with TLS instead.
"""

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from aug_assets.errors import ClusterUnreachableError
from resources import code_digest, dask_launch
from resources.dask_files import ClusterFile, all_directories, lock_path, own_directory

if TYPE_CHECKING:
    from distributed import Client

CONNECT_SECONDS = 10
START_SECONDS = 120  # a loaded machine takes half a minute to start eight workers
STOP_SECONDS = 15
_CHECK_ADDRESS = "check that the scheduler runs, or unset DASK_ADDRESS to use the embedded one"


def connect(
    instance_dir: str | Path,
    address: str | None = None,
    workers: int | None = None,
    digest: str | None = None,
) -> "Client":
    """Connect to the cluster at an address, or to the instance's embedded one, started if there is none.

    Args:
        instance_dir: Home of the Dagster instance.
        address: Of an existing scheduler; without it ``DASK_ADDRESS``, and without that the embedded cluster.
        workers: Size of the embedded cluster if this call starts it; else it keeps the size it has.
        digest: Of the code that its workers are to run; that of this process by default.

    Raises:
        ClusterUnreachableError: Nothing answers at the address, or the embedded cluster does not start.
    """
    address = address or os.environ.get("DASK_ADDRESS")
    if address:
        return _client(address, todo=_CHECK_ADDRESS)
    digest = digest or code_digest.at_import()
    directory = own_directory(Path(instance_dir), digest)
    directory.mkdir(parents=True, exist_ok=True)
    try:
        # also around connecting, so that an idle cluster cannot retire between the look and the connection
        with FileLock(lock_path(directory), timeout=START_SECONDS):
            found = _running(directory) or _start(directory, workers or default_workers(), digest)
            return _client(
                found.address, todo=f"read {dask_launch.log_path(directory)}, or kill process {found.pid}"
            )
    except Timeout:
        raise ClusterUnreachableError(
            "Another process has been starting the embedded Dask cluster for too long",
            seen=str(directory),
            todo=f"read {dask_launch.log_path(directory)}",
        ) from None


def stop(instance_dir: str | Path) -> int:
    """Stop all embedded clusters of the instance; work that runs on them is lost.

    Returns:
        How many were running.
    """
    found = [(path, file) for path in all_directories(Path(instance_dir)) if (file := ClusterFile.read(path))]
    alive = [file for _, file in found if file.is_alive()]
    _end([file.pid for file in alive])
    for path, file in found:
        file.remove(path)
    return len(alive)


def status(instance_dir: str | Path) -> list[ClusterFile]:
    """The embedded clusters of the instance that are running, one for each code and environment in use."""
    files = [ClusterFile.read(path) for path in all_directories(Path(instance_dir))]
    return [file for file in files if file is not None and file.is_alive()]


def default_workers() -> int:
    """Size of an embedded cluster of which nobody said otherwise."""
    return int(os.environ.get("AUG_DASK_WORKERS") or min(os.cpu_count() or 1, 8))


def _client(address: str, *, todo: str) -> "Client":
    from distributed import Client

    client: Client = Client.__new__(Client)
    try:
        client.__init__(address, timeout=CONNECT_SECONDS, set_as_default=False)
    except (OSError, ValueError) as error:  # ValueError: not an address at all
        # Left to the garbage collector it would close itself in whichever thread that happens, and wait for
        # ever for a lock that a client which is just starting holds there.
        client.close()
        client._loop_runner.stop()  # noqa: SLF001 - close leaves its thread running if it never was connected
        raise ClusterUnreachableError(
            f"No Dask scheduler answers ({type(error).__name__})", seen=address, todo=todo
        ) from error
    return client


def _running(directory: Path) -> ClusterFile | None:
    file = ClusterFile.read(directory)
    return file if file is not None and file.is_alive() else None


def _start(directory: Path, workers: int, digest: str) -> ClusterFile:
    """Start the serving process and wait until it says where it is. The caller holds the lock."""
    process = dask_launch.launch(directory, workers, digest)
    deadline = time.monotonic() + START_SECONDS
    while process.is_alive() and time.monotonic() < deadline:
        if file := _running(directory):
            return file
        process.join(0.05)
    raise ClusterUnreachableError(
        "The embedded Dask cluster did not start",
        seen=str(directory),
        todo=f"read {dask_launch.log_path(directory)}",
    )


def _end(pids: list[int]) -> None:
    import psutil

    processes = [psutil.Process(pid) for pid in pids if psutil.pid_exists(pid)]
    for process in processes:
        process.terminate()
    _, left = psutil.wait_procs(processes, timeout=STOP_SECONDS)
    for process in left:
        process.kill()
