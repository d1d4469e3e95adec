"""The rows that the quarantine holds, with who and which run put them there and what was decided of them."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow.compute as pc

from aug_assets import decisions
from aug_assets.assets import common, decisions_record
from aug_assets.decisions import Decision, State
from aug_assets.errors import DecisionError, UnknownRowError
from aug_assets.rows import ROW_ID
from aug_assets.spec import DatasetSpec

if TYPE_CHECKING:
    from resources.delta_table import Commit
    from resources.lake import LakeResource

STAGES = ("source", "recipe", "augmented", common.REVIEW)


@dataclass(frozen=True)
class Held:
    """One row of the quarantine.

    Attributes:
        row_id: Its id; rows that share a key share it.
        date: The day.
        stage: Which stage held it.
        reasons: Why.
        row: All of it, as JSON.
        version: The version of the quarantine table that put it there.
        run: The Dagster run that did.
        user: Who launched that run; empty where nobody knows.
        when: When, as ISO text.
        decision: The decision that holds for it, if there is one.
    """

    row_id: str
    date: str
    stage: str
    reasons: tuple[str, ...]
    row: str
    version: int
    run: str
    user: str
    when: str
    decision: Decision | None

    @property
    def state(self) -> State:
        """What has become of it; a review lists its released rows again each time it is made."""
        return decisions.state(self.decision, 0 if self.stage == common.REVIEW else self.version)

    @property
    def content(self) -> str:
        """Names what it holds."""
        return decisions.content(self.row)

    @property
    def values(self) -> dict[str, Any]:
        """What it holds, by column."""
        found: dict[str, Any] = json.loads(self.row)
        return found


def held(
    lake: "LakeResource", spec: DatasetSpec, *, date: str | None = None, stage: str | None = None
) -> list[Held]:
    """All rows of the quarantine, by day and stage."""
    table = common.quarantine_table(lake, spec)
    version = table.version()
    if version is None:
        return []
    wanted = {name: value for name, value in (("date", date), ("stage", stage)) if value}
    places = [p for p in table.partitions(version) if wanted.items() <= p.items()]
    rows = [(place, table.read(place, version).to_pylist()) for place in places]
    commits = _commits(lake, spec, [place for place, found in rows if found])
    return [one for place, found in rows if found for one in _told(lake, spec, place, found, commits)]


def of_ids(
    lake: "LakeResource",
    spec: DatasetSpec,
    ids: Sequence[str],
    *,
    date: str | None = None,
    stage: str | None = None,
) -> list[Held]:
    """The held rows of these ids.

    Raises:
        UnknownRowError: The quarantine holds no row of an id.
        DecisionError: An id is held on several days, or by several stages.
    """
    table = common.quarantine_table(lake, spec)
    if table.version() is None:
        raise _unknown(spec, ids)
    stored = table.find(ROW_ID, list(dict.fromkeys(ids)), [ROW_ID, "reasons", "row"])
    for name, value in (("date", date), ("stage", stage)):
        stored = stored.filter(pc.equal(stored.column(name), value)) if value else stored
    by_place: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in stored.to_pylist():
        by_place.setdefault((row["date"], row["stage"]), []).append(row)
    if missing := sorted(set(ids) - {row[ROW_ID] for rows in by_place.values() for row in rows}):
        raise _unknown(spec, missing)
    places = [{"date": date, "stage": stage} for date, stage in sorted(by_place)]
    commits = _commits(lake, spec, places)
    found = [one for p in places for one in _told(lake, spec, p, by_place[p["date"], p["stage"]], commits)]
    _refuse_several(found)
    return found


def _unknown(spec: DatasetSpec, ids: Collection[str]) -> UnknownRowError:
    return UnknownRowError(
        f"the quarantine of {spec.id} holds no such row", seen=sorted(ids)[:3],
        legal="a row_id that it lists", todo=f"see `aug quarantine list {spec.id}`",
    )  # fmt: skip


def _refuse_several(found: Sequence[Held]) -> None:
    places: dict[str, set[str]] = {}
    for one in found:
        places.setdefault(one.row_id, set()).add(f"{one.date} {one.stage}")
    for row_id, where in places.items():
        if len(where) > 1:
            raise DecisionError(
                f"row {row_id} is held in {len(where)} places", seen=sorted(where), legal="one place",
                todo="say which with --date and --stage",
            )  # fmt: skip


def _commits(
    lake: "LakeResource", spec: DatasetSpec, places: Sequence[Mapping[str, str]]
) -> dict[tuple[str, str], "Commit"]:
    """The newest commit of a run for each day and stage: who held what is there now.

    An erasure commits too, and holds nothing; whoever asked for it is not the one who made the rows.
    """
    if not places:
        return {}
    history = [c for c in common.quarantine_table(lake, spec).history() if c.partition]
    found: dict[tuple[str, str], Commit] = {}
    for commit in (*(c for c in history if c.info.get("run_id")), *history):
        found.setdefault((commit.partition["date"], commit.partition["stage"]), commit)
    return found


def _told(
    lake: "LakeResource",
    spec: DatasetSpec,
    place: Mapping[str, str],
    rows: Sequence[dict[str, Any]],
    commits: Mapping[tuple[str, str], "Commit"],
) -> list[Held]:
    date, stage = place["date"], place["stage"]
    commit = commits[date, stage]
    known = decisions.newest(decisions_record.of_day(lake, spec, date, stage))
    return [
        Held(
            row_id=row[ROW_ID], date=date, stage=stage, reasons=tuple(row["reasons"]), row=row["row"],
            version=commit.version, run=commit.info.get("run_id", ""), user=commit.info.get("user", ""),
            when=commit.time.isoformat(timespec="seconds"),
            decision=known.get((row[ROW_ID], decisions.content(row["row"]))),
        )
        for row in rows
    ]  # fmt: skip
