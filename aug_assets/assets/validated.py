"""The validated asset: real rows and accepted candidates of a day, published in one commit, or not at all."""

from collections.abc import Iterator
from typing import Any, cast

import dagster as dg
import pyarrow as pa
import pyarrow.compute as pc

from aug_assets import decisions, frames, ingest, publish, schema
from aug_assets.assets import audited, budget, common, decisions_record, lineage_events, review_queue, show
from aug_assets.errors import UpstreamMissingError, VerdictMissingError, VerdictStaleError
from aug_assets.rows import IS_SYNTHETIC, ROW_ID, digest
from aug_assets.spec import DatasetSpec
from resources.lake import LakeResource


def build_validated(spec: DatasetSpec) -> dg.AssetsDefinition:
    """The last of a dataset's tables: what models train on."""
    arguments = common.asset_arguments(spec, "validated")
    check = dg.AssetCheckSpec(
        "schema",
        asset=arguments["key"],
        blocking=True,
        partitions_def=arguments["partitions_def"],
        description="Every row that would be published holds schema and rules; checked before the commit.",
    )

    @dg.asset(  # type: ignore[untyped-decorator]
        **arguments,
        check_specs=[check],
        output_required=False,  # a day that fails its check is not published, and the last good version stays
        deps=[
            common.asset_key(spec, stage)
            for stage in ("source", "augmented", *((common.REVIEW,) if spec.review else ()))
        ],
        description=f"Training data of {spec.id}: the day's real rows and the candidates that every gate let "
        "through. Published only under a verdict about exactly these candidates.",
    )
    @lineage_events.told(spec, "validated")
    def validated(context: dg.AssetExecutionContext, lake: LakeResource) -> Iterator[Any]:
        clock = common.Stopwatch(lake)
        with common.typed_failure():
            with clock("read"):
                real, candidates, inputs = read_inputs(context, spec, lake)
            accepted, held = accept(context, spec, lake, candidates)
            accepted, reviewed = review_queue.let_through(context, spec, lake, accepted, held)
            rows = pa.concat_tables([real, accepted])
            with clock("validate"):
                verdict = _check(spec, rows)
        if not verdict.passed:
            yield verdict
            return
        with common.typed_failure(), clock("write"):
            written = _publish(context, spec, lake, rows, inputs)
        yield dg.MaterializeResult(
            data_version=dg.DataVersion(written["digest"]),
            metadata={
                **show.published(spec, rows, held),
                **_lineage(spec, context.partition_key, rows, {**inputs, **written}),
                **lineage_events.column_lineage(spec, "validated"),
                **reviewed,
                **written,
                **inputs,
                **clock.metadata(),
            },
            check_results=[verdict],
        )

    return cast(dg.AssetsDefinition, validated)


def _lineage(spec: DatasetSpec, day: str, rows: pa.Table, told: dict[str, Any]) -> dict[str, Any]:
    """The day's way from source to training data, and how a person asks for that of one row."""
    stages = (("source", "source_"), ("augmented", "augmented_"), ("provenance", "provenance_"))
    lines = [(stage, told[f"{name}version"], told[f"{name}digest"]) for stage, name in stages]
    lines.append(("**validated**", told["delta_version"], told["digest"]))
    table = [f"| {stage} | {version} | `{content[:16]}` |" for stage, version, content in lines]
    shown = {"lineage": "\n".join(["| made of | version | content |", "|---|---|---|", *table])}
    if rows.num_rows:
        row = rows.column(ROW_ID)[rows.num_rows - 1].as_py()  # a made row, where the day has one
        verify = f"`aug verify {spec.id} --date {day}` checks the day"
        shown["trace"] = f"`aug trace {row} --dataset {spec.id}` tells a row's story; {verify}"
    return {name: dg.MetadataValue.md(text) for name, text in shown.items()}


