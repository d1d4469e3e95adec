"""What a step tells other tools: OpenLineage events around it, and Dagster's own lineage of columns."""

import functools
import inspect
import logging
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, ParamSpec, Self, TypeVar, cast

import dagster as dg

from aug_assets.assets import common
from aug_assets.errors import AugError
from aug_assets.frames import table_schema
from aug_assets.lineage import columns, openlineage
from aug_assets.lineage.openlineage import Dataset, Place
from aug_assets.spec import DatasetSpec
from resources import clock, code_digest, environment, evidence, lineage_out

P = ParamSpec("P")
R = TypeVar("R")
_log = logging.getLogger(__name__)
_READ = {  # stage to what it reads, each with the name under which its metadata holds the version
    "source": {},
    "augmented": {"source": "source_version"},
    "gates": {"source": "source_version", "augmented": "delta_version", "provenance": "provenance_version"},
    "validated": {
        "source": "source_version", "augmented": "augmented_version", "provenance": "provenance_version",
    },
}  # fmt: skip
_NAMED = 3  # columns that a cell of the table has room for
_WRITTEN = {"gates": ("verdict", "quarantine")}


def column_lineage(spec: DatasetSpec, stage: str) -> dict[str, Any]:
    """Metadata by which the UI shows which column feeds which.

    Dagster's own form has no conditions, and its open-source UI shows it as JSON; the table is for people.
    """
    made = columns.feeds(spec, stage)
    deps = {
        name: [
            dg.TableColumnDep(asset_key=common.asset_key(spec, feed.stage), column_name=feed.column)
            for feed in feeds
            if feed.direct
        ]
        for name, feeds in made.items()
    }
    rows = [
        dg.TableRecord(
            {
                "column": name,
                "comes of": _named(feeds, direct=True),
                "depends on": _named(feeds, direct=False),
            }
        )
        for name, feeds in made.items()
    ]
    heads = [dg.TableColumn(name, "string") for name in ("column", "comes of", "depends on")]
    return {
        "dagster/column_lineage": dg.TableColumnLineage(deps_by_column=deps),
        "columns": dg.MetadataValue.table(rows, schema=dg.TableSchema(columns=heads)),
    }


def _named(feeds: tuple[columns.Feed, ...], *, direct: bool) -> str:
    """Such as ``source.amount, source.fee``; of many only the first."""
    names = [f"{feed.stage}.{feed.column}" for feed in feeds if feed.direct == direct]
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more


