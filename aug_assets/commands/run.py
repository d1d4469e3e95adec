"""Materialize days of a dataset, one Dagster run a day, as the UI's backfill does."""

import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any
from uuid import uuid4

from aug_assets import loader
from aug_assets.commands import home
from aug_assets.commands.results import DayResult
from aug_assets.errors import UnknownPartitionError
from aug_assets.spec import DatasetSpec
from resources import interrupts, process_logs

Progress = Callable[[str, str], None]  # day, what has just ended


def run(
    dataset: str, start: str, end: str, *, workers: int | None = None, progress: Progress | None = None
) -> list[DayResult]:
    """Materialize the days from ``start`` to ``end``, both included.

    Args:
        dataset: ``tenant/name``.
        start: First day, as an ISO date.
        end: Last day.
        workers: Size of the embedded Dask cluster if this call starts it.
        progress: Called from several threads as steps end.

    Returns:
        One result a day, in order; a day that failed says why and stops no other.

    Raises:
        UnknownDatasetError: There is no such dataset.
        UnknownPartitionError: A day is not a partition of it.
        ClusterUnreachableError: No Dask cluster answers or starts.
    """
    spec = loader.get(dataset)
    return run_days(spec, days_between(spec, start, end), workers=workers, progress=progress)


def run_days(
    spec: DatasetSpec,
    days: list[str],
    *,
    workers: int | None = None,
    progress: Progress | None = None,
    tags: Mapping[str, str] | None = None,
) -> list[DayResult]:
    """Materialize some partitions of a dataset, in runs with these tags; see :func:`run`."""
    directory = home.prepare()
    from resources import dask_cluster

    dask_cluster.connect(directory, workers=workers).close()  # one clear error now rather than one a day
    # A day's steps wait for each other: one run more than workers keeps all workers busy.
    runs = (workers or dask_cluster.default_workers()) + 1
    return _Runs(spec, workers, progress or (lambda *_: None), tags or {}).all(days, runs)


def days_between(spec: DatasetSpec, start: str, end: str) -> list[str]:
    """The partitions from ``start`` to ``end``, both included; see :func:`run` for what is raised."""
    from aug_assets.assets.common import partitions

    known = partitions(spec).get_partition_keys()
    first, last = (known[0], known[-1]) if known else ("", "")
    for day in (start, end):
        if day not in known:
            raise UnknownPartitionError(
                f"no partition of {spec.id}", seen=day, legal=f"a complete day from {first} to {last}",
                todo="pick such a date, as YYYY-MM-DD",
            )  # fmt: skip
    if date.fromisoformat(start) > date.fromisoformat(end):
        raise UnknownPartitionError(
            "the first day is after the last", seen=f"{start} .. {end}", todo="swap them"
        )
    return list(known[known.index(start) : known.index(end) + 1])


class _Runs:
    """Runs of one job, several at a time, in threads of this process: no process start for each day."""

    def __init__(
        self, spec: DatasetSpec, workers: int | None, progress: Progress, tags: Mapping[str, str]
    ) -> None:
        from dagster._core.definitions.reconstruct import ReconstructableRepository

        from aug_assets.assets.dataset import job_name

        repository = ReconstructableRepository.for_module("aug_assets.definitions", "defs", str(home.ROOT))
        self._job = repository.get_reconstructable_job(job_name(spec))
        self._definition = self._job.get_definition()
        self._config: dict[str, Any] = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
        if workers:
            self._config["execution"] = {"config": {"workers": workers}}
        self._progress = progress
        self._tags = dict(tags)
        self._name = f"aug-run-{uuid4().hex}"  # under which Ctrl-C finds its threads

    def all(self, days: list[str], at_once: int) -> list[DayResult]:
        """All days; Ctrl-C stops what runs, on the workers too, and starts no more."""
        pool = ThreadPoolExecutor(at_once, thread_name_prefix="run")
        results = [DayResult(day) for day in days]
        futures = [pool.submit(interrupts.run, f"{self._name}/{r.day}", self._one, r) for r in results]
        try:
            for future in futures:
                future.result()
        except BaseException:
            interrupts.stop(self._name)
            raise
        finally:
            pool.shutdown(cancel_futures=True)
        return results

    def _one(self, result: DayResult) -> None:
        from dagster._core.execution.api import execute_run_iterator

        begun = time.perf_counter()
        with process_logs.share(home.instance()) as instance:
            run = instance.create_run_for_job(
                job_def=self._definition,
                run_config=self._config,
                tags={"dagster/partition": result.day, **self._definition.tags, **self._tags},
                job_code_origin=self._job.get_python_origin(),
            )
            result.run_id = run.run_id
            for event in execute_run_iterator(self._job, run, instance):
                self._follow(result, event)
        result.seconds = time.perf_counter() - begun

    def _follow(self, result: DayResult, event: Any) -> None:
        result.take(event)
        if event.is_step_success or event.is_step_failure:
            self._progress(result.day, event.step_key)
        result.succeeded |= event.event_type_value == "PIPELINE_SUCCESS"
