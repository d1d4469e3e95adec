"""The gates as blocking asset checks on the candidates, computed together in one pass over them."""

from collections.abc import Iterator
from typing import Any

import dagster as dg
import pyarrow as pa

from aug_assets import gates
from aug_assets.assets import common, lift_record, replies_record, show
from aug_assets.gates.feed import Feed
from aug_assets.gates.judge import VERDICT_SCHEMA, Verdict, judge
from aug_assets.rows import ROW_ID, TableDigest
from aug_assets.spec import DatasetSpec
from resources.lake import LakeResource

_BATCH_ROWS = 65_536


def build_gates(spec: DatasetSpec) -> dg.AssetChecksDefinition:
    """One check per gate, and ``verdict`` that all of them have judged."""
    key = common.asset_key(spec, "augmented")
    wanted = {step.gate: (step.blocking, gates.get(step.gate).__doc__ or "") for step in spec.gate_steps}
    wanted[gates.VERDICT] = (True, "Every gate has judged every planned candidate.")
    specs = [
        dg.AssetCheckSpec(
            name, asset=key, blocking=blocking, description=told, partitions_def=common.partitions(spec)
        )
        for name, (blocking, told) in sorted(wanted.items())
    ]

    name = f"{spec.tenant}__{spec.name}_gates"

    @dg.multi_asset_check(name=name, specs=specs, retry_policy=common.RETRIES)
    def judge_day(
        context: dg.AssetCheckExecutionContext, lake: LakeResource
    ) -> Iterator[dg.AssetCheckResult]:
        clock = common.Stopwatch()
        with common.typed_failure(), clock("validate"):
            verdict = _judge_day(context, spec, lake)
        for judgement in verdict.judgements:
            spent = clock.metadata() if judgement.gate == gates.VERDICT else {}
            yield dg.AssetCheckResult(
                asset_key=key,
                check_name=judgement.gate,
                passed=judgement.passed,
                severity=dg.AssetCheckSeverity.ERROR if judgement.blocking else dg.AssetCheckSeverity.WARN,
                description=judgement.reason,
                metadata={**show.judgement(judgement, verdict), **spent},
            )

    return judge_day


def _judge_day(context: Any, spec: DatasetSpec, lake: LakeResource) -> Verdict:
    """Judge the day's newest candidates and store the verdict with the digest of exactly what was judged."""
    where = {"date": context.partition_key}
    upstream = common.latest(context, spec, "augmented")
    candidates = common.table(lake, spec, "augmented")
    version = upstream["delta_version"]
    digest = TableDigest(candidates.schema(version))

    provenance = common.table(lake, spec, "provenance")
    size = min(_BATCH_ROWS, spec.rows_at_once)
    feed = Feed(provenance.iter_batches(where, upstream["provenance_version"], _BATCH_ROWS))

    def batches() -> Iterator[tuple[pa.Table, pa.Table]]:
        for batch in candidates.iter_batches(where, version, size):
            digest.update(batch)
            yield pa.Table.from_batches([batch]), feed.of(batch.column(ROW_ID))

    source = common.table(lake, spec, "source").read(where, upstream["source_version"])
    replies = replies_record.of_run(lake, spec, context.partition_key, upstream)
    verdict = judge(
        spec, context.partition_key, source, batches(), upstream["candidates"], _proof(spec, lake), replies
    )
    held = _write_quarantine(context, spec, lake, verdict)
    _write_verdict(context, spec, lake, verdict, digest.hexdigest(), held)
    return verdict


def _proof(spec: DatasetSpec, lake: LakeResource) -> dict[str, Any] | None:
    """The stored proof of benefit, read only where a gate asks for it."""
    asked = any(step.gate == "lift" for step in spec.gate_steps)
    return lift_record.load(lake, spec) if asked else None


def _write_quarantine(context: Any, spec: DatasetSpec, lake: LakeResource, verdict: Verdict) -> int:
    table = common.quarantine_table(lake, spec)
    where = {"date": context.partition_key, "stage": "augmented"}
    part = table.write_part(verdict.quarantine, where, common.part_name(context))
    return table.commit([part], where, verdict.quarantine.schema, common.commit_info(context, spec))


def _write_verdict(
    context: Any, spec: DatasetSpec, lake: LakeResource, verdict: Verdict, digest: str, held: int
) -> None:
    """One row a gate; publishing reads them back and believes nothing else."""
    rows = [
        {
            "gate": j.gate, "passed": j.passed, "blocking": j.blocking, "value": j.value,
            "threshold": j.threshold, "reason": j.reason, "candidates_digest": digest,
            "gates_digest": spec.gates_digest, "quarantine_version": held,
        }
        for j in verdict.judgements
    ]  # fmt: skip
    table = common.table(lake, spec, "verdict")
    where = {"date": context.partition_key}
    part = table.write_part(pa.Table.from_pylist(rows, VERDICT_SCHEMA), where, common.part_name(context))
    table.commit([part], where, VERDICT_SCHEMA, common.commit_info(context, spec))
