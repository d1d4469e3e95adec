"""What runs on a Dask worker for one whole Dagster run: its steps one after the other, in a warm process.

A process of its own for each run would cost five CPU seconds of imports, a task for each step the opening of
the plan each time. Who sends runs here, and follows them: see dask_runs.
"""

from functools import lru_cache

from dagster import RepositoryDefinition
from dagster._core.code_pointer import CodePointer
from dagster._core.definitions.reconstruct import ReconstructableRepository
from dagster._grpc.impl import core_execute_run

from resources import code_digest, interrupts
from resources.dask_step import opened


def run_whole(packed_ref: str, run_id: str, sender: str) -> None:
    """Execute a run in this thread; its events go to the instance, as from a process of its own.

    Dask repeats the task when its worker dies. Dagster then finds a run that has already begun, and fails it.

    Args:
        packed_ref: A serialized ``InstanceRef``.
        run_id: Of a run that has not begun; under this name it can be stopped, with its chunks.
        sender: Code digest of what the run was made for.
    """
    code_digest.refuse_other(sender)
    interrupts.run(run_id, _execute, packed_ref, run_id)


def _execute(packed_ref: str, run_id: str) -> None:
    from distributed import get_worker

    worker = get_worker()
    instance = opened(packed_ref)
    run = instance.get_run_by_id(run_id)
    assert run is not None, f"run {run_id} is not in the instance that it was sent from"
    assert run.job_code_origin is not None, f"run {run_id} does not say which job it is of"
    job = _Loaded(run.job_code_origin.repository_origin.code_pointer).get_reconstructable_job(run.job_name)
    job.get_definition()  # what cannot be loaded is to be the reason; Dagster would fail the run without one
    for event in core_execute_run(job, run, instance, inject_env_vars=True):
        if event.is_step_success or event.is_step_failure:
            worker.log_event(run_id, event.step_key)


class _Loaded(ReconstructableRepository):
    """Definitions that are read once: Dagster reads them anew when the run before was of another selection.

    The worker serves one version of the code; dataset files of one's own may change below a baked version.
    """

    def get_definition(self) -> RepositoryDefinition:
        """The definitions."""
        return _definitions(self.pointer, code_digest.of_own_datasets())


@lru_cache(maxsize=1)
def _definitions(pointer: CodePointer, _datasets: str) -> RepositoryDefinition:
    return ReconstructableRepository(pointer).get_definition()
