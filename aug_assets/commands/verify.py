"""Is a day still what was recorded of it, and do its made rows follow from their provenance?"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from aug_assets import loader, recipe
from aug_assets.assets import common, recorded
from aug_assets.commands import home
from aug_assets.commands.doctor import Finding
from aug_assets.commands.report import At
from aug_assets.commands.run import days_between
from aug_assets.errors import AugError
from aug_assets.frames import to_frame
from aug_assets.keys import step_key
from aug_assets.lineage.rebuild import Rebuilder
from aug_assets.rows import ROW_ID, TableDigest
from aug_assets.spec import DatasetSpec
from resources import commit_chain

_TOLD = 5  # faults that are named

if TYPE_CHECKING:
    import dagster as dg

    from resources.lake import LakeResource


def verify(dataset: str, day: str, sample: int = 1000, seed: str = "") -> list[Finding]:
    """Check a materialized day.

    Args:
        dataset: ``tenant/name``.
        day: The partition, as an ISO date.
        sample: How many made rows are made again.
        seed: Any text; it decides which. Who tampers with rows must not know it beforehand.

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
        return check(Recorded(instance, LakeResource(), spec, day), sample, seed)


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

    def recorded(self) -> list[commit_chain.Recorded]:
        """Every materialization of the day that the event log has, up to the newest 1,000 a stage."""
        import dagster as dg

        found = []
        for stage in common.STAGES:
            key = common.asset_key(self.spec, stage)
            wanted = dg.AssetRecordsFilter(asset_key=key, asset_partitions=[self.day])
            for one in self.instance.fetch_materializations(wanted, limit=1000).records:
                made = one.asset_materialization
                told = {n: v.value for n, v in made.metadata.items() if hasattr(v, "value")} if made else {}
                if "delta_version" in told:
                    found.append(commit_chain.Recorded(stage, one.run_id, told))
        return found

    def digest(self, stage: str, version: int) -> str:
        """The digest of what is stored now, read in pieces."""
        table = common.table(self.lake, self.spec, stage)
        digest = TableDigest(table.schema(version))
        for batch in table.iter_batches({"date": self.day}, version):
            digest.update(batch)
        return digest.hexdigest()


def check(day: Recorded, sample: int, seed: str = "") -> list[Finding]:
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
        "rebuilt": lambda: _rebuilt(day, sample, seed),
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
    """Every commit of the day, of older versions too, against its inputs and the event log."""
    stages = (*common.STAGES, "provenance")
    logs = {stage: commit_chain.log(common.table(day.lake, day.spec, stage)) for stage in stages}
    recorded = day.recorded()
    wrong = commit_chain.faults(logs, day.day, recorded)
    if wrong:
        more = f"; and {len(wrong) - _TOLD} more" if len(wrong) > _TOLD else ""
        return False, "; ".join(wrong[:_TOLD]) + more
    count = sum(len(one.commits) for one in logs.values())
    return True, (
        f"the logs' {count:,} commits have no gap, those of the day name inputs that are there, and "
        f"{len(recorded)} of them are as the event log recorded them"
    )


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


def drawn(day: Recorded, made: pa.Table, sample: int, seed: str) -> pa.Table:
    """As many of the rows, drawn at random by the key of dataset, day and seed; in the order of their ids."""
    key = step_key(day.spec.id, day.day, f"verify/{seed}")
    chosen = np.random.Generator(np.random.Philox(key=key)).permutation(len(made))[:sample]
    return made.sort_by(ROW_ID).take(pa.array(np.sort(chosen)))


def _rebuilt(day: Recorded, sample: int, seed: str) -> tuple[bool, str]:
    """Made rows against what follows from the source rows and their provenance, value by value."""
    augmented = day.latest["augmented"]
    if augmented["recipe_digest"] != day.spec.recipe_digest:
        return False, "the dataset's file holds another recipe now than the one that made the rows"
    source = day.rows("source", augmented["source_version"])
    made = drawn(day, day.rows("augmented", augmented["delta_version"]), sample, seed)
    told = day.rows("provenance", augmented["provenance_version"])
    ids = made.column(ROW_ID).combine_chunks()
    told = told.filter(pc.is_in(told.column(ROW_ID), value_set=ids))
    beside = recorded.of_run(day.lake, day.spec, day.day, augmented)
    again = Rebuilder(recipe.plan(day.spec, day.day, source, augmented["source_digest"], beside))
    differ = again.differ(to_frame(made, day.spec), ids, told)
    bad = np.flatnonzero(differ)
    if len(bad):
        return False, f"{len(bad):,} of {len(made):,} rows differ, the first is {ids[int(bad[0])]}"
    return True, f"{len(made):,} of {augmented['candidates']:,} made rows were made again and are equal"
