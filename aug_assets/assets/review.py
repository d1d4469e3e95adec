"""The review asset: the candidates that wait for a person, and the check that holds a day until then."""

from collections.abc import Iterator
from typing import Any, cast

import dagster as dg

from aug_assets import decisions, review
from aug_assets.assets import audited, common, review_queue
from aug_assets.assets.validated import accept, read_inputs
from aug_assets.spec import DatasetSpec
from resources.lake import LakeResource


def build_review(spec: DatasetSpec) -> dg.AssetsDefinition:
    """The asset between gates and training data, for a dataset whose file has a ``review``."""
    alike = common.asset_arguments(spec, common.REVIEW)
    shown = [dg.TableColumn("row_id", "string"), dg.TableColumn("reasons"), dg.TableColumn("row", "string")]
    alike |= {"kinds": {"deltalake"}, "metadata": {"dagster/column_schema": dg.TableSchema(columns=shown)}}
    check = dg.AssetCheckSpec(
        "all_reviewed",
        asset=alike["key"],
        blocking=True,
        partitions_def=alike["partitions_def"],
        description="Every queued candidate has been released or rejected by a person.",
    )

    @dg.asset(  # type: ignore[untyped-decorator]
        **alike,
        check_specs=[check],
        deps=[common.asset_key(spec, "augmented")],
        description=f"Candidates of {spec.id} that wait for a person. They stand in the quarantine, stage "
        "review, until each is released or rejected; the day is not published before.",
    )
    def review_asset(context: dg.AssetExecutionContext, lake: LakeResource) -> Iterator[Any]:
        clock = common.Stopwatch(lake)
        with common.typed_failure():
            with clock("read"):
                _, candidates, inputs = read_inputs(context, spec, lake)
                accepted, held = accept(context, spec, lake, candidates)
                waiting = review_queue.waiting(context, spec, lake, accepted, held)
            with clock("write"):
                version = _write(context, spec, lake, waiting)
        figures = _figures(waiting)
        yield dg.MaterializeResult(
            data_version=dg.DataVersion(_digest(waiting)),
            metadata={**figures, "quarantine_version": version, **inputs, **clock.metadata()},
            check_results=[_all_reviewed(waiting, figures)],
        )

    return cast(dg.AssetsDefinition, review_asset)


def _write(context: Any, spec: DatasetSpec, lake: LakeResource, waiting: review_queue.Waiting) -> int:
    """The accepted ones of the queue, beside those that the gates held, so that people look in one place."""
    rows, _ = waiting[common.REVIEW]
    table = common.quarantine_table(lake, spec)
    where = {"date": context.partition_key, "stage": common.REVIEW}
    part = table.write_part(rows, where, common.part_name(context))
    version = table.commit([part], where, rows.schema, common.commit_info(context, spec))
    return audited.quarantined(context, spec, lake, common.REVIEW, rows, version)


def _figures(waiting: review_queue.Waiting) -> dict[str, int]:
    figures = {"queued": 0, "undecided": 0, "released": 0, "rejected": 0}
    for rows, known in waiting.values():
        found = decisions.newest(known)
        words = [found[row].decision for row in review.rows_of(rows) if row in found]
        figures["queued"] += rows.num_rows
        figures["undecided"] += rows.num_rows - len(words)
        figures["released"] += words.count(decisions.RELEASE)
        figures["rejected"] += words.count(decisions.REJECT)
    return figures


def _digest(waiting: review_queue.Waiting) -> str:
    """Names queue and decisions: what is published follows from both."""
    said = []
    for stage, (rows, known) in sorted(waiting.items()):
        found = decisions.newest(known)
        said += [f"{stage} {row} {found[row].id if row in found else ''}" for row in review.rows_of(rows)]
    return decisions.content("\n".join(said))


def _all_reviewed(waiting: review_queue.Waiting, figures: dict[str, int]) -> dg.AssetCheckResult:
    missing = [i for rows, known in waiting.values() for i in review.undecided(rows, known)]
    told = f"{figures['queued'] - len(missing):,} of {figures['queued']:,} queued candidates have a decision"
    if missing:
        told += f"; the first without one is {missing[0]}"
    return dg.AssetCheckResult(
        check_name="all_reviewed", passed=not missing, description=told, metadata=dict(figures)
    )