def read_inputs(
    context: Any, spec: DatasetSpec, lake: LakeResource
) -> tuple[pa.Table, pa.Table, dict[str, Any]]:
    """The day's real rows and candidates, at the versions that their assets recorded."""
    where = {"date": context.partition_key}
    source = common.latest(context, spec, "source")
    augmented = common.latest(context, spec, "augmented")
    for digest_of, now in (("source_digest", source["digest"]), ("recipe_digest", spec.recipe_digest)):
        if augmented[digest_of] != now:
            raise VerdictStaleError(
                f"the candidates were made with another {digest_of} than the day has now",
                seen=augmented[digest_of], legal=now,
                todo=f"materialize {spec.tenant}/{spec.name}_augmented for {context.partition_key} again",
            )  # fmt: skip
    real = common.table(lake, spec, "source").read(where, source["delta_version"])
    candidates = common.table(lake, spec, "augmented").read(where, augmented["delta_version"])
    inputs = {
        "source_version": source["delta_version"],
        "source_digest": source["digest"],
        "augmented_version": augmented["delta_version"],
        "augmented_digest": augmented["digest"],
        "provenance_version": augmented["provenance_version"],
        "provenance_digest": augmented["provenance_digest"],
    }
    return real, candidates, inputs


def accept(
    context: Any, spec: DatasetSpec, lake: LakeResource, candidates: pa.Table
) -> tuple[pa.Table, pa.Table]:
    """The candidates that the stored verdict lets through, and the quarantined rest."""
    day = context.partition_key
    try:
        stored = common.table(lake, spec, "verdict").read({"date": day}).to_pylist()
    except UpstreamMissingError as error:
        raise VerdictMissingError(
            f"the gates have not judged {day}", seen="no verdict", legal="a verdict of every gate",
            todo=f"materialize {spec.tenant}/{spec.name}_augmented for {day}, which runs its gates too",
        ) from error  # fmt: skip
    waived = decisions.releases(decisions_record.of_day(lake, spec, day, "augmented"))
    content = digest(candidates)
    paid = budget.released(lake, spec, day, content)
    publish.check_verdict(spec, day, stored, content, decisions.digest(waived), paid)
    where = {"date": day, "stage": "augmented"}
    held = common.quarantine_table(lake, spec).read(where, stored[0]["quarantine_version"])
    refused = pc.is_in(candidates.column(ROW_ID), value_set=held.column(ROW_ID).combine_chunks())
    return candidates.filter(pc.invert(refused)), held


def _check(spec: DatasetSpec, rows: pa.Table) -> dg.AssetCheckResult:
    """Hold what would be published to the schema and the rules once more, real and synthetic rows apart."""
    bad: dict[str, int] = {}
    for synthetic in (False, True):
        part = rows.filter(pc.equal(rows.column(IS_SYNTHETIC), pa.scalar(synthetic)))
        frame = frames.to_frame(part, spec)
        masks = schema.failures(spec, frame, synthetic=synthetic)
        masks |= schema.broken_rules(spec, frame)
        for reason, mask in masks.items():
            if mask.any():
                bad[reason] = bad.get(reason, 0) + int(mask.sum())
    told = f"seen: {ingest.top(bad)}" if bad else f"{rows.num_rows:,} rows hold schema and rules"
    return dg.AssetCheckResult(
        check_name="schema", passed=not bad, description=told, metadata=show.reasons(bad, rows.num_rows)
    )


def _publish(
    context: Any, spec: DatasetSpec, lake: LakeResource, rows: pa.Table, inputs: dict[str, Any]
) -> dict[str, Any]:
    table = common.table(lake, spec, "validated")
    where = {"date": context.partition_key}
    _publish_manifests(context, spec, lake, rows)
    content = digest(rows)
    part = table.write_part(rows, where, common.part_name(context))
    info = common.commit_info(context, spec, digest=content, **inputs)
    version = table.commit([part], where, frames.table_schema(spec), info)
    audited.published(context, spec, lake, rows, version, content)
    return {"digest": content, "delta_version": version, "dagster/uri": table.uri}


def _publish_manifests(context: Any, spec: DatasetSpec, lake: LakeResource, rows: pa.Table) -> None:
    """Which real rows to train on and with what weight: the baselines that synthetic rows must beat."""
    if not spec.manifests:
        return
    real = rows.filter(pc.invert(rows.column(IS_SYNTHETIC)))
    told = publish.manifests_of(spec, real)
    table, where = common.table(lake, spec, "manifest"), {"date": context.partition_key}
    part = table.write_part(told, where, common.part_name(context))
    table.commit([part], where, told.schema, common.commit_info(context, spec))
