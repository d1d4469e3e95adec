"""Forget a person: say what that touches, or take their rows and all made of them out of the lake."""

import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow.compute as pc

from aug_assets import loader, recipe
from aug_assets.assets import common, decisions_record, replies_record
from aug_assets.commands import home
from aug_assets.errors import AugError, ErasureError
from aug_assets.lineage.forget import Footprint, Kind, Told, canonical, holders
from aug_assets.rows import digest
from aug_assets.spec import DatasetSpec
from resources import clock, erasure, erasure_events, model_ledger
from resources.audit import audit_log
from resources.erasure_files import Tables, scratch

if TYPE_CHECKING:
    import dagster as dg

    from resources.delta_table import LakeTable
    from resources.lake import LakeResource

Materialize = Callable[[Sequence[str]], Sequence[str]]  # days to what went wrong
REMAKING = {"aug/forget": "remaking"}  # tags of the runs that an erasure starts


@dataclass(frozen=True)
class Who:
    """Whom to forget, who asked, and why; the reason is kept, so it must not name the person."""

    kind: Kind
    value: str
    by: str = ""
    why: str = ""
    withdraw: bool = False


def chosen(key: str | None, row: str | None, *, by: str, why: str, withdraw: bool) -> Who:
    """Whom the command's options name.

    Raises:
        ErasureError: They name nobody, or twice.
    """
    if key is not None and row is None:
        return Who("key", key, by, why, withdraw)
    if row is not None and key is None:
        return Who("row", row, by, why, withdraw)
    raise ErasureError("say whom to forget", legal="--key VALUE or --row ROW_ID", todo="give one of them")


def forget(dataset: str, who: Who, *, yes: bool = False, workers: int | None = None) -> Told:
    """Say what an erasure touches, and with ``yes`` do it; a second call goes on where one was stopped.

    Raises:
        UnknownDatasetError: There is no such dataset.
        ErasureError: The person cannot be named, a run is under way, or a day cannot be made again.
    """
    from aug_assets.commands.run import run_days
    from resources.lake import LakeResource

    spec = loader.get(dataset)
    directory = home.prepare()

    def materialize(days: Sequence[str]) -> list[str]:
        results = run_days(spec, list(days), workers=workers, tags=REMAKING)
        return [f"{one.day}: {one.error}" for one in results if not one.succeeded]

    with home.instance() as instance:
        work = Erasure(LakeResource(), spec, instance, who, materialize)
        if not yes:
            return work.preview()
        with _alone(directory):
            return work.run()


@contextmanager
def _alone(directory: Path) -> Iterator[None]:
    """No other erasure of this home; a killed process holds nothing, so its runs are known to be dead."""
    from filelock import FileLock, Timeout

    try:
        lock = FileLock(directory / ".forget.lock", timeout=0).acquire()
    except Timeout as error:
        raise ErasureError(
            "another erasure is under way", seen=str(directory), legal="one at a time",
            todo="wait for it, then call this again",
        ) from error  # fmt: skip
    with lock:
        yield


