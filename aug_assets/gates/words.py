"""Judgements that several gates give in the same words."""

from aug_assets.gates.base import Judgement, Params


def too_few(params: Params, limit: float, reason: str, value: float = 0.0) -> Judgement:
    """A pass, since on so few rows chance alone could do anything that the gate looks for."""
    return Judgement(
        params.gate, passed=True, blocking=params.blocking, value=value, threshold=limit, reason=reason
    )


def refused(params: Params, limit: float, reason: str) -> Judgement:
    """A failure for want of evidence."""
    return Judgement(
        params.gate, passed=False, blocking=params.blocking, value=0.0, threshold=limit, reason=reason
    )
