"""The gates as blocking asset checks on the candidates, computed together, in chunks on the workers."""

from collections.abc import Iterable, Iterator
from typing import Any

import dagster as dg
import pyarrow as pa

from aug_assets import decisions, gates
from aug_assets.assets import (
    audited,
    budget,
    chunks,
    common,
    decisions_record,
    judging,
    lift_record,
    lineage_events,
    recorded,
    show,
)
from aug_assets.gates.base import Judgement
from aug_assets.gates.judge import VERDICT_SCHEMA, Verdict
from aug_assets.spec import DatasetSpec
from resources.lake import LakeResource
from resources.lake_scratch import Scratch


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
    specs += budget.check_spec(spec)

    name = f"{spec.tenant}__{spec.name}_gates"

    @dg.multi_asset_check(name=name, specs=specs, retry_policy=common.RETRIES)
    @lineage_events.told(spec, "gates")
    def judge_day(
        context: dg.AssetCheckExecutionContext, lake: LakeResource
    ) -> Iterator[dg.AssetCheckResult]:
        clock = common.Stopwatch(lake)
        with common.typed_failure(), clock("validate"):
            verdict, costs = _judge_day(context, spec, lake, clock)
        yield from budget.result(spec, costs)
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


def _judge_day(
    context: Any, spec: DatasetSpec, lake: LakeResource, clock: common.Stopwatch
) -> tuple[Verdict, list[Judgement]]:
    """Judge the day's newest candidates and store the verdict with the digest of exactly what was judged.

    Returns:
        The verdict, and how the day's cost holds against its budget.
    """
    date = context.partition_key
    where = {"date": date}
    upstream = common.latest(context, spec, "augmented")
    made, told = (
        judging.stored(common.table(lake, spec, stage), where, upstream[version])
        for stage, version in (("augmented", "delta_version"), ("provenance", "provenance_version"))
    )
    source = common.table(lake, spec, "source").read(where, upstream["source_version"])
    waived = decisions.releases(decisions_record.of_day(lake, spec, date, "augmented"))
    day = judging.Day(
        spec, date, source, _proof(spec, lake), recorded.of_run(lake, spec, date, upstream), waived
    )
    name = f"gates-{spec.tenant}-{spec.name}-{date}-{context.retry_number}"
    scratch = Scratch(lake.scratch(context.run.run_id).storage.sub(name))
    label = f"{context.run.run_id}.{name}"
    verdict, digest, spent = judging.judge_all(day, made, told, upstream["candidates"], scratch, label)
    clock.elsewhere += chunks.spent_elsewhere(spent)
    held = _write_quarantine(context, spec, lake, verdict)
    costs = budget.judged(context, spec, lake, clock, verdict, digest)
    judged = {"candidates_digest": digest, "releases_digest": decisions.digest(waived)}
    said = (*verdict.judgements, *costs)
    _write_verdict(context, spec, lake, said, judged | {"quarantine_version": held})
    return verdict, costs


def _proof(spec: DatasetSpec, lake: LakeResource) -> dict[str, Any] | None:
    """The stored proof of benefit, read only where a gate asks for it."""
    asked = any(step.gate == "lift" for step in spec.gate_steps)
    return lift_record.load(lake, spec) if asked else None


def _write_quarantine(context: Any, spec: DatasetSpec, lake: LakeResource, verdict: Verdict) -> int:
    table = common.quarantine_table(lake, spec)
    where = {"date": context.partition_key, "stage": "augmented"}
    part = table.write_part(verdict.quarantine, where, common.part_name(context))
    version = table.commit([part], where, verdict.quarantine.schema, common.commit_info(context, spec))
    return audited.quarantined(context, spec, lake, "augmented", verdict.quarantine, version)


def _write_verdict(
    context: Any, spec: DatasetSpec, lake: LakeResource, said: Iterable[Judgement], judged: dict[str, Any]
) -> None:
    """One row a gate and one a limit of the budget; publishing reads them back and believes nothing else."""
    rows = [
        {
            "gate": j.gate, "passed": j.passed, "blocking": j.blocking, "value": j.value,
            "threshold": j.threshold, "reason": j.reason, "gates_digest": spec.gates_digest, **judged,
        }
        for j in said
    ]  # fmt: skip
    table = common.table(lake, spec, "verdict")
    where = {"date": context.partition_key}
    part = table.write_part(pa.Table.from_pylist(rows, VERDICT_SCHEMA), where, common.part_name(context))
    table.commit([part], where, VERDICT_SCHEMA, common.commit_info(context, spec))
