"""Published days of a lake, each read at the versions that its commits recorded. Writes nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, cast

import pyarrow as pa
import pyarrow.compute as pc

from aug_assets import decisions, publish, recipe
from aug_assets.decisions import Row
from aug_assets.errors import (
    UpstreamMissingError,
    VerdictMissingError,
    VerdictStaleError,
)
from aug_assets.lineage.forget import Erased
from aug_assets.online.days import Day, without
from aug_assets.recorded import Recorded
from aug_assets.rows import IS_SYNTHETIC
from aug_assets.select import shares
from aug_assets.spec import DatasetSpec
from resources import delta_history, delta_log, delta_read, erasure
from resources.delta_table import Commit, LakeTable, StoredFile
from resources.lake_address import lake_endpoint, lake_uri
from resources.lake_storage import Storage


@dataclass(frozen=True)
class Lake:
    """The part of ``LakeResource`` that reading needs, without Dagster, which takes seconds to import."""

    root: Storage

    def storage(self) -> Storage:
        """The root of the lake."""
        return self.root

    def table(
        self, tenant: str, dataset: str, stage: str, partition_by: tuple[str, ...] = ("date",)
    ) -> LakeTable:
        """The table of a stage."""
        return LakeTable(self.root.sub(tenant, dataset, stage), partition_by)


class Pin(NamedTuple):
    """A published day: its files, its digest, and the versions of what its candidates were made of."""

    files: tuple[StoredFile, ...]
    digest: str
    source_version: int
    made_of: dict[str, int]


@dataclass(frozen=True)
class LakeDays:
    """Published days; picklable. What is published later changes nothing in them."""

    spec: DatasetSpec
    lake: Lake
    schema: pa.Schema
    pins: Mapping[str, Pin]
    waived: Mapping[str, Mapping[Row, frozenset[str]]]
    erased: Erased

    @property
    def content(self) -> Mapping[str, str]:
        """See :class:`aug_assets.online.days.Days`."""
        return {date: pin.digest for date, pin in self.pins.items()}

    def day(self, date: str) -> Day:
        """See :class:`aug_assets.online.days.Days`."""
        source = self._table("source").read({"date": date}, self.pins[date].source_version)
        left, beside = without(self.spec, source, self.erased), self._recorded(date)
        return Day(date, left, judged=True, recorded=beside, waived=self.waived[date], erased=self.erased)

    def real(self, date: str) -> pa.Table:
        """See :class:`aug_assets.online.days.Days`."""
        rows = without(self.spec, self._read(date), self.erased)
        return rows.filter(pc.invert(rows.column(IS_SYNTHETIC)))

    def published(self, date: str) -> pa.Table | None:
        """See :class:`aug_assets.online.days.Days`; a day with forgotten people is made without them."""
        rows = self._read(date)
        return rows if without(self.spec, rows, self.erased).num_rows == rows.num_rows else None

    def _recorded(self, date: str) -> Recorded:
        if not _needs_more(self.spec):
            return Recorded()
        from aug_assets.assets import recorded  # which imports Dagster
        from resources.lake import LakeResource

        root = self.lake.root
        lake = LakeResource(uri=root.uri, endpoint_url=root.endpoint_url)
        return recorded.of_run(lake, self.spec, date, self.pins[date].made_of)

    def _read(self, date: str) -> pa.Table:
        storage = self._table("validated").storage
        return pa.concat_tables(
            [delta_read.read_file(storage, file, self.schema) for file in self.pins[date].files]
        )

    def _table(self, stage: str) -> LakeTable:
        return self.lake.table(self.spec.tenant, self.spec.name, stage)


def published_days(spec: DatasetSpec, dates: Sequence[str], lake: Any = None) -> LakeDays:
    """Open days of a lake, each held against its verdict as publishing does.

    Args:
        spec: The dataset.
        dates: The days.
        lake: Address or ``LakeResource``; by default that of the environment.

    Raises:
        UpstreamMissingError: A day is not published.
        VerdictStaleError: A day was made by another recipe, or judged by other gates.
        PublishRefusedError: Its verdict does not let it be published.
    """
    root = lake.storage() if hasattr(lake, "storage") else Storage(lake_uri(lake or ""), lake_endpoint())
    opened = Lake(root)
    table = opened.table(spec.tenant, spec.name, "validated")
    commits = _commits(spec, table, dates)
    waived = {date: _waived(opened, spec, date) for date in dates}
    _check_verdicts(spec, opened, commits, waived)
    files: dict[str, list[StoredFile]] = {}
    for file in delta_log.stored_files(delta_log.open_table(table.storage)):
        files.setdefault(file.partition["date"], []).append(file)
    made_of = _made_of(spec, opened, commits)
    pins = {
        date: Pin(tuple(files[date]), c.info["digest"], int(c.info["source_version"]), made_of[date])
        for date, c in commits.items()
    }
    erased = erasure.erased(cast(Any, opened), spec)
    return LakeDays(spec, opened, table.schema(), pins, waived, erased)


def _commits(spec: DatasetSpec, table: LakeTable, dates: Sequence[str]) -> dict[str, Commit]:
    """By day the commit that published it last."""
    newest: dict[str, Commit] = {}
    for commit in table.history():
        newest.setdefault(commit.partition.get("date", ""), commit)
    if missing := [date for date in dates if date not in newest]:
        raise UpstreamMissingError(
            f"{len(missing)} days of the window are not published", seen=missing[:3],
            legal=f"{spec.id}_validated has {len(newest)} days", todo="materialize them, or leave them out",
        )  # fmt: skip
    found = {date: newest[date] for date in dates}
    for date, commit in found.items():
        if commit.info.get("recipe_digest") != spec.recipe_digest:
            raise VerdictStaleError(
                f"{date} was published with another recipe", seen=commit.info.get("recipe_digest"),
                legal=spec.recipe_digest, todo=f"materialize {spec.id}_augmented and _validated for the day",
            )  # fmt: skip
    return found


def _waived(lake: Lake, spec: DatasetSpec, date: str) -> Mapping[Row, frozenset[str]]:
    known = lake.table(spec.tenant, spec.name, "decisions", ("date", "stage"))
    try:
        return decisions.releases(decisions.from_table(known.read({"date": date, "stage": "augmented"})))
    except UpstreamMissingError:  # nobody has decided anything there
        return {}


def _check_verdicts(
    spec: DatasetSpec,
    lake: Lake,
    commits: Mapping[str, Commit],
    waived: Mapping[str, Mapping[Row, frozenset[str]]],
) -> None:
    try:
        stored = lake.table(spec.tenant, spec.name, "verdict").read_each([{"date": date} for date in commits])
    except UpstreamMissingError as error:
        raise VerdictMissingError(
            "a published day has no verdict", seen=error.seen, legal="a verdict of every gate",
            todo=f"materialize {spec.id}_augmented for the day, which runs its gates too",
        ) from error  # fmt: skip
    for (date, commit), rows in zip(commits.items(), stored, strict=True):
        digest = commit.info["augmented_digest"]
        said, known = rows.to_pylist(), decisions.digest(waived[date])
        paid = {row["gate"] for row in said}  # whether it cost too much was decided when it was published
        publish.check_verdict(spec, date, said, digest, known, paid)


def _needs_more(spec: DatasetSpec) -> bool:
    return recipe.asks(spec) or shares.needed(spec)


def _made_of(spec: DatasetSpec, lake: Lake, commits: Mapping[str, Commit]) -> dict[str, dict[str, int]]:
    """By day the versions that the commit of its candidates names, where the recipe needs more than rows."""
    if not _needs_more(spec):
        return {date: {} for date in commits}
    versions = [int(commit.info["augmented_version"]) for commit in commits.values()]
    made = delta_history.commits(lake.table(spec.tenant, spec.name, "augmented").storage, versions)
    told = ({n: int(v) for n, v in one.info.items() if n.endswith("_version")} for one in made)
    return dict(zip(commits, told, strict=True))
