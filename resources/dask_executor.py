"""The Dagster executor whose steps are tasks of a Dask cluster.

What runs on the workers is in dask_step, where the cluster comes from in dask_cluster.
"""

from collections.abc import Iterator
from typing import Any

import dagster as dg
from dagster._core.definitions.executor_definition import multiple_process_executor_requirements
from dagster._core.events import DagsterEvent
from dagster._core.execution.context.system import PlanOrchestrationContext
from dagster._core.execution.plan.plan import ExecutionPlan
from dagster._core.execution.retries import RetryMode, get_retries_config
from dagster._core.execution.tags import get_tag_concurrency_limits_config
from dagster._core.executor.in_process import InProcessExecutor
from dagster._core.executor.init import InitExecutorContext
from dagster._core.executor.step_delegating import StepDelegatingExecutor

from resources import fanout
from resources.dask_handler import DaskStepHandler

_HEALTH_SECONDS = 1
_SCHEMA = {
    "address": dg.Field(
        dg.Noneable(dg.StringSource),
        is_required=False,
        description="Of a Dask scheduler; default DASK_ADDRESS, else the embedded cluster.",
    ),
    "workers": dg.Field(
        dg.Noneable(dg.IntSource),
        is_required=False,
        description="Size of the embedded cluster if this run starts it; default AUG_DASK_WORKERS.",
    ),
    "max_concurrent": dg.Field(
        dg.Noneable(dg.Int), is_required=False, description="Steps of this run at the same time; default all."
    ),
    "poll_seconds": dg.Field(
        dg.Float, default_value=0.1, description="Between two looks at the event log of the run."
    ),
    "retries": get_retries_config(),  # type: ignore[no-untyped-call]
    "tag_concurrency_limits": get_tag_concurrency_limits_config(),  # type: ignore[no-untyped-call]
}


@dg.executor(name="dask", config_schema=_SCHEMA, requirements=multiple_process_executor_requirements())
def dask_executor(init_context: InitExecutorContext) -> "DaskExecutor":
    """Run each step on a Dask worker; all settings have defaults and a run may override them."""
    config: dict[str, Any] = dict(init_context.executor_config)
    retries = RetryMode.from_config(config["retries"])
    assert retries is not None
    return DaskExecutor(
        DaskStepHandler(
            init_context.instance.root_directory, address=config.get("address"), workers=config.get("workers")
        ),
        retries=retries,
        sleep_seconds=config["poll_seconds"],
        check_step_health_interval_seconds=_HEALTH_SECONDS,
        max_concurrent=config.get("max_concurrent"),
        tag_concurrency_limits=config.get("tag_concurrency_limits"),
        should_verify_step=True,  # Dask reruns the task of a dead worker; whether to is for the retry policy
    )


class DaskExecutor(StepDelegatingExecutor):
    """Dagster's own loop over steps, inside one connection to the cluster."""

    def execute(
        self, plan_context: PlanOrchestrationContext, execution_plan: ExecutionPlan
    ) -> Iterator[DagsterEvent]:
        """Run the plan; however it ends, no work of it stays behind on the cluster.

        Of a run that is itself a task of the cluster (see dask_run) the steps stay where they are: what they
        spread over the workers are their chunks.
        """
        if fanout.in_dask_task():
            yield from InProcessExecutor(self.retries).execute(plan_context, execution_plan)
            return
        assert isinstance(self._step_handler, DaskStepHandler)
        with self._step_handler:
            yield from super().execute(plan_context, execution_plan)
