"""Which model serves, as people see it and change it: status, hold, resume, promote, rollback."""

from typing import TYPE_CHECKING, Any, Literal

from aug_assets import deploying
from aug_assets.assets import deploy_record, scored
from aug_assets.commands.quarantine import NOBODY
from aug_assets.errors import DeploymentError
from aug_assets.pointer import Pointer, Serving
from aug_assets.spec import DatasetSpec
from aug_assets.spec_training import Canary

if TYPE_CHECKING:
    from resources.lake import LakeResource
    from resources.pointer import Placed

Verb = Literal["status", "hold", "resume", "promote", "rollback"]
_NOT_PEOPLE = (*NOBODY, "aug")


def status(lake: "LakeResource", spec: DatasetSpec) -> dict[str, Any]:
    """What serves, what is tried, and the evidence so far."""
    _need(spec)
    placed = deploy_record.current(lake, spec)
    told: dict[str, Any] = {"dataset": spec.id, "number": placed.number, "at": placed.at}
    told |= placed.pointer.record()
    if placed.pointer.pair:
        counted = scored.evidence(lake, spec, placed.pointer)
        told["verdict"] = vars(deploy_record.judged(spec, counted))
    model = deploy_record.waiting(lake, spec, placed.pointer)
    return {**told, "waiting": model.version if model else None}


def change(lake: "LakeResource", spec: DatasetSpec, verb: Verb, by: str, why: str) -> "Placed":
    """Move the pointer for a named person; aliases are another matter, see ``deploy_record.follow``.

    Raises:
        DeploymentError: No person or no reason is named, or there is nothing to move.
        DeploymentRaceError: Somebody else moved it at the same time.
    """
    policy = _need(spec)
    if by.strip() in _NOT_PEOPLE or not why.strip():
        raise DeploymentError(
            "a deployment is changed by a person who gives a reason", seen=f"--by {by!r} --why {why!r}",
            legal="both", todo="add --by and --why",
        )  # fmt: skip
    placed = deploy_record.current(lake, spec)
    now = placed.pointer
    moved: Pointer
    if verb == "hold":
        moved = deploying.held(now, by, why)
    elif verb == "resume":
        moved = deploying.resumed(now, by, why, policy.share)
    elif verb == "rollback":
        moved = deploying.rolled_back(now, by, why)
    else:
        moved = deploying.promoted(now, by, why, watch=policy.watch_days > 0)
    return deploy_record.move(lake, spec, placed, moved)


def lines(told: dict[str, Any]) -> list[str]:
    """A status as lines for people."""
    found = [f"{told['dataset']}: {told['state']}, pointer {told['number']} of {told['at'][:19] or 'never'}"]
    found += [f"  {name}: {_model(told[name])}" for name in ("champion", "challenger", "previous")]
    if told["action"]:
        found.append(f"last: {told['action']} by {told['by']}: {told['why']}")
    if verdict := told.get("verdict"):
        found.append(f"evidence: {verdict['word']}, {verdict['why']}")
        found += [f"  {name}: {value:.3g}" for name, value in verdict["evidence"].items()]
    if told["waiting"]:
        found.append(f"waiting: version {told['waiting']} passed its gates")
    return found


def _model(said: dict[str, Any] | None) -> str:
    if said is None:
        return "none"
    model = Serving(**said)
    return f"version {model.version}, threshold {model.threshold:.6g}, trained to {model.trained_to}"


def _need(spec: DatasetSpec) -> Canary:
    if spec.training is None:
        raise DeploymentError(
            "the dataset trains no models", seen=spec.id, legal="a dataset with `training`",
            todo="add `training: {}` to its file",
        )  # fmt: skip
    return spec.training.canary
