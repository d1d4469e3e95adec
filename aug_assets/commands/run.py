"""Materialize days of a dataset, one Dagster run a day, as the UI's backfill does."""

from collections import Counter, deque
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from aug_assets import loader
from aug_assets.commands import home
from aug_assets.commands.results import DayResult
from aug_assets.errors import UnknownPartitionError
from aug_assets.spec import DatasetSpec

if TYPE_CHECKING:
    from dagster import DagsterInstance
    from distributed import Client, Future

Progress = Callable[[str, str], None]  # day, what has just ended
_TRIED_AGAIN = 2  # times that a day is, when the worker dies that makes it
_OURS = {"dagster/max_retries": "0"}  # so that a daemon on the same instance does not do that as well
_QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


def run(
    dataset: str, start: str, end: str, *, workers: int | None = None, progress: Progress | None = None
) -> list[DayResult]:
    """Materialize the days from ``start`` to ``end``, both included.

    Args:
        dataset: ``tenant/name``.
        start: First day, as an ISO date.
        end: Last day.
        workers: Size of the embedded Dask cluster if this call starts it.
        progress: Called from another thread as steps end.

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

    with dask_cluster.connect(directory, workers=workers) as client, home.instance() as instance:
        under_way = _Runs(spec, client, instance, progress or (lambda *_: None), tags or {})
        present = len(client.scheduler_info(n_workers=-1)["workers"])  # none yet, if they come with work
        return under_way.all(days, max(present, workers or dask_cluster.default_workers()) + 1)


def days_between(spec: DatasetSpec, start: str, end: str) -> list[str]:
    """The partitions from ``start`` to ``end``, both included; see :func:`run` for what is raised."""
    from aug_assets.assets.common import partitions

    known = partitions(spec).get_partition_keys()
    first, last = (known[0], known[-1]) if known else ("", "")
    for day in (start, end):
        if day not in known:
            raise UnknownPartitionError(
                f"no partition of {spec.id}", seen=day, todo="pick one of these, written alike",
                legal=f"{spec.partitions.legal}; complete are {first} to {last}",
            )  # fmt: skip
    if start > end:
        raise UnknownPartitionError(
            "the first day is after the last", seen=f"{start} .. {end}", todo="swap them"
        )
    return list(known[known.index(start) : known.index(end) + 1])


def unpublished(spec: DatasetSpec, days: list[str]) -> list[str]:
    """Those of the days that have no validated rows yet."""
    from aug_assets.assets.common import asset_key

    home.prepare()
    with home.instance() as instance:
        known = instance.get_materialized_partitions(asset_key(spec, "validated"))
    return [day for day in days if day not in known]


class _Runs:
    """Runs of one job on the workers of a cluster, several at a time: no process is started for a day."""

    def __init__(
        self, spec: DatasetSpec, client: "Client", instance: "DagsterInstance", progress: Progress,
        tags: Mapping[str, str],
    ) -> None:  # fmt: skip
        from dagster._core.definitions.reconstruct import ReconstructableRepository
        from dagster._core.execution.api import create_execution_plan

        from aug_assets.assets.dataset import job_name

        repository = ReconstructableRepository.for_module("aug_assets.definitions", "defs", str(home.ROOT))
        self._job = repository.get_reconstructable_job(job_name(spec))
        self._definition = self._job.get_definition()
        self._plan = create_execution_plan(self._definition, _QUIET)  # the same for all days
        self._client, self._instance, self._progress, self._tags = client, instance, progress, dict(tags)
        self._under_way: dict[Future, DayResult] = {}

    def all(self, days: list[str], at_once: int) -> list[DayResult]:
        """All days; Ctrl-C stops what runs, on the workers too, and starts no more."""
        from distributed import as_completed

        results = {day: DayResult(day) for day in days}
        waiting, lost = deque(days), Counter[str]()
        ended = as_completed(loop=self._client.loop)
        try:
            while waiting or self._under_way:
                while waiting and len(self._under_way) < at_once:
                    ended.add(self._begin(results[waiting.popleft()]))
                future = next(ended)
                result = self._under_way.pop(future)
                if self._is_lost(result.run_id, future) and lost[result.day] < _TRIED_AGAIN:
                    lost[result.day] += 1
                    waiting.appendleft(result.day)
                else:
                    result.read(self._instance)
        except BaseException:
            self._stop()
            raise
        return list(results.values())

    def _begin(self, result: DayResult) -> "Future":
        from resources import code_digest, dask_runs

        run = self._instance.create_run_for_job(
            job_def=self._definition,
            execution_plan=self._plan,
            run_config=_QUIET,
            tags={"dagster/partition": result.day, **_OURS, **self._definition.tags, **self._tags},
            job_code_origin=self._job.get_python_origin(),
        )
        result.run_id = run.run_id
        self._client.subscribe_topic(run.run_id, lambda said: self._progress(result.day, said[1]))
        future = dask_runs.submit(self._client, self._instance, run.run_id, code_digest.at_import())
        self._under_way[future] = result
        return future

    def _is_lost(self, run_id: str, future: "Future") -> bool:
        """Whether a run that has ended did so because its worker died."""
        from resources import dask_runs

        self._client.unsubscribe_topic(run_id)
        run = dask_runs.conclude(self._instance, run_id, future)
        return run.tags.get("dagster/failure_reason") == "RUN_WORKER_RESTART"

    def _stop(self) -> None:
        from resources import dask_runs

        for result in self._under_way.values():
            dask_runs.stop(self._client, self._instance, result.run_id)
        for future, result in self._under_way.items():
            dask_runs.conclude(self._instance, result.run_id, future)
