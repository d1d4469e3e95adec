"""The budget of a dataset beside its gates: what the day has cost so far, and what people let pass of it."""

from dataclasses import replace
from typing import Any

import dagster as dg

from aug_assets import cost, decisions
from aug_assets.assets import common, decisions_record
from aug_assets.cost import Priced
from aug_assets.gates.base import Judgement
from aug_assets.gates.judge import Verdict
from aug_assets.spec import DatasetSpec
from resources.lake import LakeResource


def check_spec(spec: DatasetSpec) -> list[dg.AssetCheckSpec]:
    """The check of a dataset with a budget."""
    if spec.budget is None:
        return []
    return [
        dg.AssetCheckSpec(
            cost.CHECK, asset=common.asset_key(spec, "augmented"), blocking=True,
            partitions_def=common.partitions(spec),
            description="The day has not cost more than its budget, or a person has released it.",
        )
    ]  # fmt: skip


def judged(
    context: Any,
    spec: DatasetSpec,
    lake: LakeResource,
    clock: common.Stopwatch,
    verdict: Verdict,
    digest: str,
) -> list[Judgement]:
    """A judgement for each limit of the budget; none of a dataset without.

    Args:
        context: The step that judges the day.
        spec: The dataset.
        lake: Where releases are.
        clock: Of the step, whose cost is the last part of the day's.
        verdict: What the gates said.
        digest: Of the candidates.
    """
    if spec.budget is None:
        return []
    spent = clock.priced()
    for stage in (*common.before_candidates(spec), "augmented"):
        spent += Priced.of(common.latest(context, spec, stage))
    accepted = verdict.candidates - verdict.quarantine.num_rows
    let = released(lake, spec, context.partition_key, digest)
    return [
        one if one.passed or one.gate not in let else _let(one)
        for one in cost.held_against(spec.budget, spent, verdict.candidates, accepted)
    ]


def _let(one: Judgement) -> Judgement:
    return replace(one, passed=True, reason=f"{one.reason}; released by a person")


def released(lake: LakeResource, spec: DatasetSpec, day: str, digest: str) -> frozenset[str]:
    """Names of the rows of the verdict that people let pass for these candidates."""
    if spec.budget is None:
        return frozenset()
    taken = decisions_record.of_day(lake, spec, day, cost.RELEASED)
    return decisions.releases(taken).get((cost.CHECK, digest), frozenset())


def result(spec: DatasetSpec, found: list[Judgement]) -> list[dg.AssetCheckResult]:
    """The word of the check on all limits together."""
    if not found:
        return []
    figures: dict[str, Any] = {one.gate: one.value for one in found}
    figures |= {f"{one.gate}/limit": one.threshold for one in found}
    return [
        dg.AssetCheckResult(
            asset_key=common.asset_key(spec, "augmented"), check_name=cost.CHECK,
            passed=all(one.passed for one in found), description="; ".join(one.reason for one in found),
            metadata=figures,
        )
    ]  # fmt: skip
