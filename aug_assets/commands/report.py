"""A materialized day as one page for people: what it holds is read from the lake at the recorded versions."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from aug_assets import frames, loader
from aug_assets.assets import common, lift_record
from aug_assets.commands import home
from aug_assets.commands.run import days_between
from aug_assets.errors import AugError, UpstreamMissingError
from aug_assets.report.day import Day, Held
from aug_assets.report.page import page
from aug_assets.rows import ROW_ID
from aug_assets.spec import DatasetSpec

if TYPE_CHECKING:
    import dagster as dg

    from resources.lake import LakeResource


@dataclass(frozen=True)
class At:
    """A day of an instance, as :func:`aug_assets.assets.common.latest` asks for it."""

    instance: "dg.DagsterInstance"
    partition_key: str


def report(dataset: str, day: str, out: str | Path | None = None) -> Path:
    """Write the report of a day.

    Args:
        dataset: ``tenant/name``.
        day: The partition, as an ISO date.
        out: The file; without it ``<tenant>-<name>-<day>.html`` in the working directory.

    Returns:
        The file.

    Raises:
        UnknownDatasetError: There is no such dataset.
        UnknownPartitionError: The day is not a partition of it.
        UpstreamMissingError: The day has not been materialized, or its columns are not the file's any more.
        AugError: The file cannot be written.
    """
    from resources.lake import LakeResource

    spec = loader.get(dataset)
    days_between(spec, day, day)
    home.prepare()
    with home.instance() as instance:
        text = page(gather(instance, LakeResource(), spec, day))
    file = Path(out) if out else Path(f"{spec.tenant}-{spec.name}-{day}.html")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise AugError("cannot write the report", seen=str(file), todo=str(error)) from error
    return file


def gather(instance: "dg.DagsterInstance", lake: "LakeResource", spec: DatasetSpec, day: str) -> Day:
    """All that the report says; see :func:`report` for what is raised."""
    at, where = At(instance, day), {"date": day}
    source, augmented = (common.latest(at, spec, stage) for stage in ("source", "augmented"))
    real = _rows(lake, spec, "source", day, augmented["source_version"])
    made = _rows(lake, spec, "augmented", day, augmented["delta_version"])
    judgements, warnings = _verdict(lake, spec, day, augmented)
    told = common.table(lake, spec, "provenance")
    named = told.read(where, augmented["provenance_version"], ["step", "parents"])
    first = pc.list_element(named.filter(pc.equal(named.column("step"), 0)).column("parents"), 0)
    parents = pc.is_in(real.column(ROW_ID), value_set=pc.unique(first)).to_numpy()
    versions = {"source": source["quarantine_version"], "recipe": augmented["quarantine_version"]}
    versions |= {"augmented": judgements[0]["quarantine_version"]} if judgements else {}
    published, published_warnings = _published(at, spec, augmented)
    if augmented["recipe_digest"] != spec.recipe_digest:
        warnings.append(
            "The dataset's file holds another recipe now than the one that made these candidates."
        )
    return Day(
        spec=spec,
        day=day,
        real=frames.to_frame(real, spec),
        parents=np.asarray(parents, bool),
        candidates=frames.to_frame(made, spec),
        counts=_counts(source, augmented, int(parents.sum()), published),
        held=_held(lake, spec, day, versions),
        judgements=judgements,
        lift=lift_record.load(lake, spec),
        recipe_digest=augmented["recipe_digest"],
        facts=_facts(spec, source, augmented, published),
        warnings=[*warnings, *published_warnings],
    )


def _rows(lake: "LakeResource", spec: DatasetSpec, stage: str, day: str, version: int) -> pa.Table:
    """A stage's rows in the order of their ids."""
    table = common.table(lake, spec, stage)
    missing = sorted(set(spec.columns) - set(table.schema(version).names))
    if missing:
        raise UpstreamMissingError(
            f"the {stage} rows of {day} lack columns that the dataset's file has now",
            seen=missing, todo=f"materialize the day again: aug run {spec.id} --from {day} --to {day}",
        )  # fmt: skip
    return table.read({"date": day}, version).sort_by(ROW_ID)


def _verdict(
    lake: "LakeResource", spec: DatasetSpec, day: str, augmented: Any
) -> tuple[list[dict[str, Any]], list[str]]:
    """The stored words of the gates, if they are about these candidates."""
    try:
        rows = common.table(lake, spec, "verdict").read({"date": day}).to_pylist()
    except UpstreamMissingError:
        rows = []
    if rows and rows[0]["candidates_digest"] != augmented["digest"]:
        return [], ["The stored verdict is about other candidates of this day and is not shown."]
    return sorted(rows, key=lambda row: (row["passed"], row["gate"])), []


def _published(at: At, spec: DatasetSpec, augmented: Any) -> tuple[dict[str, Any], list[str]]:
    """What was published of these candidates."""
    try:
        validated = dict(common.latest(at, spec, "validated"))
    except UpstreamMissingError:
        return {}, ["Nothing of this day is published."]
    if validated["augmented_version"] != augmented["delta_version"]:
        return {}, ["The published rows of this day are of older candidates than these."]
    return validated, []


def _counts(source: Any, augmented: Any, parents: int, published: dict[str, Any]) -> dict[str, int]:
    counts = {
        "raw rows": source["rows_read"],
        "real rows": source["dagster/partition_row_count"],
        "parents": parents,
        "made": augmented["made"],
        "refused by recipe": augmented["refused"],
        "candidates": augmented["candidates"],
    }
    if published:
        counts["refused by gates"] = augmented["candidates"] - published["accepted"]
        counts["published synthetic"] = published["accepted"]
    return counts


def _held(lake: "LakeResource", spec: DatasetSpec, day: str, versions: dict[str, int | None]) -> list[Held]:
    """Reasons only: the rows themselves are not read."""
    found = []
    for stage, version in versions.items():
        try:
            table = common.quarantine_table(lake, spec)
            rows = table.read({"date": day, "stage": stage}, version, ["reasons"])
        except UpstreamMissingError:  # a stage that has held nothing yet
            continue
        counts = Counter(pc.list_flatten(rows.column("reasons")).to_pylist())
        found += [Held(stage, reason, count) for reason, count in counts.items()]
    return found


def _facts(spec: DatasetSpec, source: Any, augmented: Any, published: dict[str, Any]) -> dict[str, str]:
    facts = {
        "recipe digest": augmented["recipe_digest"],
        "dataset file digest": spec.digest,
        "gates digest": spec.gates_digest,
        "source version": augmented["source_version"],
        "source digest": augmented["source_digest"],
        "candidates version": augmented["delta_version"],
        "candidates digest": augmented["digest"],
        "provenance version": augmented["provenance_version"],
        "provenance digest": augmented["provenance_digest"],
        "source quarantine version": source["quarantine_version"],
    }
    if published:
        facts |= {"published version": published["delta_version"], "published digest": published["digest"]}
    return {name: str(value) for name, value in facts.items()}
