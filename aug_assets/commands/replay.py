"""`aug replay`: made rows made again from provenance, and held against what is stored."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import ValidationError

from aug_assets import loader, recipe
from aug_assets.assets import common, recorded
from aug_assets.errors import ReplayError, UnknownRowError, UpstreamMissingError
from aug_assets.lineage import replay as lineage
from aug_assets.lineage.rebuild import Rebuilder
from aug_assets.lineage.replay import Replayed
from aug_assets.rows import ROW_ID
from aug_assets.spec import DatasetSpec
from resources import evidence
from resources.lake import LakeResource

if TYPE_CHECKING:
    from resources.delta_table import Commit


def replay(ids: Sequence[str], dataset: str | None = None) -> list[Replayed]:
    """Make rows again.

    Args:
        ids: Row ids of one dataset; one that is named twice is answered twice.
        dataset: ``tenant/name``; without it the dataset that made the first row is looked for.

    Raises:
        UnknownDatasetError: There is no such dataset.
        UnknownRowError: A row is not a made row of the dataset.
        ReplayError: Other operators are installed, or what the row was made of is gone.
    """
    lake = LakeResource()
    if dataset:
        return replayed(lake, loader.get(dataset), ids)
    for spec in loader.catalogue().values():
        table = common.table(lake, spec, "provenance")
        if table.version() is not None and len(table.find(ROW_ID, ids[:1], [ROW_ID])):
            return replayed(lake, spec, ids)
    raise UnknownRowError(
        "no dataset has made a row of this id", seen=ids[0], legal="row_ids of made rows",
        todo="check the id; `aug trace` tells what a row is",
    )  # fmt: skip


def replayed(lake: LakeResource, spec: DatasetSpec, ids: Sequence[str]) -> list[Replayed]:
    """Make rows of a dataset again, each day's source read once, under the recipe that made them.

    Args:
        lake: Where the tables are.
        spec: The dataset as its file is now; older rows are made by the text that was kept.
        ids: Row ids, 32 hexadecimal characters each.

    Returns:
        One answer a row, in the order asked.

    Raises:
        UnknownRowError: A row was not made by an operator, or its day was made again without it.
        ReplayError: Operators of other versions are installed, or what the row was made of is gone.
    """
    told = _told(lake, spec, ids)
    answers: dict[str, Replayed] = {}
    for day in sorted(set(told.column("date").to_pylist())):
        mine = told.filter(pc.equal(told.column("date"), day)).drop_columns(["date"])
        answers |= {one.row_id: one for one in _day(lake, spec, day, mine)}
    return [answers[row_id] for row_id in ids]


def _told(lake: LakeResource, spec: DatasetSpec, ids: Sequence[str]) -> pa.Table:
    table = common.table(lake, spec, "provenance")
    found = pa.table({ROW_ID: pa.array([], pa.string())})
    if table.version() is not None:
        found = table.find(ROW_ID, ids, table.schema().names)
    if missing := sorted(set(ids) - set(found.column(ROW_ID).to_pylist())):
        raise _unknown(spec, missing)
    return found


def _unknown(spec: DatasetSpec, missing: Sequence[str]) -> UnknownRowError:
    return UnknownRowError(
        f"{len(missing)} rows are no made rows of {spec.id}", seen=missing[0], legal="row_ids of made rows",
        todo="check the ids; `aug trace` tells what a row is",
    )  # fmt: skip


def _day(lake: LakeResource, spec: DatasetSpec, day: str, told: pa.Table) -> list[Replayed]:
    commit = made_by(lake, spec, day)
    wanted = pa.array(sorted(set(told.column(ROW_ID).to_pylist())), pa.string())
    rows = common.table(lake, spec, "augmented").read({"date": day}, commit.version)
    rows = rows.filter(pc.is_in(rows.column(ROW_ID), value_set=wanted)).sort_by(ROW_ID)
    if missing := sorted(set(wanted.to_pylist()) - set(rows.column(ROW_ID).to_pylist())):
        raise _unknown(spec, missing)
    then = spec_of(lake, spec, commit.info["spec_digest"])
    lineage.refuse_other_code(then, told)
    rebuilder = Rebuilder(_plan(lake, then, day, commit.info))
    again = {one[ROW_ID][0].as_py(): one for one in lineage.again(rebuilder, wanted, told)}
    return [lineage.compared(rows.slice(n, 1), again, day) for n in range(len(rows))]


def made_by(lake: LakeResource, spec: DatasetSpec, day: str) -> "Commit":
    """The commit that holds a day's candidates now.

    Raises:
        UpstreamMissingError: There is none.
    """
    for commit in common.table(lake, spec, "augmented").history():
        if commit.partition.get("date") == day and "spec_digest" in commit.info:
            return commit
    raise UpstreamMissingError("no candidates of the day are stored", seen=day, todo="materialize the day")


def spec_of(lake: LakeResource, spec: DatasetSpec, digest_then: str) -> DatasetSpec:
    """The dataset as it was when rows were made, from the text that was kept then.

    Raises:
        ReplayError: The text was never kept, or names what is not installed any more.
    """
    if digest_then == spec.digest:
        return spec
    try:
        then = evidence.dataset(lake, spec, digest_then)
    except ValidationError as error:
        raise ReplayError(
            "the dataset's file of that time is not legal for what is installed",
            seen=error.errors()[0]["msg"],
            todo="install the version that made the rows; `aug trace` names it",
        ) from error  # fmt: skip
    if then is None:
        raise ReplayError(
            "the dataset's file has changed and its text of that time was not kept", seen=digest_then[:16],
            legal=spec.digest[:16], todo="put the file of that time back, from the commit `aug trace` names",
        )  # fmt: skip
    return then


def _plan(lake: LakeResource, then: DatasetSpec, day: str, info: Any) -> recipe.Plan:
    try:
        source = common.table(lake, then, "source").read({"date": day}, int(info["source_version"]))
        beside = recorded.of_run(lake, then, day, _versions(info))
    except UpstreamMissingError as error:
        raise ReplayError(
            "what the rows were made of is not stored any more", seen=error.seen,
            todo="rows whose source was erased or vacuumed cannot be made again",
        ) from error  # fmt: skip
    return recipe.plan(then, day, source, info["source_digest"], beside)


def _versions(info: Any) -> dict[str, int]:
    return {name: int(value) for name, value in info.items() if name.endswith("_version")}


def lines(answers: Sequence[Replayed]) -> list[str]:
    """A line a row, and one that counts them."""
    told = [
        f"{one.row_id} {one.date} equal {one.stored[:16]}"
        if one.equal
        else f"{one.row_id} {one.date} differs in {', '.join(one.differs)}: stored {one.stored[:16]}, "
        f"made {one.made[:16] or 'nothing'}"
        for one in answers
    ]
    equal = sum(one.equal for one in answers)
    return [*told, f"{equal:,} of {len(answers):,} rows are equal byte for byte"]
