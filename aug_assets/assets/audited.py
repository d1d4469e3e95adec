"""What assets write into the audit log; a step whose record cannot be written fails."""

from collections.abc import Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from aug_assets.rows import IS_SYNTHETIC
from aug_assets.spec import DatasetSpec
from resources import environment
from resources.audit import audit_log
from resources.lake import LakeResource


def published(
    context: Any, spec: DatasetSpec, lake: LakeResource, rows: pa.Table, version: int, digest: str
) -> None:
    """A day has become training data."""
    synthetic = pc.sum(rows.column(IS_SYNTHETIC)).as_py() or 0
    subject = {"digest": digest, "rows": rows.num_rows, "synthetic": synthetic}
    _append(context, spec, lake, "publish", "validated", version, subject)


def quarantined(
    context: Any, spec: DatasetSpec, lake: LakeResource, stage: str, held: pa.Table, version: int
) -> int:
    """Rows of a stage were held back; nothing is recorded where none was. Returns the version."""
    if held.num_rows:
        counts = pc.value_counts(pc.list_flatten(held.column("reasons")))
        reasons = {str(one["values"]): one["counts"].as_py() for one in counts}
        subject = {"rows": held.num_rows, "reasons": reasons}
        _append(context, spec, lake, "quarantine", stage, version, subject)
    return version


def _append(
    context: Any,
    spec: DatasetSpec,
    lake: LakeResource,
    action: str,
    stage: str,
    version: int,
    subject: Mapping[str, Any],
) -> None:
    run, day = context.run, context.partition_key
    audit_log(lake, spec.tenant).append(
        action,
        {
            "dataset": spec.id, "date": day, "stage": stage, "version": version, "run_id": run.run_id,
            "spec_digest": spec.digest, **subject,
        },
        by=run.tags.get("user") or environment.user(),
        why=run.tags.get("refresh/reason", ""),
        once=f"{run.run_id}/{action}/{spec.id}/{stage}/{day}/{version}",
    )  # fmt: skip
