"""How the executor starts, watches and stops one step on a Dask cluster.

What runs on the worker is in dask_step.
"""

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Self

import dagster as dg
from dagster._core.events import DagsterEvent, EngineEventData
from dagster._core.executor.step_delegating import CheckStepHealthResult, StepHandler, StepHandlerContext
from dagster_shared.serdes import serialize_value

from resources import code_digest, dask_cluster, interrupts

if TYPE_CHECKING:
    from distributed import Client

_REPLY_SECONDS = 5
_NO_WORKER_SECONDS = 120  # an autoscaled cluster may take this long to bring up its first worker


class DaskStepHandler(StepHandler):
    """The steps of one run on one cluster, to be used as a context manager.

    Args:
        instance_dir: Home of the Dagster instance.
        address: Of an existing scheduler, if any.
        workers: Size of the embedded cluster, if this starts it.
    """

    def __init__(self, instance_dir: str, *, address: str | None, workers: int | None) -> None:
        self._instance_dir = instance_dir
        self._address = address
        self._workers = workers
        self._client: Client | None = None
        self._futures: dict[str, Any] = {}
        self._workers_seen = 0.0

    @property
    def name(self) -> str:
        """Shown in the events of the run."""
        return "DaskStepHandler"

    def __enter__(self) -> Self:
        self._client = dask_cluster.connect(self._instance_dir, self._address, self._workers)
        self._workers_seen = time.monotonic()
        return self

    def __exit__(self, *_: object) -> None:
        try:
            for step, future in self._futures.items():
                if not future.done():
                    self._stop(step)
        finally:
            self._connected.close()
            self._client = None

    def launch_step(self, step_handler_context: StepHandlerContext) -> Iterator[DagsterEvent]:
        """Submit the step."""
        from resources.dask_step import run_step

        step = _step_name(step_handler_context)
        scheduler = self._connected.scheduler.address
        yield DagsterEvent.step_worker_starting(
            step_handler_context.get_step_context(_step_key(step_handler_context)),
            message=f"Submitting the step to Dask as {step}",
            metadata={"Dask scheduler": dg.MetadataValue.text(scheduler)},
        )
        self._futures[step] = self._connected.submit(
            run_step,
            serialize_value(step_handler_context.execute_step_args),
            step,
            code_digest.at_import(),
            # Dask keeps a record for each different first word of a key for as long as it runs, so that word
            # must not be the run id
            key=("step", step),
            pure=False,
        )

    def check_step_health(self, step_handler_context: StepHandlerContext) -> CheckStepHealthResult:
        """Whether the step can still end by itself."""
        future = self._futures.get(_step_name(step_handler_context))
        if future is None:
            return CheckStepHealthResult.unhealthy("this process has not submitted it to Dask")
        if future.status == "pending":
            return self._check_workers()
        if _attempt_ended(step_handler_context):
            return CheckStepHealthResult.healthy()  # the events say how; they are about to be read
        return CheckStepHealthResult.unhealthy(why_lost(future))

    def terminate_step(self, step_handler_context: StepHandlerContext) -> Iterator[DagsterEvent]:
        """Interrupt the step where it runs, with its chunks."""
        self._stop(_step_name(step_handler_context))
        yield DagsterEvent.engine_event(
            step_handler_context.get_step_context(_step_key(step_handler_context)),
            message="Stopped the step on the Dask workers",
            event_specific_data=EngineEventData(),
        )

    @property
    def _connected(self) -> "Client":
        assert self._client is not None, "use the handler as a context manager"
        return self._client

    def _stop(self, step: str) -> None:
        client = self._connected
        if step in self._futures:
            self._futures[step].cancel()  # what waits does not begin; what runs takes no notice
        stop_everywhere(client, step)

    def _check_workers(self) -> CheckStepHealthResult:
        now = time.monotonic()
        if self._connected.scheduler_info()["workers"]:
            self._workers_seen = now
        if now - self._workers_seen > _NO_WORKER_SECONDS:
            return CheckStepHealthResult.unhealthy(f"no Dask worker for {_NO_WORKER_SECONDS} s")
        return CheckStepHealthResult.healthy()


def _step_key(context: StepHandlerContext) -> str:
    (key,) = context.execute_step_args.step_keys_to_execute or ()
    return key


def _attempt(context: StepHandlerContext) -> int:
    state = context.execute_step_args.known_state
    return state.get_retry_state().get_attempt_count(_step_key(context)) if state else 0


def _step_name(context: StepHandlerContext) -> str:
    """Unique among all steps on the cluster: two runs of one job must not share a task."""
    return f"{context.dagster_run.run_id}.{_step_key(context)}.{_attempt(context)}"


def _attempt_ended(context: StepHandlerContext) -> bool:
    """Whether the event log has the end of this attempt, whatever became of the Dask task."""
    stats = context.instance.get_run_step_stats(context.dagster_run.run_id, [_step_key(context)])
    ended = [stat.attempts or 0 for stat in stats if stat.partial_attempt_start is None]
    return any(attempts > _attempt(context) for attempts in ended)


def stop_everywhere(client: "Client", name: str) -> None:
    """Interrupt the named work, and what belongs to it, on all workers; see interrupts."""

    async def everywhere() -> None:
        await client.run(interrupts.stop, name, on_error="ignore")

    try:
        client.sync(everywhere, callback_timeout=_REPLY_SECONDS)
    except (TimeoutError, OSError):
        return  # a worker that is too busy to answer gets the message later


def why_lost(future: Any) -> str:
    """Why a task ended and its work did not."""
    if future.status == "error":
        error = future.exception(timeout=_REPLY_SECONDS)
        return f"{type(error).__name__}: {error}"
    if future.status == "finished":
        return "the worker process died while it ran it"
    return f"Dask lost the task ({future.status}): the scheduler ended, or the connection to it broke"
