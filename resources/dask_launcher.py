"""The run launcher of `dagster.yaml`: runs of the platform's jobs go to warm Dask workers.

Runs of other code locations and environments, and those that set up the executor themselves, get a process of
their own as Dagster does it.
"""

import sys
import threading
from typing import TYPE_CHECKING, Any

from dagster import DagsterInstance, DagsterRun
from dagster._core.launcher.base import LaunchRunContext
from dagster._core.launcher.default_run_launcher import DefaultRunLauncher

from resources import code_digest, dask_cluster, dask_runs

if TYPE_CHECKING:
    from distributed import Client, Future

_MODULE = "aug_assets.definitions"
_CLUSTER = "aug/cluster"  # tag of a run: address of the scheduler that has it
_LOCK = threading.Lock()  # around a look at a connection and its use, or its end


class DaskRunLauncher(DefaultRunLauncher):
    """Sends runs to the Dask cluster of the instance, or to that of ``DASK_ADDRESS``.

    A run whose worker or cluster is lost fails with the reason.
    """

    _connection: "_Connection | None" = None

    def launch_run(self, context: LaunchRunContext) -> None:
        """Start a run.

        Raises:
            ClusterUnreachableError: There is no Dask cluster and none starts; Dagster fails the run with it.
        """
        run = context.dagster_run
        if not _is_ours(run):
            super().launch_run(context)
            return
        digest = code_digest.current()  # this process may have begun before the files were edited
        with _LOCK:
            if self._connection is None or not self._connection.serves(digest):
                client = dask_cluster.connect(self._instance.root_directory, digest=digest)
                self._connection = _Connection(client, self._instance, digest)
            self._connection.send(run.run_id)

    def terminate(self, run_id: str) -> bool:
        """Stop a run, from whichever process; whether it was there to be stopped."""
        run = self._instance.get_run_by_id(run_id)
        if run is None or _CLUSTER not in run.tags:
            return bool(super().terminate(run_id))  # type: ignore[no-untyped-call]
        with dask_cluster.connect(self._instance.root_directory, run.tags[_CLUSTER]) as client:
            return dask_runs.stop(client, self._instance, run_id)


class _Connection:
    """The runs that were sent to one cluster, followed until the last has ended.

    Then it is closed, so that an embedded cluster can end when it is idle. The caller holds ``_LOCK``.
    """

    def __init__(self, client: "Client", instance: DagsterInstance, digest: str) -> None:
        self._client, self._instance, self._digest = client, instance, digest
        self._under_way: set[str] = set()
        self._open = True

    def serves(self, digest: str) -> bool:
        """Whether runs for code of this digest can be sent to it now."""
        return self._open and self._client.status == "running" and self._digest == digest

    def send(self, run_id: str) -> None:
        """Have a run executed."""
        self._under_way.add(run_id)
        self._instance.add_run_tags(run_id, {_CLUSTER: self._client.scheduler.address})
        future = dask_runs.submit(self._client, self._instance, run_id, self._digest)
        future.add_done_callback(lambda ended: self._ended(run_id, ended))

    def _ended(self, run_id: str, future: "Future") -> None:
        """Called in a thread of the client, in which the client cannot be closed."""
        dask_runs.conclude(self._instance, run_id, future)
        with _LOCK:
            self._under_way.discard(run_id)
            self._open = bool(self._under_way)
            if not self._open:
                threading.Thread(target=self._client.close, name="dask client").start()


def _is_ours(run: DagsterRun) -> bool:
    """Whether a worker of this environment can execute the run as it is asked for."""
    origin: Any = run.job_code_origin
    if origin is None or origin.executable_path != sys.executable or run.run_config.get("execution"):
        return False
    return getattr(origin.repository_origin.code_pointer, "module", None) == _MODULE
