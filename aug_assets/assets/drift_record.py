"""What is kept of drift: a dataset's tables ``sketches`` and ``drift``, and which days are the reference."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from functools import lru_cache
from typing import Any

import pyarrow as pa

from aug_assets.assets import common
from aug_assets.drift.features import Features, shared
from aug_assets.drift.null import Reference, least
from aug_assets.drift.rule import Decision
from aug_assets.drift.sketch import SKETCH, Sketch
from aug_assets.rows import digest
from aug_assets.spec import DatasetSpec
from resources import model_ledger
from resources.delta_table import LakeTable
from resources.lake import LakeResource
from resources.pointer import Pointers

DECISION = pa.schema(
    [
        ("day", pa.string()),
        ("word", pa.string()),
        ("reason", pa.string()),
        ("value", pa.float64()),
        ("limit", pa.float64()),
        ("feature", pa.string()),
        ("measure", pa.string()),
        ("drifted", pa.list_(pa.string())),
        ("rows", pa.int64()),
        ("reference_days", pa.int64()),
        ("reference", pa.string()),
        ("source_digest", pa.string()),
    ]
)
_AT_MOST = 3  # times the days of a reference, among which its days are looked for


@dataclass(frozen=True)
class Chosen:
    """The days that a day is held against.

    Attributes:
        days: ISO dates, ascending.
        why: What they are, for a person.
    """

    days: tuple[str, ...]
    why: str


def tables(lake: LakeResource, spec: DatasetSpec) -> tuple[LakeTable, LakeTable]:
    """Sketches and decisions."""
    return common.table(lake, spec, "sketches"), common.table(lake, spec, "drift")


def known_days(table: LakeTable) -> list[str]:
    """The days that a table has, in order."""
    return [] if table.version() is None else [where["date"] for where in table.partitions()]


def keep_sketches(context: Any, spec: DatasetSpec, lake: LakeResource, found: Features) -> int:
    """Store a day's sketches; returns the table's version."""
    rows = pa.Table.from_pylist([one.row(name) for name, one in sorted(found.items())], SKETCH)
    return _keep(context, spec, tables(lake, spec)[0], rows)


def keep_decision(
    context: Any, spec: DatasetSpec, lake: LakeResource, decision: Decision, **more: str
) -> int:
    """Store what was made of a day, also where that is nothing; returns the table's version."""
    rows = pa.Table.from_pylist([{**decision.record(), **more}], DECISION)
    return _keep(context, spec, tables(lake, spec)[1], rows)


def _keep(context: Any, spec: DatasetSpec, table: LakeTable, rows: pa.Table) -> int:
    where = {"date": context.partition_key}
    part = table.write_part(rows, where, common.part_name(context))
    return table.commit([part], where, rows.schema, common.commit_info(context, spec, digest=digest(rows)))


def sketches(lake: LakeResource, spec: DatasetSpec, days: Sequence[str]) -> dict[str, Features]:
    """The stored sketches of some days that have them."""
    return _features(tables(lake, spec)[0].read_each([{"date": day} for day in days]), days)


def _features(read: Sequence[pa.Table], days: Sequence[str]) -> dict[str, Features]:
    return {
        day: {row["feature"]: Sketch.of_row(row) for row in rows.to_pylist()}
        for day, rows in zip(days, read, strict=True)
    }


def decisions(lake: LakeResource, spec: DatasetSpec, days: Sequence[str]) -> list[Decision]:
    """The stored decisions of some days that have them."""
    names = [field.name for field in fields(Decision)]
    read = tables(lake, spec)[1].read_each([{"date": day} for day in days], names)
    return [
        Decision(**{**row, "drifted": tuple(row["drifted"])}) for rows in read for row in rows.to_pylist()
    ]


def choose(lake: LakeResource, spec: DatasetSpec, day: str) -> Chosen:
    """The days to hold a day against, itself never among them.

    Those that the champion was trained on, filled up with the days before them; else those that the
    dataset's file names; else its first days. Of the last, days that were too small, or were called drifted,
    are left out: what is found strange must not become the usual.
    """
    assert spec.drift is not None
    wanted = spec.drift.days * spec.partitions.a_day
    known = [one for one in known_days(tables(lake, spec)[0]) if one != day]
    version, trained = _trained(lake, spec, known)
    if trained:
        before = [one for one in known if one < trained[-1] and one not in trained]
        fill = before[len(before) - max(0, min(wanted - len(trained), len(before))) :]
        told = f"{len(trained)} days that the champion, version {version}, was trained on"
        return Chosen(tuple(sorted({*trained, *fill})), told + (f", {len(fill)} before them" if fill else ""))
    if spec.drift.reference:
        first, last = (one.isoformat() for one in spec.drift.reference)
        named = tuple(one for one in known if first <= one[: len(first)] <= last)
        return Chosen(named, f"the days {first} to {last} that the dataset's file names")
    judged = [one for one in known_days(tables(lake, spec)[1])[: _AT_MOST * wanted] if one in known]
    fit = [
        one.day
        for one in decisions(lake, spec, judged)
        if one.rows >= spec.drift.min_rows and one.word != "refresh"
    ][:wanted]
    return Chosen(tuple(fit), "the dataset's first days")


def _trained(lake: LakeResource, spec: DatasetSpec, days: Sequence[str]) -> tuple[str, list[str]]:
    """The version that serves, and on which of these days it was trained."""
    champion = Pointers(lake, spec).read().pointer.champion
    if champion is None:
        return "", []
    rows = model_ledger.of_days(lake, spec, days)
    return champion.version, sorted({row["date"] for row in rows if row["version"] == champion.version})


def reference(lake: LakeResource, spec: DatasetSpec, chosen: Chosen, own: Features) -> Reference:
    """What the chosen days teach, of the features that the day and all of them have.

    Raises:
        ReferenceTooShortError: There are too few.
    """
    assert spec.drift is not None
    if len(chosen.days) < least(chosen.days):
        return Reference.of({day: {} for day in chosen.days})  # which says so
    table = tables(lake, spec)[0]
    files = _addresses(table, chosen.days)
    kinds = tuple(sorted((name, one.kind) for name, one in own.items()))
    return _learned(table, chosen.days, files, kinds, spec.drift.false_alarms)


def _addresses(table: LakeTable, days: Sequence[str]) -> tuple[str, ...]:
    """What changes once a day's sketches do."""
    wanted = set(days)
    return tuple(part.path for part in table.files() if part.partition["date"] in wanted)


@lru_cache(maxsize=8)
def _learned(
    table: LakeTable,
    days: tuple[str, ...],
    files: tuple[str, ...],  # noqa: ARG001 - part of the cache's key
    kinds: tuple[tuple[str, str], ...],
    false_alarms: float,
) -> Reference:
    """The same for all days of a window: a worker that judges many of them learns it once."""
    found = _features(table.read_each([{"date": day} for day in days]), days)
    watched = dict(kinds)
    fit: Mapping[str, Features] = {
        day: {name: one for name, one in features.items() if watched.get(name) == one.kind}
        for day, features in found.items()
    }
    return Reference.of(shared(fit), false_alarms)
