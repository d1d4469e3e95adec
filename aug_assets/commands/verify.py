"""Is a day still what was recorded of it, and do its made rows follow from their provenance?"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from aug_assets import loader, recipe
from aug_assets.assets import common, replies_record
from aug_assets.commands import home
from aug_assets.commands.doctor import Finding
from aug_assets.commands.report import At
from aug_assets.commands.run import days_between
from aug_assets.errors import AugError
from aug_assets.frames import to_frame
from aug_assets.lineage.rebuild import Rebuilder
from aug_assets.rows import ROW_ID, TableDigest
from aug_assets.spec import DatasetSpec

if TYPE_CHECKING:
    import dagster as dg

    from resources.lake import LakeResource


def verify(dataset: str, day: str, sample: int = 1000) -> list[Finding]:
    """Check a materialized day.

    Args:
        dataset: ``tenant/name``.
        day: The partition, as an ISO date.
        sample: How many made rows are made again, those of the lowest ids; they are digests, so it is fair.

    Raises:
        UnknownDatasetError: There is no such dataset.
        UnknownPartitionError: The day is not a partition of it.
        UpstreamMissingError: The day has not been materialized.
    """
    from resources.lake import LakeResource

    spec = loader.get(dataset)
    days_between(spec, day, day)
    home.prepare()
    with home.instance() as instance:
        return check(Recorded(instance, LakeResource(), spec, day), sample)


@dataclass(frozen=True)
class Recorded:
    """What was recorded of a day, and where its tables are."""

    instance: "dg.DagsterInstance"
    lake: "LakeResource"
    spec: DatasetSpec
    day: str

    @cached_property
    def latest(self) -> dict[str, Any]:
        """Metadata of the newest materialization of each stage."""
        at = At(self.instance, self.day)
        return {stage: common.latest(at, self.spec, stage) for stage in common.STAGES}

    def rows(self, stage: str, version: int) -> pa.Table:
        """A stage's rows at a version."""
        return common.table(self.lake, self.spec, stage).read({"date": self.day}, version)

    def digest(self, stage: str, version: int) -> str:
        """The digest of what is stored now, read in pieces."""
        table = common.table(self.lake, self.spec, stage)
        digest = TableDigest(table.schema(version))
        for batch in table.iter_batches({"date": self.day}, version):
            digest.update(batch)
        return digest.hexdigest()


def check(day: Recorded, sample: int) -> list[Finding]:
    """All checks of a day, even when an earlier one fails."""
    source, augmented, validated = (day.latest[stage] for stage in common.STAGES)
    parts: dict[str, Callable[[], tuple[bool, str]]] = {
        "source": lambda: _same(day, "source", source["delta_version"], source["digest"]),
        "augmented": lambda: _same(day, "augmented", augmented["delta_version"], augmented["digest"]),
        "provenance": lambda: _same(
            day, "provenance", augmented["provenance_version"], augmented["provenance_digest"]
        ),
        "validated": lambda: _same(day, "validated", validated["delta_version"], validated["digest"]),
        "commits": lambda: _commits(day),
        "inputs": lambda: _inputs(source, augmented, validated),
        "rebuilt": lambda: _rebuilt(day, sample),
    }
    return [_look(part, judge) for part, judge in parts.items()]


def _look(part: str, judge: Callable[[], tuple[bool, str]]) -> Finding:
    try:
        return Finding(part, *judge())
    except AugError as error:
        return Finding(part, well=False, told=str(error))


def _same(day: Recorded, stage: str, version: int, recorded: str) -> tuple[bool, str]:
    now = day.digest(stage, version)
    if now == recorded:
        return True, f"version {version} has the recorded content {now[:16]}"
    return False, f"version {version} has content {now[:16]}, recorded was {recorded[:16]}"


def _commits(day: Recorded) -> tuple[bool, str]:
    """The commits say the same of the content as the event log: two records that one hand must forge."""
    wrong = []
    for stage in ("source", "validated"):
        version, recorded = day.latest[stage]["delta_version"], day.latest[stage]["digest"]
        told = common.table(day.lake, day.spec, stage).commit_info(version).get("digest")
        if told != recorded:
            wrong.append(f"{stage} {version} says {str(told)[:16]} and not {recorded[:16]}")
    return not wrong, "; ".join(wrong) or "the tables' commits and the event log tell the same content"


def _inputs(source: Any, augmented: Any, validated: Any) -> tuple[bool, str]:
    """Each stage was made of the version that the stage before it has now."""
    chain = {
        "augmented was made of the day's source": (augmented["source_digest"], source["digest"]),
        "validated was made of these candidates": (
            validated["augmented_version"], augmented["delta_version"],
        ),
        "validated names this provenance": (
            validated["provenance_digest"], augmented["provenance_digest"],
        ),
    }  # fmt: skip
    wrong = [f"not true: {told}" for told, (one, other) in chain.items() if one != other]
    return not wrong, "; ".join(wrong) or "; ".join(chain)


def _rebuilt(day: Recorded, sample: int) -> tuple[bool, str]:
    """Made rows against what follows from the source rows and their provenance, value by value."""
    augmented = day.latest["augmented"]
    if augmented["recipe_digest"] != day.spec.recipe_digest:
        return False, "the dataset's file holds another recipe now than the one that made the rows"
    source = day.rows("source", augmented["source_version"])
    made = day.rows("augmented", augmented["delta_version"]).sort_by(ROW_ID).slice(0, sample)
    told = day.rows("provenance", augmented["provenance_version"])
    ids = made.column(ROW_ID).combine_chunks()
    told = told.filter(pc.is_in(told.column(ROW_ID), value_set=ids))
    replies = replies_record.of_run(day.lake, day.spec, day.day, augmented)
    again = Rebuilder(recipe.plan(day.spec, day.day, source, augmented["source_digest"], replies))
    differ = again.differ(to_frame(made, day.spec), ids, told)
    bad = np.flatnonzero(differ)
    if len(bad):
        return False, f"{len(bad):,} of {len(made):,} rows differ, the first is {ids[int(bad[0])]}"
    return True, f"{len(made):,} of {augmented['candidates']:,} made rows were made again and are equal"
