"""Finds a row in the lake and gathers its story; see ``aug_assets.lineage.trace``."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from aug_assets import loader
from aug_assets.assets import common
from aug_assets.errors import ReadersError, UnknownRowError, UpstreamMissingError
from aug_assets.lineage.trace import Made, Trace, steps
from aug_assets.rows import ROW_ID
from aug_assets.spec import DatasetSpec
from resources import environment, evidence, model_ledger
from resources.audit import audit_log

if TYPE_CHECKING:
    from resources.lake import LakeResource

_READERS = "AUG_READERS"


def trace(
    row_id: str,
    dataset: str | None = None,
    *,
    values: bool = False,
    by: str = "",
    why: str = "",
    packages: bool = False,
) -> Trace:
    """The story of a row.

    Args:
        row_id: 32 hexadecimal characters.
        dataset: ``tenant/name``; without it all datasets are searched.
        values: Whether to show what the row and its parents hold. Each look is recorded in the audit log.
        by: For whom, where the account of this process serves several people; only with ``values``.
        why: The reason for the record; only with ``values``.
        packages: Whether to tell which packages its stages were made with.

    Raises:
        UnknownDatasetError: There is no such dataset.
        UnknownRowError: No table holds the row.
        ReadersError: Values are asked for by an account that is not named in AUG_READERS.
    """
    from resources.lake import LakeResource

    if values:
        check_reader()
    lake = LakeResource()
    specs = [loader.get(dataset)] if dataset else list(loader.catalogue().values())
    for spec in specs:
        found = of(lake, spec, row_id, values=values)
        if found is not None:
            if values:
                _record(lake, spec, found, by, why)
            return replace(found, packages=_packages(lake, spec, found)) if packages else found
    raise UnknownRowError(
        "no row of this id is stored", seen=row_id, legal="the row_id of a real or a made row",
        todo=f"check the id; searched: {', '.join(spec.id for spec in specs)}",
    )  # fmt: skip


def _packages(lake: "LakeResource", spec: DatasetSpec, found: Trace) -> dict[str, tuple[str, ...]]:
    """The packages of each environment that made a stage of the row's day; none where they were not kept."""
    digests = {one.by["environment"] for one in found.made if "environment" in one.by}
    return {one: tuple(evidence.packages(lake, spec.tenant, one).splitlines()) for one in sorted(digests)}


def check_reader() -> None:
    """Refuse an account that may not see values: the names in AUG_READERS may, all may where it is not set.

    This keeps honest people from what they need not see; who can read the lake's files can read them all.

    Raises:
        ReadersError: The account is not named.
    """
    named = {name.strip() for name in os.environ.get(_READERS, "").split(",")} - {""}
    if _READERS in os.environ and environment.user() not in named:
        raise ReadersError(
            "this account may not see what rows hold", seen=environment.user(),
            legal=sorted(named) or "nobody", todo=f"leave --values out, or have it named in {_READERS}",
        )  # fmt: skip


def _record(lake: "LakeResource", spec: DatasetSpec, found: Trace, by: str, why: str) -> None:
    account = environment.user()
    subject = {
        "dataset": spec.id, "date": found.date, "row_ids": [found.row_id, *found.parents], "account": account,
    }  # fmt: skip
    audit_log(lake, spec.tenant).append("access", subject, by=by or account, why=why)


def of(lake: "LakeResource", spec: DatasetSpec, row_id: str, *, values: bool) -> Trace | None:
    """The story of a row of one dataset; None where it has no such row."""
    told = _found(lake, spec, "provenance", row_id)
    if told.num_rows:
        return _synthetic(lake, spec, row_id, told, values=values)
    real = _found(lake, spec, "source", row_id)
    if real.num_rows:
        return _real(lake, spec, row_id, real, values=values)
    return _held(lake, spec, row_id, values=values)


def _found(
    lake: "LakeResource", spec: DatasetSpec, stage: str, row_id: str, columns: Sequence[str] | None = None
) -> pa.Table:
    table = common.quarantine_table(lake, spec) if stage == "quarantine" else common.table(lake, spec, stage)
    try:
        return table.find(ROW_ID, [row_id], columns)
    except UpstreamMissingError:
        return pa.table({})


def _synthetic(
    lake: "LakeResource", spec: DatasetSpec, row_id: str, told: pa.Table, *, values: bool
) -> Trace:
    rows = told.to_pylist()
    day, digest = rows[0]["date"], rows[0]["recipe_digest"]
    story = steps(rows)
    parents: dict[str, Any] = dict.fromkeys(p for step in story for p in step.parents)
    if values:
        parents |= {row[ROW_ID]: row for row in _rows(lake, spec, "source", day, list(parents))}
    own = _rows(lake, spec, "augmented", day, [row_id]) if values else []
    state = _states(lake, spec, day, [row_id])[row_id]
    return Trace(
        row_id=row_id, dataset=spec.id, date=day, kind="synthetic", source=_raw(spec, day), steps=story,
        parents=parents, values=own[0] if own else None, recipe_digest=digest,
        recipe=_recipe(lake, spec, digest), state=state["state"], reasons=tuple(state["reasons"]),
        models=_models(lake, spec, day, state), **_day(lake, spec, day),
    )  # fmt: skip


