"""Starting the detached process of an embedded Dask cluster.

Whether to start one, and waiting for it, is for dask_cluster.
"""

import json
import os
import subprocess
import sys
import threading
from pathlib import Path

_LOG_BYTES = 10_000_000
# not -m: the cluster must import what this process would, not what lies in the working directory
_SERVE = """
import json, sys
sys.path[:] = json.loads(sys.argv.pop(1))
from resources.dask_server import main
main()
"""


def launch(directory: Path, workers: int, digest: str) -> threading.Thread:
    """Start the process, detached, for code of a digest; the thread returned lives as long as it does."""
    log = log_path(directory)
    if log.exists() and log.stat().st_size > _LOG_BYTES:
        log.replace(log.with_suffix(".old.log"))
    options = ["--directory", str(directory), "--workers", str(workers), "--digest", digest]
    # a cluster that a worker starts must not inherit what Dask set for that worker
    environment = {name: value for name, value in os.environ.items() if name != "MALLOC_TRIM_THRESHOLD_"}
    with log.open("ab") as output:
        process = subprocess.Popen(  # noqa: S603 - fixed words and our own paths
            [sys.executable, "-P", "-c", _SERVE, json.dumps(sys.path), *options],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=environment,
            start_new_session=True,  # Ctrl-C in a terminal ends the run there, not the cluster
        )
    thread = threading.Thread(target=process.wait, name="dask cluster", daemon=True)  # leaves no zombie
    thread.start()
    return thread


def log_path(directory: Path) -> Path:
    """What the process and its workers print."""
    return directory / "cluster.log"
