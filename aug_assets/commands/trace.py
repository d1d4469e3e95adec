"""Finds a row in the lake and gathers its story; see ``aug_assets.lineage.trace``."""

from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from aug_assets import loader
from aug_assets.assets import common
from aug_assets.errors import UnknownRowError, UpstreamMissingError
from aug_assets.lineage.trace import Made, Trace, steps
from aug_assets.rows import ROW_ID
from aug_assets.spec import DatasetSpec

if TYPE_CHECKING:
    from resources.lake import LakeResource


def trace(row_id: str, dataset: str | None = None, *, values: bool = False) -> Trace:
    """The story of a row.

    Args:
        row_id: 32 hexadecimal characters.
        dataset: ``tenant/name``; without it all datasets are searched.
        values: Whether to show what the row and its parents hold; for those who may read it.

    Raises:
        UnknownDatasetError: There is no such dataset.
        UnknownRowError: No table holds the row.
    """
    from resources.lake import LakeResource

    lake = LakeResource()
    specs = [loader.get(dataset)] if dataset else list(loader.catalogue().values())
    for spec in specs:
        found = of(lake, spec, row_id, values=values)
        if found is not None:
            return found
    raise UnknownRowError(
        "no row of this id is stored", seen=row_id, legal="the row_id of a real or a made row",
        todo=f"check the id; searched: {', '.join(spec.id for spec in specs)}",
    )  # fmt: skip


def of(lake: "LakeResource", spec: DatasetSpec, row_id: str, *, values: bool) -> Trace | None:
    """The story of a row of one dataset; None where it has no such row."""
    told = _found(lake, spec, "provenance", row_id)
    if told.num_rows:
        return _synthetic(lake, spec, row_id, told, values=values)
    real = _found(lake, spec, "source", row_id)
    return _real(lake, spec, row_id, real, values=values) if real.num_rows else None


def _found(lake: "LakeResource", spec: DatasetSpec, stage: str, row_id: str) -> pa.Table:
    table = common.table(lake, spec, stage)
    if table.version() is None:
        return pa.table({})
    return table.find(ROW_ID, [row_id], table.schema().names)


def _synthetic(
    lake: "LakeResource", spec: DatasetSpec, row_id: str, told: pa.Table, *, values: bool
) -> Trace:
    rows = told.to_pylist()
    day, digest = rows[0]["date"], rows[0]["recipe_digest"]
    story = steps(rows)
    parents: dict[str, Any] = dict.fromkeys(p for step in story for p in step.parents)
    if values:
        parents = {row[ROW_ID]: row for row in _rows(lake, spec, "source", day, list(parents))}
    own = _rows(lake, spec, "augmented", day, [row_id]) if values else []
    return Trace(
        row_id=row_id, dataset=spec.id, date=day, kind="synthetic", source=_raw(spec, day), steps=story,
        parents=parents, values=own[0] if own else None, recipe_digest=digest,
        recipe=_recipe(spec) if digest == spec.recipe_digest else "",
        **_state(lake, spec, day, row_id), **_day(lake, spec, day),
    )  # fmt: skip


def _real(lake: "LakeResource", spec: DatasetSpec, row_id: str, found: pa.Table, *, values: bool) -> Trace:
    row = found.to_pylist()[0]
    day = row.pop("date")
    return Trace(
        row_id=row_id, dataset=spec.id, date=day, kind="real", source=_raw(spec, day),
        children=_children(lake, spec, day, row_id), values=row if values else None,
        **_state(lake, spec, day, row_id), **_day(lake, spec, day),
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
    lake: "LakeResource", spec: DatasetSpec, stage: str, day: str, ids: list[str]
) -> list[dict[str, Any]]:
    try:
        rows = common.table(lake, spec, stage).read({"date": day})
    except UpstreamMissingError:
        return []
    found: list[dict[str, Any]] = rows.filter(pc.is_in(rows.column(ROW_ID), pa.array(ids))).to_pylist()
    return found


def _state(lake: "LakeResource", spec: DatasetSpec, day: str, row_id: str) -> dict[str, Any]:
    if _rows(lake, spec, "validated", day, [row_id]):
        return {"state": "published"}
    table = common.quarantine_table(lake, spec)
    for where in table.partitions() if table.version() is not None else []:
        if where["date"] == day:
            held = table.read(where)
            mine = held.filter(pc.equal(held.column(ROW_ID), row_id))
            if mine.num_rows:
                return {"state": "quarantined", "reasons": tuple(mine.column("reasons")[0].as_py())}
    return {"state": "unpublished"}


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


def _recipe(spec: DatasetSpec) -> str:
    import yaml

    body = spec.model_dump(mode="json", include={"recipe"}, exclude_unset=True, by_alias=True)
    return str(yaml.safe_dump(body, sort_keys=False, allow_unicode=True))