class Erasure:
    """One erasure of one dataset.

    Args:
        lake: Where the tables are.
        spec: The dataset.
        instance: Dagster's.
        who: Whom to forget.
        materialize: Makes days again and returns what went wrong.
    """

    def __init__(
        self,
        lake: "LakeResource",
        spec: DatasetSpec,
        instance: "dg.DagsterInstance",
        who: Who,
        materialize: Materialize,
    ) -> None:
        self._lake, self._spec, self._instance, self._materialize = lake, spec, instance, materialize
        self._who = who
        value = canonical(spec, who.kind, who.value)
        self._named = (value, None) if who.kind == "key" else (None, value)
        self._entry = erasure.named(lake, spec, who.kind, value)
        self._value = value
        self._tables = Tables(lake, spec)
        self._journal = erasure.Journal(lake, spec, self._entry)

    def preview(self) -> Told:
        """What it would touch; nothing is changed but that the tenant has a salt now."""
        return self._told(self._find())

    def run(self) -> Told:
        """Do it, in steps of which each may be done twice.

        Raises:
            ErasureError: No name or reason, a run is under way, or a day cannot be made again.
        """
        self._check()
        erasure.add(self._lake, self._spec, self._who.kind, self._entry)
        found = self._find()
        self._begin(found)
        self._take_words(found)
        self._remake()
        self._mark()
        self._vacuum()
        self._purge()
        return self._record()

    def _find(self, *, newest: bool = False) -> Footprint:
        return self._tables.find(*self._named, newest=newest)

    def _check(self) -> None:
        if not (self._who.by.strip() and self._who.why.strip()):
            raise ErasureError("an erasure needs a name and a reason", legal="--by PERSON --why REASON",
                               todo="give both; they are kept in the audit log")  # fmt: skip
        if self._value in self._who.why or self._value in self._who.by:
            raise ErasureError("the reason names whom it is to forget", legal="a reason without the key",
                               todo="name a ticket; the audit log cannot be changed later")  # fmt: skip
        busy = []
        for run in erasure_events.active(self._instance):
            if REMAKING.items() <= run.tags.items():
                self._instance.report_run_failed(run, "the erasure that had started it was killed")
            elif erasure_events.of(run, self._spec):
                busy.append(run.run_id)
        if busy:
            raise ErasureError(
                "runs of the dataset are under way and could bring the rows back", seen=", ".join(busy),
                legal="none", todo="wait for them or end them, then call this again",
            )  # fmt: skip

    def _begin(self, found: Footprint) -> None:
        """Days and figures before anything goes; a second call adds what it still finds."""
        state, told = self._journal.state, self._told(found)
        first = state.get("told") or told.as_dict() | {"models": []}
        days = sorted({*state["days"], *found.days})
        self._journal.write(
            {
                "days": days,
                "remade": [day for day in state["remade"] if day not in self._find(newest=True).days],
                "told": {**first, "partitions": days},
                "since": state.get("since", clock.now().timestamp()),
            }
        )

    def _take_words(self, found: Footprint) -> None:
        """Decisions about their rows hold values, and a model's replies say their texts in other words.

        Shares of copies name rows; a recipe that needs none any more would leave them as they are.
        """
        info = {"erasure": self._entry}
        named = [common.table(self._lake, self._spec, stage) for stage in ("shares", "labels", "queue")]
        for known in (decisions_record.table(self._lake, self._spec), *named):
            self._take_rows(known, found, info)
        if recipe.asks(self._spec):
            for day in self._open_days():
                self._take_replies(day, info)

    def _take_rows(self, known: "LakeTable", found: Footprint, info: dict[str, str]) -> None:
        days = set(found.days)
        for where in known.partitions() if known.version() is not None else ():
            if where["date"] not in days:
                continue
            rows = known.read(where)
            gone = holders(rows, None, None, found.ids)
            if gone.any():
                kept = rows.filter(~gone)
                part = known.write_part(kept, where, f"erasure-{self._entry}-{time.time_ns()}")
                known.commit([part], where, kept.schema, info)

    def _take_replies(self, day: str, info: dict[str, str]) -> None:
        """Keep the replies that the remaining rows ask for; what nobody asks for may be the person's."""
        table, where = replies_record.table(self._lake, self._spec), {"date": day}
        if table.version() is None or where not in table.partitions():
            return
        rows = table.read(where)
        wanted = pc.is_in(rows.column("request"), self._asked(day))
        kept = rows.filter(wanted)
        if len(kept) < len(rows):
            part = table.write_part(kept, where, f"erasure-{self._entry}-{time.time_ns()}")
            table.commit([part], where, kept.schema, info)

    def _asked(self, day: str) -> Any:
        import pyarrow as pa

        try:
            rows = common.table(self._lake, self._spec, "source").read({"date": day})
            value, row = self._named
            left = rows.filter(~holders(rows, self._spec.subject, value, {row} if row else set()))
            plan = recipe.plan(self._spec, day, left, digest(left))
            asked = [one.digest for _, requests in recipe.asked(plan) for one in requests]
        except AugError:  # a day that cannot be planned asks for nothing
            asked = []
        return pa.array(asked, pa.string())

    def _open_days(self) -> list[str]:
        state = self._journal.state
        return [day for day in state["days"] if day not in state["remade"]]

    def _remake(self) -> None:
        """The touched days by the ordinary assets, which no longer see the rows.

        Raises:
            ErasureError: A day still holds rows, and was not to be withdrawn.
        """
        days = self._open_days()
        failed = self._materialize(days) if days else []
        left = self._find(newest=True).days
        ill = sorted({*left, *(told.partition(":")[0] for told in failed)})
        self._journal.write(
            {"remade": sorted({*self._journal.state["remade"], *(d for d in days if d not in ill)})}
        )
        if ill and not self._who.withdraw:
            raise ErasureError(
                "days cannot be made again without the person", seen="; ".join(failed) or ", ".join(ill),
                legal="every touched day made again",
                todo="correct it and call this again, or add --withdraw, which empties these days",
            )  # fmt: skip
        if ill:
            self._tables.empty(ill, {"erasure": self._entry})
            gone = sorted({*self._journal.state["withdrawn"], *ill})
            self._journal.write({"withdrawn": gone, "remade": self._journal.state["days"]})

    def _mark(self) -> None:
        """Models that learned from the rows; what they learned stays in them until they are trained again."""
        models = model_ledger.of_days(self._lake, self._spec, self._journal.state["days"])
        named = sorted({(one["model"], one["version"]) for one in models})
        reason = f"trained on rows that were erased: {self._entry}"
        for model, version in named:
            model_ledger.mark(self._lake, self._spec, model, version, reason)
            _tag(model, version, reason)
        told = {**self._journal.state["told"], "models": [f"{m} {v}" for m, v in named]}
        self._journal.write({"told": told})

    def _vacuum(self) -> None:
        days = self._journal.state["days"]
        files = self._tables.vacuum(days)
        scratch(self._lake, [run.run_id for run in erasure_events.active(self._instance)])
        self._journal.write({"files": self._journal.state["files"] + files})

    def _purge(self) -> None:
        """Dagster's events of the old runs, after the audit log has the facts of them."""
        from resources.event_mirror import mirror

        state = self._journal.state
        mirror(self._instance, self._lake)
        runs = erasure_events.forget_runs(self._instance, self._spec, state["days"], state["since"])
        erasure_events.compact(self._instance)
        self._journal.write({"runs": state["runs"] + runs})

    def _record(self) -> Told:
        state = self._journal.state
        told = Told(**state["told"])
        told.withdrawn, told.files_removed, told.runs_removed = (
            state["withdrawn"], state["files"], state["runs"],
        )  # fmt: skip
        told.done = True
        once = f"forget/{self._spec.id}/{self._entry}/{state['since']}"
        audit_log(self._lake, self._spec.tenant).append(
            "forget", told.as_dict(), by=self._who.by, why=self._who.why, once=once
        )
        self._journal.write({"done": True})
        return told

    def _told(self, found: Footprint) -> Told:
        days = set(found.days)
        source = common.table(self._lake, self._spec, "source")
        models = model_ledger.of_days(self._lake, self._spec, found.days)
        return Told(
            dataset=self._spec.id,
            erasure=self._entry,
            rows=len(found.real) if found.rows else 0,
            descendants=len(found.made),
            partitions=found.days,
            partitions_total=len(source.partitions()) if source.version() is not None else 0,
            tables={table: sum(held.values()) for table, held in found.rows.items()},
            versions={table: self._versions(table, days) for table in found.rows},
            models=sorted({f"{one['model']} {one['version']}" for one in models}),
        )

    def _versions(self, table: str, days: set[str]) -> int:
        by = ("date", "stage") if table in ("quarantine", "decisions") else ("date",)
        history = self._lake.table(self._spec.tenant, self._spec.name, table, by).history()
        return sum(commit.partition.get("date") in days for commit in history)


def _tag(model: str, version: str, reason: str) -> None:
    """The mark in MLflow, where there is one; the ledger in the lake is what counts."""
    own = Path(os.environ.get("DAGSTER_HOME", "."), "mlflow.db")
    if not (os.environ.get("MLFLOW_TRACKING_URI") or own.exists()):
        return
    from mlflow.exceptions import MlflowException

    from resources.tracking import TrackingResource, _client

    try:
        _client(TrackingResource().address()).set_model_version_tag(model, version, "aug.marked", reason)
    except MlflowException:
        return  # a model that was never registered there
