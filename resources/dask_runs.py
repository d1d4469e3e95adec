"""Whole runs on a Dask cluster, seen from the process that sends them; dask_run is what the workers do."""

import time
from typing import TYPE_CHECKING, Any

from dagster import DagsterInstance, DagsterRun
from dagster_shared.serdes import serialize_value

from resources import dask_handler

if TYPE_CHECKING:
    from distributed import Client, Future

_STOPPED = "aug/stopped"  # tag of a run
_BEGIN_SECONDS = 2  # in which work that was under way to a worker has begun, or never will
_END_SECONDS = 15  # in which a worker that is alive has ended what it was to stop


def submit(client: "Client", instance: DagsterInstance, run_id: str, digest: str) -> "Future":
    """Have a run executed by a worker; the cluster sees to it even when this client goes away.

    Args:
        client: Of the cluster.
        instance: That has the run.
        run_id: Of a run that has not begun.
        digest: Of the code that is to execute it.
    """
    from distributed import fire_and_forget

    from resources.dask_run import run_whole

    packed = serialize_value(instance.get_ref())
    future = client.submit(run_whole, packed, run_id, digest, key=_key(run_id), pure=False)
    fire_and_forget(future)
    return future


def stop(client: "Client", instance: DagsterInstance, run_id: str) -> bool:
    """Interrupt a run with its chunks, or keep it from starting; whether it was there to be stopped."""
    run = _run(instance, run_id)
    if run.is_finished:
        return False
    instance.add_run_tags(run_id, {_STOPPED: "yes"})  # the run may yet report that it has begun
    instance.report_run_canceling(run)
    client.cancel([_future(client, run_id)], force=True)
    dask_handler.stop_everywhere(client, run_id)
    return True


def conclude(instance: DagsterInstance, run_id: str, future: "Future") -> DagsterRun:
    """The run as it ended; one that its task left open, as when the cluster is lost, fails with the reason.

    Args:
        instance: That has the run.
        run_id: The run.
        future: Its task, which has ended or was cancelled.
    """
    stopped = _STOPPED in _run(instance, run_id).tags
    if stopped:
        _await_end(instance, run_id)
    run = _run(instance, run_id)
    if run.is_finished:
        return run
    if stopped:
        instance.report_run_canceled(run)
    else:
        instance.report_run_failed(run, f"The run did not end by itself. {dask_handler.why_lost(future)}")
    return _run(instance, run_id)


def _await_end(instance: DagsterInstance, run_id: str) -> None:
    """Give a stopped run the time to say so itself; one that never began has nothing to say."""
    begun, since = False, time.monotonic()
    while time.monotonic() - since < (_END_SECONDS if begun else _BEGIN_SECONDS):
        record = instance.get_run_record_by_id(run_id)
        if record is None or record.dagster_run.is_finished:
            return
        begun = record.start_time is not None
        time.sleep(0.1)


def _run(instance: DagsterInstance, run_id: str) -> DagsterRun:
    run = instance.get_run_by_id(run_id)
    assert run is not None, f"run {run_id} was deleted while it ran"
    return run


def _future(client: "Client", run_id: str) -> Any:
    from distributed import Future

    return Future(_key(run_id), client)


def _key(run_id: str) -> tuple[str, str]:
    return ("run", run_id)  # why not a plain text: see dask_handler
