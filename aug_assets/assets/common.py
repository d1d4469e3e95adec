"""What all assets of a dataset share: names, partitions, tables, versions, and how errors reach the UI."""

import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import dagster as dg

from aug_assets import recipe
from aug_assets.cost import Priced, Spent
from aug_assets.errors import AugError, UpstreamMissingError
from aug_assets.frames import table_schema
from aug_assets.spec import DatasetSpec
from resources import code_digest, environment, evidence, metering, prices
from resources.delta_table import LakeTable
from resources.lake import LakeResource

STAGES = ("source", "augmented", "validated")
PARAPHRASES = "paraphrases"  # between the first two, where a recipe asks a model
DRIFT = "drift"  # beside candidates and training data, where the dataset's file has one
DRIFT_REPORT = "drift_report"  # behind it, where that asks for one
REVIEW = "review"  # between the last two, where the dataset's file has a review
MODEL, DEPLOYMENT, PREDICTIONS = "model", "deployment", "predictions"  # where it has a training
UNCERTAINTY = "uncertainty"  # behind the last, where it has that too
_OWN = {"row_id": "Names the row in every table", "is_synthetic": "Whether an operator made the row"}
RETRIES = dg.RetryPolicy(max_retries=2, delay=1, backoff=dg.Backoff.EXPONENTIAL)


def asset_key(spec: DatasetSpec, stage: str) -> dg.AssetKey:
    """Such as ``payments/card_fraud_source``: the graph shows the last part only, so it names the dataset."""
    return dg.AssetKey([spec.tenant, f"{spec.name}_{stage}"])


def before_candidates(spec: DatasetSpec) -> tuple[str, ...]:
    """The stages that candidates are made of."""
    return ("source", PARAPHRASES) if recipe.asks(spec) else ("source",)


def partitions(spec: DatasetSpec) -> dg.TimeWindowPartitionsDefinition:
    """The days of the dataset, or its hours."""
    span = spec.partitions
    kind = dg.HourlyPartitionsDefinition if span.every == "hour" else dg.DailyPartitionsDefinition
    return kind(
        start_date=span.start.strftime(span.form),
        end_date=span.end.strftime(span.form) if span.end else None,
        timezone=span.timezone,
        fmt=span.form,
    )


def asset_arguments(spec: DatasetSpec, stage: str) -> dict[str, Any]:
    """Arguments of ``dg.asset`` that every stage has alike."""
    schema = table_schema(spec)
    columns = [
        dg.TableColumn(
            field.name,
            str(field.type),
            description=spec.columns[field.name].description
            if field.name in spec.columns
            else _OWN[field.name],
            constraints=_constraints(spec, field.name),
        )
        for field in schema
    ]
    return {
        "key": asset_key(spec, stage),
        "partitions_def": partitions(spec),
        # No backfill policy, which means one run a day: any policy, even one day a run, makes Dagster launch
        # ranges, and the check results of a range belong to no day.
        "group_name": spec.tenant,
        "owners": list(spec.owners),
        "kinds": {"pandas", "deltalake"},
        "tags": {"tenant": spec.tenant, "dataset": spec.name, "stage": stage},
        "metadata": {"dagster/column_schema": dg.TableSchema(columns=columns)},
        "code_version": spec.digest[:16],
        "retry_policy": RETRIES,
    }


def _constraints(spec: DatasetSpec, name: str) -> dg.TableColumnConstraints:
    column = spec.columns.get(name)
    if column is None:
        return dg.TableColumnConstraints(nullable=False, unique=name == "row_id")
    other = [f">= {column.min:g}"] if column.min is not None else []
    other += [f"<= {column.max:g}"] if column.max is not None else []
    other += [f"one of {', '.join(map(str, column.values))}"] if column.values else []
    unique = column.unique or (name,) == spec.key
    return dg.TableColumnConstraints(nullable=column.nullable, unique=unique, other=other)


