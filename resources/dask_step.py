"""What runs on a Dask worker for one Dagster step.

Nothing that runs in the process that orchestrates the run: see dask_executor.
"""

import threading
from functools import cache

from dagster import DagsterInstance
from dagster._cli.api import _execute_step_command_body
from dagster._core.instance.ref import InstanceRef
from dagster._grpc.types import ExecuteStepArgs
from dagster._serdes import ConfigurableClassData
from dagster_shared.serdes import deserialize_value, serialize_value

from resources import code_digest, instance_storage, interrupts, process_logs

_OPENING = threading.Lock()


def run_step(packed_args: str, name: str, sender: str) -> None:
    """Execute one step in this thread; its events go to the instance, as from a process of its own.

    Args:
        packed_args: A serialized ``ExecuteStepArgs``. Dask looks inside named tuples, which Dagster's
            records refuse, so they travel as text.
        name: Under which the step can be stopped.
        sender: Code digest of the process that sent the step.
    """
    code_digest.refuse_other(sender)
    interrupts.run(name, _execute, deserialize_value(packed_args, ExecuteStepArgs))


def _execute(args: ExecuteStepArgs) -> None:
    assert args.instance_ref is not None
    instance = opened(serialize_value(args.instance_ref))
    run = instance.get_run_by_id(args.run_id)
    assert run is not None, f"run {args.run_id} is not in the instance of its own steps"
    for _ in _execute_step_command_body(args, instance, run):
        pass  # the instance has stored it; whoever follows the run reads it there


def opened(packed_ref: str) -> DagsterInstance:
    """The instance of a serialized ``InstanceRef``, opened once: that costs as much CPU as a small step.

    Without its capture of stdout, which is per process, while several steps may share this one.
    """
    with _OPENING:
        return _instance(packed_ref)


@cache
def _instance(packed_ref: str) -> DagsterInstance:
    ref = deserialize_value(packed_ref, InstanceRef)
    no_capture = ConfigurableClassData(
        "dagster._core.storage.noop_compute_log_manager", "NoOpComputeLogManager", "{}"
    )
    ref = ref._replace(compute_logs_data=no_capture, storage_data=instance_storage.placed(ref))
    return process_logs.share(DagsterInstance.from_ref(ref))
