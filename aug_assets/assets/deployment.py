"""The deployment asset: takes up a new model, judges the one that is tried, promotes it or rolls it back."""

from dataclasses import replace
from typing import Any, cast

import dagster as dg

from aug_assets import canary, deploying
from aug_assets.assets import common, deploy_record, recalibration, scored
from aug_assets.errors import ModelBrokenError
from aug_assets.pointer import Pointer
from aug_assets.spec import DatasetSpec
from resources import model_store
from resources.lake import LakeResource
from resources.pointer import Placed


def build_deployment(spec: DatasetSpec) -> dg.AssetsDefinition:
    """Champion and challenger of a dataset; each run makes one move at most."""
    alike = common.asset_arguments(spec, common.DEPLOYMENT)
    alike |= {"kinds": {"mlflow"}, "metadata": {}}

    @dg.asset(  # type: ignore[untyped-decorator]
        **alike,
        deps=[common.asset_key(spec, common.MODEL)],
        description=f"Which model of {spec.id} serves. A challenger that passed its gates is tried on a "
        "share of the keys while both score all rows, and is promoted or rolled back by what labels say.",
    )
    def deployment(context: dg.AssetExecutionContext, lake: LakeResource) -> dg.MaterializeResult[Any]:
        clock = common.Stopwatch(lake)
        with common.typed_failure():
            with clock("decide"):
                placed, told = step(spec, lake, context.run.run_id)
            with clock("aliases"):
                behind = deploy_record.follow(lake, spec, placed.pointer)
        return dg.MaterializeResult(
            data_version=dg.DataVersion(f"pointer-{placed.number}"),
            metadata={**_figures(placed, told), "aliases": behind or "as the pointer", **clock.metadata()},
        )

    return cast(dg.AssetsDefinition, deployment)


def step(spec: DatasetSpec, lake: LakeResource, run_id: str = "") -> tuple[Placed, canary.Verdict]:
    """Make the next move, if one is due; what counts then, and why.

    Raises:
        DeploymentRaceError: Another deployment moved at the same time, and its move counts.
    """
    placed = deploy_record.current(lake, spec)
    now = placed.pointer
    if now.state == "hold":
        return placed, canary.Verdict("wait", f"held by {now.by}: {now.why}")
    anew, found = recalibration.due(spec, lake, now)
    if anew is not None:  # before all else: false alarms hurt people today
        placed = deploy_record.move(lake, spec, placed, anew, run_id)
        return placed, canary.Verdict("wait", found.why, found.evidence)
    if now.state == "steady":
        moved, told = _take_up(spec, lake, now)
    else:
        counted = scored.evidence(lake, spec, now)
        told = deploy_record.judged(spec, counted)
        decide = _watched if now.state == "watch" else _tried
        moved = decide(spec, lake, now, told, counted.days)
    if moved is None:
        return placed, told
    return deploy_record.move(lake, spec, placed, moved, run_id), canary.Verdict(
        told.word, moved.why, told.evidence
    )


def _take_up(spec: DatasetSpec, lake: LakeResource, now: Pointer) -> tuple[Pointer | None, canary.Verdict]:
    assert spec.training is not None
    model = deploy_record.waiting(lake, spec, now)
    if model is None:
        return None, canary.Verdict("wait", "there is no new model that passed its gates")
    told = canary.Verdict("wait", f"version {model.version} passed its gates")
    try:
        model_store.load(lake, spec, model)
        set_anew, why = recalibration.fitted(spec, lake, now, model)
    except ModelBrokenError as error:
        return deploying.refused(now, model, str(error)), told
    if set_anew is None:
        return None, canary.Verdict("wait", why)
    moved = deploying.offered(now, set_anew, spec.training.canary.share, first=spec.training.auto_promote)
    return replace(moved, why=f"{moved.why}; {why}"), told


def _tried(
    spec: DatasetSpec, lake: LakeResource, now: Pointer, told: canary.Verdict, days: int
) -> Pointer | None:
    assert spec.training is not None
    assert now.challenger is not None
    policy = spec.training.canary
    if told.word == "rollback":
        return deploying.rolled_back(now, "aug", told.why, told.evidence)
    if told.word == "promote" and spec.training.auto_promote:
        try:
            model_store.load(lake, spec, now.challenger)
        except ModelBrokenError as error:
            return deploying.rolled_back(now, "aug", str(error), told.evidence)
        return deploying.promoted(now, "aug", told.why, told.evidence, watch=policy.watch_days > 0)
    if told.word == "wait" and days >= policy.max_days:
        why = f"{days} scored days proved neither harm nor that there is none"
        return deploying.rolled_back(now, "aug", why, told.evidence)
    return None


def _watched(
    spec: DatasetSpec,
    lake: LakeResource,  # noqa: ARG001 - as the other
    now: Pointer,
    told: canary.Verdict,
    days: int,
) -> Pointer | None:
    assert spec.training is not None
    if told.word == "rollback":
        return deploying.rolled_back(now, "aug", told.why, told.evidence)
    if told.word == "promote" or days >= spec.training.canary.watch_days:
        return deploying.settled(now, told.why, told.evidence)
    return None


def _figures(placed: Placed, told: canary.Verdict) -> dict[str, Any]:
    now = placed.pointer
    versions = {
        name: one.version if one else "none"
        for name, one in (
            ("champion", now.champion),
            ("previous", now.previous),
            ("challenger", now.challenger),
        )
    }
    figures: dict[str, Any] = {
        "state": now.state, **versions, "share": now.share, "decision": told.why, "pointer": placed.number,
    }  # fmt: skip
    if now.champion:
        figures["threshold"] = round(now.champion.threshold, 4)
    return {**figures, **{f"evidence/{name}": round(value, 4) for name, value in told.evidence.items()}}
