"""Moves of a deployment as they are kept: the pointer first, then the audit log, then MLflow's aliases.

The pointer is the truth. A process that stops between the three leaves the others behind, and the next call
puts them right: the record has a name of its own, and aliases are set to what the pointer says.
"""

import logging

from aug_assets import canary
from aug_assets.errors import AugError
from aug_assets.pointer import Pointer, Serving
from aug_assets.spec import DatasetSpec
from resources import model_ledger, model_store, registry_models
from resources.audit import audit_log
from resources.lake import LakeResource
from resources.pointer import Placed, Pointers

_log = logging.getLogger(__name__)


def current(lake: LakeResource, spec: DatasetSpec) -> Placed:
    """What serves now; a record that is missing of it is written."""
    placed = Pointers(lake, spec).read()
    _recorded(lake, spec, placed)
    return placed


def move(lake: LakeResource, spec: DatasetSpec, seen: Placed, pointer: Pointer, run_id: str = "") -> Placed:
    """Let another pointer count.

    Args:
        lake: Where.
        spec: The dataset.
        seen: What the move was decided on.
        pointer: What is to count.
        run_id: The run that moves it, if one does.

    Raises:
        DeploymentRaceError: Something else counts by now, and goes on doing so.
    """
    placed = Pointers(lake, spec).swap(seen.number, pointer)
    _recorded(lake, spec, placed, run_id)
    return placed


def _recorded(lake: LakeResource, spec: DatasetSpec, placed: Placed, run_id: str = "") -> None:
    if placed.number < 0:
        return
    now = placed.pointer
    models = {name: getattr(now, name) for name in ("champion", "previous", "challenger")}
    versions = {name: one.version if one else "" for name, one in models.items()}
    subject = {
        "dataset": spec.id, "pointer": placed.number, "state": now.state, **versions,
        "threshold": now.champion.threshold if now.champion else None, "evidence": now.evidence,
        "run_id": run_id,
    }  # fmt: skip
    once = f"{spec.id}/pointer/{placed.number}"
    audit_log(lake, spec.tenant).append(now.action, subject, by=now.by, why=now.why, once=once)


def follow(lake: LakeResource, spec: DatasetSpec, pointer: Pointer) -> str:
    """Let MLflow's aliases follow; returns what went wrong, which does not undo what was moved."""
    try:
        changed = registry_models.follow(spec, pointer, waiting(lake, spec, pointer))
    except AugError as error:
        _log.warning("Aliases are behind the pointer until the next call: %s", error)
        return str(error)
    if changed:
        _log.info("Aliases set: %s", changed)
    return ""


def waiting(lake: LakeResource, spec: DatasetSpec, pointer: Pointer) -> Serving | None:
    """The newest model that passed its gates and was not looked at yet, nor marked as not to be used."""
    for model in reversed(model_store.offers(lake, spec, pointer.seen)):
        rows = model_ledger.of_days(lake, spec, [model.trained_to])
        if not any(row["marked"] for row in rows if row["version"] == model.version):
            return model
    return None


def judged(spec: DatasetSpec, counted: canary.Counts) -> canary.Verdict:
    """What the dataset's policy makes of the evidence."""
    assert spec.training is not None
    return canary.judge(counted, spec.training.canary)
