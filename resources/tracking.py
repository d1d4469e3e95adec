"""Experiments as MLflow keeps them: a thin way to one explicit run. There is no active run, in any thread."""

import os
import warnings
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dagster as dg

from aug_assets.errors import AugError
from resources import clock

_TEXT = 500  # characters of a parameter's value
_AT_ONCE = 100  # parameters or metrics that one call may log


@dataclass(frozen=True)
class TrackedRun:
    """One run by its id.

    Attributes:
        client: MLflow's client.
        run_id: The run; every call names it.
    """

    client: Any
    run_id: str

    def params(self, values: Mapping[str, object]) -> None:
        """Log parameters; a long value is cut."""
        from mlflow.entities import Param

        self._batches("params", [Param(name, str(value)[:_TEXT]) for name, value in values.items()])

    def metrics(self, values: Mapping[str, float], step: int = 0) -> None:
        """Log figures, such as one a seed with the seed as step."""
        from mlflow.entities import Metric

        at = _milliseconds()
        self._batches("metrics", [Metric(name, float(value), at, step) for name, value in values.items()])

    def _batches(self, kind: str, entries: list[Any]) -> None:
        for start in range(0, len(entries), _AT_ONCE):
            self.client.log_batch(self.run_id, **{kind: entries[start : start + _AT_ONCE]})

    def artifact(self, file: Path) -> None:
        """Store a file with the run."""
        self.client.log_artifact(self.run_id, str(file))

    def dataset(self, name: str, digest: str, *, source: str, context: str) -> None:
        """Log rows as an input: what they are called, the digest of their content, and what they were for."""
        self.datasets([(name, digest, source)], context=context)

    def datasets(self, rows: Iterable[tuple[str, str, str]], *, context: str) -> None:
        """Log several inputs at once, each a name, a digest and a source."""
        from mlflow.entities import Dataset, DatasetInput, InputTag

        tags = [InputTag("mlflow.data.context", context)]
        inputs = [
            DatasetInput(Dataset(name=name, digest=digest[:36], source_type="aug", source=source), tags)
            for name, digest, source in rows
        ]
        self.client.log_inputs(self.run_id, datasets=inputs)


class TrackingResource(dg.ConfigurableResource):  # type: ignore[type-arg]
    """Where runs are logged.

    Attributes:
        uri: A tracking server or a database; default MLFLOW_TRACKING_URI, else ``$DAGSTER_HOME/mlflow.db``.
    """

    uri: str = ""

    def address(self) -> str:
        """The address; the environment is read here and not at import."""
        own = self.uri or os.environ.get("MLFLOW_TRACKING_URI", "")
        return own or f"sqlite:///{_home() / 'mlflow.db'}"

    @contextmanager
    def run(self, experiment: str, name: str, tags: Mapping[str, str] | None = None) -> Iterator[TrackedRun]:
        """A new run of an experiment, which is created if need be; it ends as FINISHED or as FAILED.

        Raises:
            AugError: MLflow cannot be reached or refuses what is logged.
        """
        from mlflow.exceptions import MlflowException

        try:
            tracked = self._start(experiment, name, dict(tags or {}))
            try:
                yield tracked
            except BaseException:
                tracked.client.set_terminated(tracked.run_id, "FAILED", _milliseconds())
                raise
            tracked.client.set_terminated(tracked.run_id, "FINISHED", _milliseconds())
        except MlflowException as error:
            raise AugError(
                "MLflow could not log a run", seen=self.address(),
                todo=f"set MLFLOW_TRACKING_URI to a server that answers, or to a database ({error})",
            ) from error  # fmt: skip

    def _start(self, experiment: str, name: str, tags: dict[str, str]) -> TrackedRun:
        from filelock import FileLock

        client = _client(self.address())
        own = _home()
        own.mkdir(parents=True, exist_ok=True)
        # Two processes that meet an empty database at once would both create its tables.
        with FileLock(own / ".mlflow.lock"), warnings.catch_warnings():
            warnings.filterwarnings("ignore", message=".*noload", category=DeprecationWarning)
            found = client.get_experiment_by_name(experiment)
            artifacts = (own / "mlartifacts").as_uri() if self.address().startswith("sqlite") else None
            of = found.experiment_id if found else client.create_experiment(experiment, artifacts)
        run = client.create_run(of, start_time=_milliseconds(), tags=tags, run_name=name)
        return TrackedRun(client, run.info.run_id)


def _client(address: str) -> Any:
    from mlflow.tracking import MlflowClient

    return MlflowClient(address, registry_uri=address)


def _home() -> Path:
    return Path(os.environ.get("DAGSTER_HOME") or Path.cwd() / ".aug" / "home").absolute()


def _milliseconds() -> int:
    return round(clock.now().timestamp() * 1000)
