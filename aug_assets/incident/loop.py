"""The platform itself on the days of a world: files arrive, sensors tick, runs are made, a deployment moves.

Nothing here decides anything. Each day its files are put in place, with the labels that are known by then,
and the dataset's own sensors are asked until none of them wants a run any more.
"""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import dagster as dg
import pandas as pd

from aug_assets.assets import common, deploy_record
from aug_assets.assets.dataset import build_dataset, job_name
from aug_assets.errors import AugError
from aug_assets.incident.world import ID, LABEL, World
from aug_assets.pointer import Pointer
from aug_assets.rows import ROW_ID
from resources.lake import LakeResource

_ROUNDS = 8  # of ticks a day; two are enough to see that files have stayed the same
_QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
_TOLD = ("refresh/reason", "refresh/metric", "refresh/evidence")


@dataclass(frozen=True)
class Ran:
    """A run that a sensor asked for.

    Attributes:
        on: Number of the day on which it ran.
        job: What ran, ``partition`` for which day.
        why: The run's tags that say why, as text.
        seconds: How long it took, by the wall clock.
        failed: What went wrong; empty for nothing.
    """

    on: int
    job: str
    partition: str
    why: str
    seconds: float
    failed: str


@dataclass
class Told:
    """What the loop did: its runs, and what served after each day."""

    runs: list[Ran] = field(default_factory=list)
    pointers: dict[int, Pointer] = field(default_factory=dict)


@contextmanager
def home(folder: Path) -> Iterator[None]:
    """A Dagster home of its own, where MLflow keeps its files too."""
    known = {name: os.environ.get(name) for name in ("DAGSTER_HOME", "MLFLOW_TRACKING_URI")}
    os.environ["DAGSTER_HOME"] = str(folder)
    os.environ.pop("MLFLOW_TRACKING_URI", None)
    try:
        yield
    finally:
        for name, value in known.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


class Loop:
    """A lake, a Dagster instance and the dataset's definitions."""

    def __init__(self, world: World, folder: Path, instance: dg.DagsterInstance | None = None) -> None:
        self.world, self.span, self.spec, self.told = world, world.span, world.spec, Told()
        self.lake = LakeResource(uri=str(folder / "lake"))
        self._raw = Path(world.uri)
        self._raw.mkdir(parents=True, exist_ok=True)
        self._instance = instance or dg.DagsterInstance.ephemeral(tempdir=str(folder))
        made = dg.Definitions(resources={"lake": self.lake})
        self._definitions = dg.Definitions.merge(build_dataset(self.spec), made)
        self._sensors = list(self._definitions.sensors or [])
        self._cursors: dict[str, str | None] = {}

    def history(self, number: int) -> None:
        """A day before the first model, whose labels have all come."""
        self._deliver(number, self.world.days[number][LABEL])
        self._run(number, job_name(self.spec), self.span.key(number), {"refresh/reason": "backfill"})

    def first_model(self) -> None:
        """Train on the days before the first that is scored; the first deployment takes it."""
        last = self.span.live - 1
        self._run(last, f"{job_name(self.spec)}_training", self.span.key(last), {"refresh/reason": "first"})
        if self.told.runs[-1].failed:
            raise AugError(
                "there is no first model to begin with", seen=self.told.runs[-1].failed,
                legal="days that the gates let through, with frauds in them", todo="take other or more rows",
            )  # fmt: skip

    def day(self, number: int) -> None:
        """A day passes: its rows arrive, labels come back, and sensors tick."""
        self._labels_come(number)
        self._deliver(number, None)
        for _ in range(_ROUNDS):
            if not self._tick(number):
                break
        self.told.pointers[number] = self.pointer

    @property
    def pointer(self) -> Pointer:
        """What serves now."""
        return deploy_record.current(self.lake, self.spec).pointer

    def predictions(self, number: int) -> pd.DataFrame:
        """Predictions of a day beside what was true: ``alarm`` and ``positive``, bool."""
        told = common.table(self.lake, self.spec, "predictions").read({"date": self.span.key(number)})
        found = told.select([ROW_ID, "score", "alarm", "version"]).to_pandas()
        keys = common.table(self.lake, self.spec, "source").read(
            {"date": self.span.key(number)}, None, [ROW_ID, ID]
        )
        truth = self.world.days[number][[ID, LABEL, self.world.amount]]
        found = found.merge(keys.to_pandas(), on=ROW_ID).merge(truth, on=ID)
        return cast(pd.DataFrame, found.assign(positive=found[LABEL] == 1))

    def _labels_come(self, number: int) -> None:
        """Of yesterday's alarms, and of all rows of a week ago."""
        if number - self.span.late >= self.span.live:
            self._deliver(number - self.span.late, self.world.days[number - self.span.late][LABEL])
        if number <= self.span.live:
            return
        before = self.predictions(number - 1)
        alarms = before[before["alarm"]]
        rows = self.world.days[number - 1]
        known = rows[ID].isin(set(alarms[ID])).to_numpy()
        self._deliver(number - 1, rows[LABEL].where(known))

    def _deliver(self, number: int, labels: Any) -> None:
        """Put a day's file in place, whole; its time says that it is new even within one tick of a clock."""
        rows = self.world.days[number].assign(**{LABEL: pd.array(
            [None] * len(self.world.days[number]) if labels is None else labels, "Int64")})  # fmt: skip
        file = self._raw / f"{self.span.key(number)}.parquet"
        rows.to_parquet(file.with_suffix(".new"), index=False)
        file.with_suffix(".new").rename(file)

    def _tick(self, number: int) -> bool:
        """Ask every sensor once; whether anything ran, or may run at the next tick."""
        again = False
        for sensor in self._sensors:
            before = self._cursors.get(sensor.name)
            context = dg.build_sensor_context(
                self._instance, cursor=before, definitions=self._definitions, resources={"lake": self.lake}
            )
            told = cast(Any, sensor.evaluate_tick(context))
            self._cursors[sensor.name] = told.cursor
            again = again or told.cursor != before
            for request in told.run_requests or []:
                self._run(number, str(sensor.job_name), str(request.partition_key), request.tags, request)
        return again

    def _run(self, number: int, job: str, day: str, tags: Any, request: Any = None) -> None:
        start = time.perf_counter()
        result = self._definitions.resolve_job_def(job).execute_in_process(
            instance=self._instance, partition_key=day, tags=dict(tags), raise_on_error=False,
            asset_selection=list(request.asset_selection) if request and request.asset_selection else None,
            run_config=_QUIET,
        )  # fmt: skip
        why = "; ".join(str(tags[name]) for name in _TOLD if name in tags)
        seconds = time.perf_counter() - start
        failed = "" if result.success else _failure(result)
        self.told.runs.append(Ran(number, job, day, why, seconds, failed))


def _failure(result: Any) -> str:
    failures = [event.step_failure_data for event in result.all_events
                if event.event_type_value == "STEP_FAILURE"]  # fmt: skip
    told = [(one.user_failure_data and one.user_failure_data.description) or str(one.error.message)
            for one in failures]  # fmt: skip
    return " ".join(told)[:500] or "a check that blocks did not pass"
