"""What was published of a dataset on some days, gathered from the lake alone; see ``lineage.release``."""

from collections import Counter
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import pyarrow.compute as pc

from aug_assets.assets import common, lift_record
from aug_assets.errors import UpstreamMissingError
from aug_assets.lineage.release import Day, File, Release, Stage
from aug_assets.report.day import Held
from aug_assets.rows import IS_SYNTHETIC
from aug_assets.spec import DatasetSpec
from resources import evidence

if TYPE_CHECKING:
    from resources.delta_table import Commit, LakeTable
    from resources.lake import LakeResource

_HELD = ("source", "recipe", "augmented", "review")


class Histories:
    """The commits of a dataset's tables, each history read once."""

    def __init__(self, lake: "LakeResource", spec: DatasetSpec) -> None:
        self.lake, self.spec = lake, spec
        self._known: dict[str, list[Commit]] = {}

    def table(self, stage: str) -> "LakeTable":
        """A stage's table."""
        if stage == "quarantine":
            return common.quarantine_table(self.lake, self.spec)
        return common.table(self.lake, self.spec, stage)

    def of(self, stage: str) -> "list[Commit]":
        """All commits, newest first."""
        if stage not in self._known:
            self._known[stage] = self.table(stage).history()
        return self._known[stage]

    def newest(self, stage: str, where: Mapping[str, str], until: Any = None) -> "Commit | None":
        """The newest commit of a partition, up to a moment."""
        found = (one for one in self.of(stage) if one.partition == where)
        return next((one for one in found if until is None or one.time <= until), None)

    def stage(self, stage: str, version: int) -> Stage:
        """What the commit of a version says."""
        one = next(one for one in self.of(stage) if one.version == version)
        return Stage(one.version, one.time.isoformat(timespec="seconds"), one.info)


def gather(lake: "LakeResource", spec: DatasetSpec, dates: Sequence[str], *, hashed: bool = True) -> Release:
    """The published days among these.

    Args:
        lake: Where they are.
        spec: The dataset.
        dates: ISO dates; none stands for the newest published day.
        hashed: Whether to read the files for their SHA-256, which takes as long as reading them.

    Raises:
        UpstreamMissingError: None of these days is published.
    """
    known = Histories(lake, spec)
    listed = [] if known.table("validated").version() is None else known.table("validated").partitions()
    published = [where["date"] for where in listed]
    chosen = [day for day in published if day in set(dates)] if dates else published[-1:]
    if not chosen:
        raise UpstreamMissingError(
            f"nothing of {spec.id} is published on these days", seen=", ".join(dates) or "no day at all",
            legal=f"{published[0]} to {published[-1]}" if published else None,
            todo=f"run aug run {spec.id} for them first",
        )  # fmt: skip
    days = [_day(known, date, hashed=hashed) for date in chosen]
    wanted = dict.fromkeys(day.made.get("recipe_digest", "") for day in days)
    texts = {digest: evidence.recipe(lake, spec, digest) for digest in wanted}
    return Release(spec, known.table("validated").uri, days, texts, lift_record.load(lake, spec))


def _day(known: Histories, date: str, *, hashed: bool) -> Day:
    where = {"date": date}
    newest = known.newest("validated", where)
    assert newest is not None, "a listed partition was committed"
    table, info = known.table("validated"), newest.info
    stages = {"validated": Stage(newest.version, newest.time.isoformat(timespec="seconds"), info)}
    for stage in ("source", "augmented"):
        stages[stage] = known.stage(stage, int(info[f"{stage}_version"]))
    marks = table.read(where, newest.version, [IS_SYNTHETIC]).column(IS_SYNTHETIC)
    gates = verdict(known, date, newest.time)
    reasons, rows_held = held(known, date, newest.time)
    return Day(
        date=date, stages=stages, digest=info["digest"],
        candidates_digest=gates[0]["candidates_digest"] if gates else "",
        files=[_file(table, one, hashed=hashed) for one in table.parts(where, newest.version)],
        rows=len(marks), synthetic=pc.sum(marks).as_py() or 0, gates=gates,
        held=reasons, held_back=rows_held, drift=drift(known, date),
    )  # fmt: skip


def _file(table: "LakeTable", one: Any, *, hashed: bool) -> File:
    digest = sha256(table.storage.get(one.path)).hexdigest() if hashed else ""
    return File(one.path, one.size, one.rows, digest)


def verdict(known: Histories, date: str, until: Any) -> list[dict[str, Any]]:
    """What the gates had said of a day by then."""
    commit = known.newest("verdict", {"date": date}, until)
    if commit is None:
        return []
    found: list[dict[str, Any]] = known.table("verdict").read({"date": date}, commit.version).to_pylist()
    return sorted(found, key=lambda one: (one["passed"], one["gate"]))


def held(known: Histories, date: str, until: Any) -> tuple[list[Held], int]:
    """What was held back of a day by then, by reason, and how many rows that is; no row is read."""
    found, count = [], 0
    for stage in _HELD:
        where = {"date": date, "stage": stage}
        commit = known.newest("quarantine", where, until)
        if commit is None:
            continue
        rows = known.table("quarantine").read(where, commit.version, ["reasons"])
        count += len(rows)
        counts = Counter(pc.list_flatten(rows.column("reasons")).to_pylist())
        found += [Held(stage, reason, number) for reason, number in sorted(counts.items())]
    return found, count


def drift(known: Histories, date: str) -> dict[str, Any] | None:
    """The newest word on a day's drift."""
    try:
        rows = known.table("drift").read({"date": date}).to_pylist()
    except UpstreamMissingError:
        return None
    return dict(rows[0]) if rows else None
