"""What waits for a person of a day: found anew from candidates and decisions each time that somebody asks."""

from typing import Any

import pyarrow as pa

from aug_assets import review
from aug_assets.assets import common, decisions_record
from aug_assets.decisions import Decision
from aug_assets.rows import ROW_ID
from aug_assets.spec import DatasetSpec
from resources.lake import LakeResource

Waiting = dict[str, tuple[pa.Table, list[Decision]]]  # queued rows and all decisions, by stage


def waiting(
    context: Any, spec: DatasetSpec, lake: LakeResource, accepted: pa.Table, held: pa.Table
) -> Waiting:
    """The day's queue.

    Args:
        context: The step.
        spec: A dataset with a ``review``.
        lake: The lake.
        accepted: The candidates that the gates let through.
        held: Those that they did not.
    """
    assert spec.review is not None
    day = context.partition_key
    told = accepted.select([ROW_ID]).slice(0, 0)
    if spec.review.doubt:
        version = common.latest(context, spec, "augmented")["provenance_version"]
        told = common.table(lake, spec, "provenance").read({"date": day}, version, [ROW_ID, "drawn"])
    return {
        common.REVIEW: (
            review.queue(spec, accepted, told),
            decisions_record.of_day(lake, spec, day, common.REVIEW),
        ),
        "augmented": (
            review.held_for(spec, held),
            decisions_record.of_day(lake, spec, day, "augmented"),
        ),
    }


def let_through(
    context: Any, spec: DatasetSpec, lake: LakeResource, accepted: pa.Table, held: pa.Table
) -> tuple[pa.Table, dict[str, Any]]:
    """What people left of the accepted candidates, and the figure of it; all of them without a ``review``.

    Raises:
        ReviewOpenError: A queued row has no decision.
    """
    if spec.review is None:
        return accepted, {}
    queued = waiting(context, spec, lake, accepted, held)
    kept, rejected = review.let_through(spec, context.partition_key, accepted, queued)
    return kept, {"rejected_in_review": rejected}