def _real(lake: "LakeResource", spec: DatasetSpec, row_id: str, found: pa.Table, *, values: bool) -> Trace:
    """A real row may be delivered on several days; the newest is told, and what was made of it on each."""
    rows = sorted(found.to_pylist(), key=lambda row: str(row["date"]))
    days = [row.pop("date") for row in rows]
    fates: dict[str, Any] = {}
    for one in days:
        fates |= _states(lake, spec, one, _children(lake, spec, one, row_id))
    day = days[-1]
    state = _states(lake, spec, day, [row_id])[row_id]
    return Trace(
        row_id=row_id, dataset=spec.id, date=day, kind="real", source=_raw(spec, day),
        children=tuple(sorted(fates)), fates=fates, values=rows[-1] if values else None,
        state=state["state"], reasons=tuple(state["reasons"]),
        models=_models(lake, spec, day, state), **_day(lake, spec, day),
    )  # fmt: skip


def _held(lake: "LakeResource", spec: DatasetSpec, row_id: str, *, values: bool) -> Trace | None:
    """A row that went no further than quarantine, such as a delivered one that broke a rule."""
    found = _found(lake, spec, "quarantine", row_id)
    if not found.num_rows:
        return None
    row = max(found.to_pylist(), key=lambda one: str(one["date"]))
    day, kind = row["date"], "real" if row["stage"] == "source" else "synthetic"
    return Trace(
        row_id=row_id, dataset=spec.id, date=day, kind=kind, source=_raw(spec, day), state="quarantined",
        reasons=tuple(row["reasons"]), values={"row": row["row"]} if values else None,
        **_day(lake, spec, day),
    )  # fmt: skip


def _children(lake: "LakeResource", spec: DatasetSpec, day: str, row_id: str) -> tuple[str, ...]:
    """The rows that any step made of this one; parents are always of the same day."""
    try:
        told = common.table(lake, spec, "provenance").read({"date": day}, columns=[ROW_ID, "parents"])
    except UpstreamMissingError:
        return ()
    parents = told.column("parents").combine_chunks()
    at = pc.list_parent_indices(parents).filter(pc.equal(pc.list_flatten(parents), row_id))
    return tuple(sorted(set(told.column(ROW_ID).take(at).to_pylist())))


def _rows(
    lake: "LakeResource", spec: DatasetSpec, stage: str, day: str, ids: Sequence[str]
) -> list[dict[str, Any]]:
    try:
        rows = common.table(lake, spec, stage).read({"date": day})
    except UpstreamMissingError:
        return []
    found: list[dict[str, Any]] = rows.filter(
        pc.is_in(rows.column(ROW_ID), value_set=pa.array(ids, pa.string()))
    ).to_pylist()
    return found


def _states(lake: "LakeResource", spec: DatasetSpec, day: str, ids: Sequence[str]) -> dict[str, Any]:
    """What became of some rows of a day."""
    told = {one: {"date": day, "state": "unpublished", "reasons": []} for one in ids}
    if not told:
        return told
    table = common.quarantine_table(lake, spec)
    for where in table.partitions() if table.version() is not None else []:
        if where["date"] == day:
            held = table.read(where, columns=[ROW_ID, "reasons"])
            mine = held.filter(pc.is_in(held.column(ROW_ID), value_set=pa.array(ids, pa.string())))
            for row in mine.to_pylist():
                told[row[ROW_ID]] |= {"state": "quarantined", "reasons": row["reasons"]}
    try:
        published = common.table(lake, spec, "validated").read({"date": day}, columns=[ROW_ID])
    except UpstreamMissingError:
        return told
    among = pc.is_in(pa.array(ids, pa.string()), value_set=published.column(ROW_ID).combine_chunks())
    for row_id in pa.array(ids, pa.string()).filter(among).to_pylist():
        told[row_id] |= {"state": "published", "reasons": []}
    return told


def _models(
    lake: "LakeResource", spec: DatasetSpec, day: str, state: Mapping[str, Any]
) -> tuple[dict[str, Any], ...]:
    return tuple(model_ledger.of_days(lake, spec, [day])) if state["state"] == "published" else ()


def _day(lake: "LakeResource", spec: DatasetSpec, day: str) -> dict[str, Any]:
    """What the gates said of the day, and the newest commit of each of its stages."""
    made = []
    for stage in common.STAGES:
        history = common.table(lake, spec, stage).history()
        mine = next((commit for commit in history if commit.partition.get("date") == day), None)
        if mine is not None:
            made.append(Made(stage, mine.version, mine.time.isoformat(), mine.info))
    try:
        gates = common.table(lake, spec, "verdict").read({"date": day}).to_pylist()
    except UpstreamMissingError:
        gates = []
    wanted = ("gate", "passed", "blocking", "value", "threshold", "reason")
    return {"made": tuple(made), "gates": [{name: one[name] for name in wanted} for one in gates]}


def _raw(spec: DatasetSpec, day: str) -> str:
    return spec.source.at(day)


def _recipe(lake: "LakeResource", spec: DatasetSpec, digest: str) -> str:
    kept = evidence.recipe(lake, spec, digest)
    return kept or (evidence.recipe_text(spec) if digest == spec.recipe_digest else "")
