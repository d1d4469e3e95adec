"""What may become training data: the stored verdict held against what would be published, and manifests."""

from collections.abc import Collection, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from aug_assets import cost, gates, manifests
from aug_assets.errors import OverBudgetError, VerdictFailedError, VerdictMissingError, VerdictStaleError
from aug_assets.manifests.base import MANIFEST
from aug_assets.rows import ROW_ID, from_hex
from aug_assets.spec import DatasetSpec


def check_verdict(
    spec: DatasetSpec,
    day: str,
    verdict: Sequence[dict[str, Any]],
    digest: str,
    released: str = "",
    paid: Collection[str] = (),
) -> None:
    """Refuse unless the gates of this spec have judged exactly these candidates, and no blocking one failed.

    Args:
        spec: The dataset as it is now.
        day: The partition, for messages.
        verdict: The stored rows, one a gate; see ``VERDICT_SCHEMA``.
        digest: The digest of the candidates that would be published.
        released: The digest of what people have released of the day by now; empty for nothing.
        paid: Names of the rows of the verdict about cost that people let pass.

    Raises:
        VerdictMissingError: There is no verdict, or a gate is missing from it.
        VerdictStaleError: It is about other candidates, or was reached by other gates, or before a release.
        VerdictFailedError: A blocking gate failed.
        OverBudgetError: The day cost more than the dataset's budget is now.
    """
    todo = f"materialize {spec.tenant}/{spec.name}_augmented for {day}, which runs its gates too"
    spoken = {row["gate"] for row in verdict}
    limits = {
        cost.row_name(name): limit for name, limit in (spec.budget.limits if spec.budget else {}).items()
    }
    wanted = {step.gate for step in spec.gate_steps} | {gates.VERDICT} | limits.keys()
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
    known = {row.get("releases_digest") or "" for row in verdict}
    if known != {released}:
        raise VerdictStaleError(
            f"people have released rows of {day}, or taken releases back, since the verdict",
            seen=sorted(known), legal=released, todo=todo,
        )  # fmt: skip
    blocking = {step.gate: step.blocking for step in spec.gate_steps} | {gates.VERDICT: True}
    judged_by_gates = [row for row in verdict if not row["gate"].startswith(f"{cost.CHECK}/")]
    failed = [row for row in judged_by_gates if not row["passed"] and blocking.get(row["gate"], True)]
    if failed:
        raise VerdictFailedError(
            f"blocking gates failed on {day}", seen={row["gate"]: row["reason"] for row in failed},
            legal="every blocking gate passed", todo="read the day's quarantine and correct source or recipe",
        )  # fmt: skip
    over = {
        row["gate"]: row["value"]
        for row in verdict
        if row["gate"] in limits
        and row["gate"] not in paid
        and not cost.within(row["value"], limits[row["gate"]])
    }
    if over:
        raise OverBudgetError(
            f"{day} cost more than the budget of {spec.id}", seen=over,
            legal={name: limits[name] for name in over},
            todo=f"raise `budget` in the dataset's file, or `aug cost release {spec.id} --date {day}`",
        )  # fmt: skip


def manifests_of(spec: DatasetSpec, real: pa.Table) -> pa.Table:
    """The dataset's manifests of a day's real rows, in the schema ``MANIFEST``; the holdout is in none.

    Args:
        spec: The dataset.
        real: The day's real rows, in the stored schema.
    """
    if spec.holdout is not None:
        real = real.filter(~spec.holdout.held(real.column(spec.holdout.by).to_pandas()))
    label = real.column(spec.label)
    minority = np.zeros(real.num_rows, bool)
    if (value := spec.minority(label)) is not None:
        minority = pc.fill_null(pc.equal(label, pa.scalar(value, label.type)), fill_value=False).to_numpy()
    ids = from_hex(real.column(ROW_ID))
    told = [manifests.get(step.manifest).weigh(ids, minority, step) for step in spec.manifests]
    return pa.concat_tables(told).cast(MANIFEST)
