"""Every move that a deployment can make, from pointer to pointer. Stores nothing and asks no clock."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from aug_assets.errors import DeploymentError
from aug_assets.pointer import Pointer, Serving, State


def offered(now: Pointer, model: Serving, share: float, *, first: bool) -> Pointer:
    """A new challenger; without a champion it becomes the first, if ``first`` allows it."""
    known = replace(now, seen=max(now.seen, int(model.version)), by="aug", evidence={})
    if now.champion is None and first:
        told = f"version {model.version} is the first champion: there is none to try it beside"
        return replace(known, state="steady", champion=model, action="promote", why=told)
    told = f"version {model.version} is tried" + (f" beside {now.champion.version}" if now.champion else "")
    state: State = "canary" if now.champion else "hold"
    return replace(
        known, state=state, challenger=model, share=share if now.champion else 0.0, action="canary", why=told
    )


def promoted(
    now: Pointer, by: str, why: str, evidence: Mapping[str, float] | None = None, *, watch: bool = False
) -> Pointer:
    """The challenger serves; the champion becomes the previous one."""
    if now.challenger is None:
        raise DeploymentError(
            "there is no challenger to promote", seen=now.state, legal="a canary", todo="train a model first"
        )
    state: State = "watch" if watch and now.champion else "steady"
    return replace(
        now, state=state, champion=now.challenger, previous=now.champion, challenger=None, share=0.0,
        action="promote", by=by, why=why, evidence=dict(evidence or {}),
    )  # fmt: skip


def rolled_back(now: Pointer, by: str, why: str, evidence: Mapping[str, float] | None = None) -> Pointer:
    """The challenger goes; where there is none, the previous champion serves again as it was."""
    told: dict[str, Any] = {"action": "rollback", "by": by, "why": why, "evidence": dict(evidence or {})}
    if now.challenger is not None:
        return replace(now, state="steady", challenger=None, share=0.0, **told)
    if now.previous is None:
        raise DeploymentError(
            "there is nothing to roll back to", seen=now.champion and f"version {now.champion.version}",
            legal="a challenger, or a previous champion", todo="train a model, or promote another one",
        )  # fmt: skip
    return replace(now, state="steady", champion=now.previous, previous=None, share=0.0, **told)


def refused(now: Pointer, model: Serving, why: str) -> Pointer:
    """A new model that is not even tried."""
    told = f"version {model.version} is not tried: {why}"
    seen = max(now.seen, int(model.version))
    return replace(now, seen=seen, action="rollback", by="aug", why=told, evidence={})


def fallen_back(now: Pointer, why: str) -> Pointer:
    """The champion does not work: the previous one serves again as it was, and nothing is tried."""
    return rolled_back(replace(now, challenger=None), "aug", why)


def held(now: Pointer, by: str, why: str) -> Pointer:
    """The champion decides everything, and nothing moves by itself."""
    return replace(now, state="hold", share=0.0, action="hold", by=by, why=why, evidence={})


def resumed(now: Pointer, by: str, why: str, share: float) -> Pointer:
    """What was held goes on."""
    if now.state != "hold":
        raise DeploymentError("nothing is held", seen=now.state, legal="hold", todo="look at its status")
    trying = now.challenger is not None and now.champion is not None
    return replace(
        now, state="canary" if trying else "steady", share=share if trying else 0.0, action="resume", by=by,
        why=why, evidence={},
    )  # fmt: skip


def settled(now: Pointer, why: str, evidence: Mapping[str, float]) -> Pointer:
    """The watch after a promotion is over."""
    return replace(now, state="steady", action="settle", by="aug", why=why, evidence=dict(evidence))


def recalibrated(
    now: Pointer, threshold: float, by: str, why: str, evidence: Mapping[str, float] | None = None
) -> Pointer:
    """The champion goes on with another threshold; a rollback brings the one before back.

    A challenger that is tried goes on too: the evidence of both is in the rows that they treat differently.
    """
    champion = replace(now.serving, threshold=threshold)
    return replace(
        now, champion=champion, previous=now.champion, action="recalibrate", by=by, why=why,
        evidence=dict(evidence or {}),
    )  # fmt: skip
