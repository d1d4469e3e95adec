"""What may become training data: the stored verdict held against what would be published. No I/O."""

from collections.abc import Sequence
from typing import Any

from aug_assets import gates
from aug_assets.errors import VerdictFailedError, VerdictMissingError, VerdictStaleError
from aug_assets.spec import DatasetSpec


def check_verdict(spec: DatasetSpec, day: str, verdict: Sequence[dict[str, Any]], digest: str) -> None:
    """Refuse unless the gates of this spec have judged exactly these candidates, and no blocking one failed.

    Args:
        spec: The dataset as it is now.
        day: The partition, for messages.
        verdict: The stored rows, one a gate; see ``VERDICT_SCHEMA``.
        digest: The digest of the candidates that would be published.

    Raises:
        VerdictMissingError: There is no verdict, or a gate is missing from it.
        VerdictStaleError: It is about other candidates, or was reached by other gates.
        VerdictFailedError: A blocking gate failed.
    """
    todo = f"materialize {spec.tenant}/{spec.name}_augmented for {day}, which runs its gates too"
    spoken = {row["gate"] for row in verdict}
    wanted = {step.gate for step in spec.gate_steps} | {gates.VERDICT}
    if missing := sorted(wanted - spoken):
        raise VerdictMissingError(
            f"gates have not judged {day}", seen=f"no word from {', '.join(missing)}", legal=sorted(wanted),
            todo=todo,
        )  # fmt: skip
    judged = {row["candidates_digest"] for row in verdict}
    if judged != {digest}:
        raise VerdictStaleError(
            f"the verdict on {day} is about other candidates", seen=sorted(judged), legal=digest, todo=todo
        )
    rules = {row["gates_digest"] for row in verdict}
    if rules != {spec.gates_digest}:
        raise VerdictStaleError(
            f"the verdict on {day} was reached by other gates or rules", seen=sorted(rules),
            legal=spec.gates_digest, todo=todo,
        )  # fmt: skip
    blocking = {step.gate: step.blocking for step in spec.gate_steps} | {gates.VERDICT: True}
    failed = [row for row in verdict if not row["passed"] and blocking.get(row["gate"], True)]
    if failed:
        raise VerdictFailedError(
            f"blocking gates failed on {day}", seen={row["gate"]: row["reason"] for row in failed},
            legal="every blocking gate passed", todo="read the day's quarantine and correct source or recipe",
        )  # fmt: skip
