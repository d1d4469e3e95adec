"""The augmented asset: a day's candidates and their provenance. Nothing here is training data yet."""

from collections import Counter
from typing import Any, cast

import dagster as dg
import pyarrow as pa

from aug_assets import recipe
from aug_assets.assets import chunks, common, lift_record, lineage_events, recorded, show
from aug_assets.frames import table_schema
from aug_assets.provenance import RECORD
from aug_assets.quarantine import QUARANTINE
from aug_assets.rows import TableDigest
from aug_assets.spec import DatasetSpec
from resources import evidence
from resources.lake import LakeResource


def build_augmented(spec: DatasetSpec) -> dg.AssetsDefinition:
    """The second asset of a dataset."""

    @dg.asset(  # type: ignore[untyped-decorator]
        **common.asset_arguments(spec, "augmented"),
        deps=[common.asset_key(spec, stage) for stage in common.before_candidates(spec)],
        description=f"Candidates that the recipe of {spec.id} makes from the day's source rows, and, in a "
        "table of their own, the parents, operator, parameters and key of each. Gates judge them next.",
    )
    @lineage_events.told(spec, "augmented")
    def augmented(context: dg.AssetExecutionContext, lake: LakeResource) -> dg.MaterializeResult:  # type: ignore[type-arg]
        clock = common.Stopwatch(lake)
        day = context.partition_key
        with common.typed_failure():
            with clock("read"):
                upstream = common.latest(context, spec, "source")
                version = upstream["delta_version"]
                rows = common.table(lake, spec, "source").read({"date": day}, version)
            with clock("make"):
                inputs, beside, shared = recorded.inputs(context, lake, spec, upstream, rows)
                plan = recipe.plan(spec, day, rows, upstream["digest"], beside)
                made = chunks.make_all(context, plan, lake)
                clock.elsewhere += chunks.spent_elsewhere(made)
            with clock("write"):
                evidence.keep(lake, spec)
                written, *samples = _commit(context, spec, lake, made, inputs)
        reasons: Counter[str] = sum((Counter(part.reasons) for part in made), Counter())
        refused = sum(part.quarantine.rows for part in made)
        candidates = plan.rows - refused  # what there must be: the gates count what there is
        skipped = {f"skipped/{b.branch.name}": b.skipped for b in plan.branches if b.skipped}
        context.log.info("%s candidates from %s chunks", candidates, len(made))
        return dg.MaterializeResult(
            data_version=dg.DataVersion(written["digest"]),
            metadata={
                **show.candidates(spec, plan, rows, *samples),
                **_ask(spec, samples[0]),
                **lineage_events.column_lineage(spec, "augmented"),
                "candidates": candidates,
                "dagster/partition_row_count": candidates,
                **show.refused(reasons, refused),
                **show.lift(lift_record.load(lake, spec), spec),
                **skipped,
                **written,
                **inputs,
                **shared,
                "recipe_digest": spec.recipe_digest,
                **clock.metadata(),
            },
        )

    return cast(dg.AssetsDefinition, augmented)


def _ask(spec: DatasetSpec, sample: pa.Table) -> dict[str, Any]:
    """How a person asks where a row came from, with a row of the day as the example."""
    if not sample.num_rows:
        return {}
    told = f"aug trace {sample.column('row_id')[0].as_py()} --dataset {spec.id}"
    return {"trace": dg.MetadataValue.md(f"`{told}` tells a row's story; `--svg FILE` draws it")}


def _commit(
    context: Any, spec: DatasetSpec, lake: LakeResource, made: list[chunks.Made], inputs: dict[str, Any]
) -> tuple[dict[str, Any], pa.Table, pa.Table]:
    """Publish provenance and refused rows, then candidates: no candidate's parents are ever unknown.

    The digest is taken from what readers will get, which also proves that the parts can be read.
    """
    where = {"date": context.partition_key}
    told = common.table(lake, spec, "provenance")
    info = common.commit_info(context, spec, **inputs)
    told_version = told.commit([part.provenance for part in made], where, RECORD, info)
    held = common.quarantine_table(lake, spec)
    held_at = {**where, "stage": "recipe"}
    held_version = held.commit([part.quarantine for part in made], held_at, QUARANTINE, info)
    table = common.table(lake, spec, "augmented")
    version = table.commit([part.augmented for part in made], where, table_schema(spec), info)
    candidates, sample = stored_digest(table, where, version)
    provenance, steps = stored_digest(told, where, told_version)
    versions = {
        "digest": candidates,
        "provenance_digest": provenance,
        "delta_version": version,
        "provenance_version": told_version,
        "quarantine_version": held_version,
        "dagster/uri": table.uri,
    }
    return versions, sample, steps


def stored_digest(table: Any, where: dict[str, str], version: int) -> tuple[str, pa.Table]:
    """The digest of a day as stored, read in pieces, and its first piece for a person to look at."""
    digest = TableDigest(table.schema(version))
    first: pa.Table | None = None
    for batch in table.iter_batches(where, version):
        digest.update(batch)
        if first is None:
            first = pa.Table.from_batches([batch])
    return digest.hexdigest(), first if first is not None else table.schema(version).empty_table()