def table(lake: LakeResource, spec: DatasetSpec, stage: str) -> LakeTable:
    """The Delta table of a stage, or of ``provenance`` or ``verdict``."""
    return lake.table(spec.tenant, spec.name, stage)


def quarantine_table(lake: LakeResource, spec: DatasetSpec) -> LakeTable:
    """Failed rows of all stages; each stage replaces only its own part of a day."""
    return lake.table(spec.tenant, spec.name, "quarantine", ("date", "stage"))


def part_name(context: Any, number: int = 0) -> str:
    """A name that no other attempt of any run writes under."""
    return f"{context.run.run_id}-{context.retry_number}-{number:06d}"


def commit_info(context: Any, spec: DatasetSpec, **more: Any) -> dict[str, str]:
    """What a commit records of its making: who, by which run, dataset file, code and packages."""
    made = {
        "run_id": context.run.run_id,
        "spec_digest": spec.digest,
        "recipe_digest": spec.recipe_digest,
        "user": context.run.tags.get("user") or environment.user(),
        "code": code_digest.at_import(),
        "git": evidence.git(),
        "environment": environment.digest(),
    }
    return {**made, **{name: str(value) for name, value in more.items()}}


@contextmanager
def typed_failure() -> Iterator[None]:
    """An AugError as a Dagster failure with its parts as metadata; only passing troubles are tried again."""
    try:
        yield
    except AugError as error:
        parts = {"error": error.code, "seen": error.seen, "legal": error.legal, "next": error.todo}
        raise dg.Failure(
            description=str(error),
            metadata={name: text for name, text in parts.items() if text},
            allow_retries=error.transient,
        ) from error


def latest(context: Any, spec: DatasetSpec, stage: str) -> Mapping[str, Any]:
    """Metadata values of the newest materialization of a stage for this day.

    Raises:
        UpstreamMissingError: There is none.
    """
    key = asset_key(spec, stage)
    wanted = dg.AssetRecordsFilter(asset_key=key, asset_partitions=[context.partition_key])
    records = context.instance.fetch_materializations(wanted, limit=1).records
    if not records or records[0].asset_materialization is None:
        raise UpstreamMissingError(
            f"{key.to_user_string()} has not been materialized for this day",
            seen=context.partition_key,
            todo=f"materialize {key.to_user_string()} for it first",
        )
    metadata = records[0].asset_materialization.metadata
    return {name: value.value for name, value in metadata.items() if hasattr(value, "value")}


class Stopwatch:
    """Wall seconds of a step by what they were spent on, and what the step costs.

    Args:
        lake: Where the price sheet may lie; it is read first, so that a bad one stops no finished work.

    Attributes:
        wall: Seconds by purpose.
        elsewhere: What chunks in other threads used, and what endpoints took; to be added to.
    """

    def __init__(self, lake: LakeResource) -> None:
        with typed_failure():
            self._prices = prices.in_force(lake)
        self.wall: dict[str, float] = defaultdict(float)
        self.elsewhere = Spent()
        self._meter = metering.Meter()

    @contextmanager
    def __call__(self, what: str) -> Iterator[None]:
        """Count the time inside under this name."""
        start = time.perf_counter()
        try:
            yield
        finally:
            self.wall[what] += time.perf_counter() - start

    def spent(self) -> Spent:
        """What the step has used by now, here and elsewhere."""
        return self._meter.spent() + self.elsewhere

    def priced(self) -> Priced:
        """The same with its price."""
        spent = self.spent()
        return Priced(spent, self._prices.money(spent))

    def metadata(self) -> dict[str, Any]:
        """Seconds and costs as asset metadata."""
        seconds = {f"seconds/{what}": round(seconds, 4) for what, seconds in sorted(self.wall.items())}
        spent = self.spent()
        return {**seconds, "seconds/cpu": round(spent.cpu_seconds, 4), **spent.metadata(self._prices)}
