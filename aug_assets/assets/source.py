"""The source asset: a day's raw rows, typed, checked and named, with the bad ones in quarantine."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, cast

import dagster as dg

from aug_assets import decisions, ingest, labels, sources
from aug_assets.assets import audited, common, decisions_record, lineage_events, show
from aug_assets.errors import RejectedPartitionError
from aug_assets.frames import table_schema
from aug_assets.rows import digest
from aug_assets.spec import DatasetSpec
from resources import erasure, metering
from resources.labels import LabelTable
from resources.lake import LakeResource


def build_source(spec: DatasetSpec) -> dg.AssetsDefinition:
    """The first asset of a dataset."""
    arguments = common.asset_arguments(spec, "source")
    check = dg.AssetCheckSpec(
        "schema",
        asset=arguments["key"],
        blocking=True,
        partitions_def=arguments["partitions_def"],
        description="Rows that fail types, ranges, rules or keys go to quarantine; too many of them and the "
        "day is not published.",
    )

    @dg.asset(  # type: ignore[untyped-decorator]
        **arguments,
        check_specs=[check],
        output_required=False,  # a refused day publishes nothing, and the last good version stays
        description=f"{spec.description}\n\nThe day's real rows, each with a stable row_id.",
    )
    @lineage_events.told(spec, "source")
    def source(context: dg.AssetExecutionContext, lake: LakeResource) -> Iterator[Any]:
        clock = common.Stopwatch(lake)
        with common.typed_failure():
            with clock("read"):
                raw = sources.read(spec, context.partition_key)
                metering.count_read(raw.nbytes)
                known = decisions_record.of_day(lake, spec, context.partition_key, "source")
                corrected = decisions.corrections(known)
            with clock("validate"):
                forgotten = erasure.erased(lake, spec)
                found = ingest.sort_out(spec, context.partition_key, raw, corrected, forgotten)
                found, told = _labelled(spec, lake, context.partition_key, found)
            with clock("write"):
                held = _write_quarantine(context, spec, lake, found)
            verdict = _verdict(spec, context.partition_key, found)
        if not verdict.passed:
            yield verdict
            return
        with common.typed_failure(), clock("write"):
            metadata = _write_rows(context, spec, lake, found, told)
        context.log.info("%s rows read, %s quarantined", found.read, found.quarantine.num_rows)
        yield dg.MaterializeResult(
            data_version=dg.DataVersion(metadata["digest"]),
            metadata={
                **show.source(spec, found),
                **metadata,
                "corrections": len(corrected),
                "erased": found.erased,
                **told,
                "quarantine_version": held,
                **clock.metadata(),
            },
            check_results=[verdict],
        )

    return cast(dg.AssetsDefinition, source)


def _labelled(
    spec: DatasetSpec, lake: LakeResource, day: str, found: ingest.Ingested
) -> tuple[ingest.Ingested, dict[str, int]]:
    """The day with the labels that came since it was delivered, and what a person should know of them."""
    known = LabelTable(lake, spec)
    version = known.version
    if spec.label is None or version is None:
        return found, {}
    came = known.of(day, version)
    rows, changed = labels.applied(spec, found.rows, labels.settled(came))
    told = {"labels_version": version, "labels/changed": changed}
    return replace(found, rows=rows), told | {"labels/contradictory": labels.contradictory(came)}


def _write_quarantine(context: Any, spec: DatasetSpec, lake: LakeResource, found: ingest.Ingested) -> int:
    """Before anything can fail: a row that is refused must be somewhere."""
    table = common.quarantine_table(lake, spec)
    where = {"date": context.partition_key, "stage": "source"}
    part = table.write_part(found.quarantine, where, common.part_name(context))
    version = table.commit([part], where, found.quarantine.schema, common.commit_info(context, spec))
    return audited.quarantined(context, spec, lake, "source", found.quarantine, version)


def _write_rows(
    context: Any, spec: DatasetSpec, lake: LakeResource, found: ingest.Ingested, told: dict[str, int]
) -> dict[str, Any]:
    table = common.table(lake, spec, "source")
    where = {"date": context.partition_key}
    content = digest(found.rows)
    part = table.write_part(found.rows, where, common.part_name(context))
    made_of = {name: told[name] for name in ("labels_version",) if name in told}
    info = common.commit_info(context, spec, digest=content, **made_of)
    version = table.commit([part], where, table_schema(spec), info)
    return {"digest": content, "delta_version": version, "dagster/uri": table.uri}


def _verdict(spec: DatasetSpec, day: str, found: ingest.Ingested) -> dg.AssetCheckResult:
    """The day's check result; an empty day is no verdict on rows but a missing delivery, and raises."""
    figures = {**show.reasons(found.reasons, found.read), "quarantined": found.quarantine.num_rows}
    try:
        ingest.check_limits(spec, day, found)
    except RejectedPartitionError as error:
        figures |= {"error": error.code}
        return dg.AssetCheckResult(
            check_name="schema", passed=False, description=str(error), metadata=figures
        )
    told = f"{found.quarantine.num_rows:,} of {found.read:,} rows quarantined"
    return dg.AssetCheckResult(check_name="schema", passed=True, description=told, metadata=figures)