def told(spec: DatasetSpec, stage: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Around an asset's function: send START, then COMPLETE, FAIL or ABORT, where anybody wants to know."""

    def around(compute: Callable[P, R]) -> Callable[P, R]:
        @functools.wraps(compute)
        def whole(*args: P.args, **given: P.kwargs) -> R:
            with Telling(spec, stage, args[0]) as telling:
                return telling.saw(compute(*args, **given))

        @functools.wraps(compute)
        def piecewise(*args: P.args, **given: P.kwargs) -> Any:
            with Telling(spec, stage, args[0]) as telling:
                for result in cast(Any, compute(*args, **given)):
                    yield telling.saw(result)

        return cast(Callable[P, R], piecewise) if inspect.isgeneratorfunction(compute) else whole

    return around


class Telling:
    """The events of one attempt at one step; whatever goes wrong here, the step goes on.

    Args:
        spec: The dataset.
        stage: Of the step.
        context: Dagster's.
    """

    def __init__(self, spec: DatasetSpec, stage: str, context: Any) -> None:
        self.spec, self.stage, self.context = spec, stage, context
        self.day = context.partition_key
        self.made: Mapping[str, Any] | None = None
        self.judged: list[dict[str, Any]] = []
        self.on = lineage_out.wanted()

    def __enter__(self) -> Self:
        self._send("START")
        return self

    def saw(self, result: R) -> R:
        """Note what the step yields or returns."""
        if isinstance(result, dg.MaterializeResult):
            self.made = {name: getattr(v, "value", v) for name, v in (result.metadata or {}).items()}
        elif isinstance(result, dg.AssetCheckResult):
            blocking = result.severity == dg.AssetCheckSeverity.ERROR
            figures = {n: getattr(v, "value", v) for n, v in result.metadata.items()}
            self.judged.append(_assertion(str(result.check_name), figures, result.passed, blocking=blocking))
        return result

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        finished = error is None or isinstance(error, GeneratorExit)
        if finished and (self.made is not None or self.stage == "gates"):
            self._send("COMPLETE")
        elif error is None or isinstance(error, GeneratorExit):
            self._send("FAIL", "a check failed, nothing was published")
        else:
            self._send("FAIL" if isinstance(error, Exception) else "ABORT", _kind(error))

    def _send(self, state: openlineage.State, error: str = "") -> None:
        if not self.on:
            return
        try:
            outcome = lineage_out.emit(self._event(state, error))
        except Exception:  # noqa: BLE001 - nobody's rows depend on it
            _log.warning("No lineage event was made of %s", self.stage, exc_info=True)
            return
        if outcome != "sent":
            self.context.log.warning("A lineage event was %s: %s", outcome, lineage_out.counts())

    def _event(self, state: openlineage.State, error: str) -> dict[str, Any]:
        known = self._known() if state == "COMPLETE" else {}
        places = self._places()
        return openlineage.event(
            state, clock.now(), self._run(error), self._job(), self._inputs(places, known),
            self._outputs(places, known),
        )  # fmt: skip

    def _known(self) -> Mapping[str, Any]:
        if self.made is not None:
            return self.made
        return common.latest(self.context, self.spec, "augmented")

    def _places(self) -> dict[str, Place]:
        lake = self.context.resources.lake
        stages = {*common.STAGES, "provenance", "verdict", "quarantine", common.PARAPHRASES}
        found = {
            stage: openlineage.place(common.table(lake, self.spec, stage).uri, lineage_out.namespace())
            for stage in stages
        }
        raw = openlineage.place(self.spec.source.at(self.day), lineage_out.namespace())
        return {**found, "raw": raw}

    def _run(self, error: str) -> openlineage.Run:
        run, spec = self.context.run, self.spec
        window: tuple[datetime, datetime] = spec.partitions.window(self.day)
        own = openlineage.run_id(run.run_id, spec.id, self.stage, self.day, str(self.context.retry_number))
        digests = {
            "recipe": spec.recipe_digest, "dataset": spec.digest, "gates": spec.gates_digest,
            "code": code_digest.at_import(), "environment": environment.digest(), "git": evidence.git(),
        }  # fmt: skip
        return openlineage.Run(
            own, run.run_id, run.job_name, window, ("dagster", dg.__version__),
            {name: text for name, text in digests.items() if text}, error,
        )  # fmt: skip

    def _job(self) -> openlineage.Job:
        spec = self.spec
        name = f"{spec.tenant}.{spec.name}.{self.stage}"
        return openlineage.Job(
            Place(lineage_out.namespace(), name), spec.description, spec.owners, evidence.repository()
        )

    def _inputs(self, places: Mapping[str, Place], known: Mapping[str, Any]) -> list[Dataset]:
        if self.stage == "source":
            return [Dataset(places["raw"], day=self.day)]
        return [
            Dataset(
                places[stage], version=str(known.get(name, "")), day=self.day,
                digest=str(known.get("source_digest", "")) if stage == "source" else "",
                judged=self.judged if stage == "augmented" and self.stage == "gates" else (),
            )
            for stage, name in _READ[self.stage].items()
        ]  # fmt: skip

    def _outputs(self, places: Mapping[str, Place], known: Mapping[str, Any]) -> list[Dataset]:
        if self.stage in _WRITTEN:
            return [Dataset(places[stage], day=self.day) for stage in _WRITTEN[self.stage]]
        return [
            Dataset(
                places[self.stage], version=str(known.get("delta_version", "")), day=self.day,
                digest=str(known.get("digest", "")), columns=_schema(self.spec),
                feeds=columns.feeds(self.spec, self.stage),
                choosers=columns.choosers(self.spec, self.stage), stages=places,
                written=self._written(known),
            )
        ]  # fmt: skip

    def _written(self, known: Mapping[str, Any]) -> tuple[int | None, int | None, int | None]:
        if not known:
            return None, None, None
        table = common.table(self.context.resources.lake, self.spec, self.stage)
        files = table.parts({"date": self.day}, known["delta_version"])
        return known["dagster/partition_row_count"], sum(file.size for file in files), len(files)


def _schema(spec: DatasetSpec) -> list[tuple[str, str, str]]:
    told = {name: column.description for name, column in spec.columns.items()}
    return [(field.name, str(field.type), told.get(field.name, "")) for field in table_schema(spec)]


def _assertion(name: str, figures: Mapping[str, Any], passed: Any, *, blocking: bool) -> dict[str, Any]:
    told = {"expected": figures.get("threshold"), "actual": figures.get("value")}
    return {
        "assertion": name, "name": name, "success": bool(passed), "severity": "error" if blocking else "warn",
        **{word: str(value) for word, value in told.items() if value is not None},
    }  # fmt: skip


def _kind(error: BaseException) -> str:
    """What kind of failure: never its words, which may quote what rows hold."""
    cause = error.__cause__
    return cause.code if isinstance(cause, AugError) else type(error).__name__
