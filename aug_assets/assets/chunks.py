"""Making a day's candidates in chunks, on as many workers as there are. Plans travel by path, rows never."""

import os
import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Protocol

from aug_assets import recipe
from aug_assets.assets import common
from aug_assets.cost import Spent
from resources import metering
from resources.delta_table import LakeTable, Part
from resources.fanout import map_chunks
from resources.lake import LakeResource
from resources.lake_scratch import Scratch
from resources.scratch_objects import get_object, put_object


@dataclass(frozen=True)
class Chunk:
    """One stretch of a day's candidates, and where they go."""

    scratch: Scratch
    plan: str
    branch: int
    start: int
    end: int
    day: str
    name: str
    augmented: LakeTable
    provenance: LakeTable
    quarantine: LakeTable


@dataclass(frozen=True)
class Made:
    """What a chunk left in the lake, and what it cost outside the step's own thread.

    ``reasons`` counts the rows that the recipe's own filters refused.
    """

    augmented: Part
    provenance: Part
    quarantine: Part
    reasons: dict[str, int]
    thread: tuple[int, int]
    spent: Spent


def make_all(
    context: Any, plan: recipe.Plan, lake: LakeResource, order: Sequence[int] | None = None
) -> list[Made]:
    """Make every candidate of a plan; the parts are written and not yet committed.

    Args:
        context: The step, for its run id and attempt.
        plan: The day's plan.
        lake: Where the parts go.
        order: In which order to hand out the chunks; the result does not depend on it.
    """
    stretches = plan.chunks(plan.spec.rows_at_once)
    scratch = lake.scratch(context.run.run_id)
    name = f"plan-{plan.spec.tenant}-{plan.spec.name}-{plan.day}-{context.retry_number}"
    tables = [common.table(lake, plan.spec, stage) for stage in ("augmented", "provenance")]
    tables.append(common.quarantine_table(lake, plan.spec))
    chunks = [
        Chunk(scratch, name, branch, start, end, plan.day, common.part_name(context, number), *tables)
        for number, (branch, start, end) in enumerate(stretches)
    ]
    try:
        put_object(scratch, name, plan)
        return map_chunks(_make, chunks, label=f"{context.run.run_id}.{name}", order=order)
    finally:
        scratch.cleanup()  # a plan holds people's rows: it must not outlive the step


def _make(chunk: Chunk) -> Made:
    meter = metering.Meter()
    found = recipe.make(_plan(chunk.scratch, chunk.plan), chunk.branch, chunk.start, chunk.end)
    where = {"date": chunk.day}
    made = chunk.augmented.write_part(found.rows, where, chunk.name)
    told = chunk.provenance.write_part(found.record, where, chunk.name)
    held = chunk.quarantine.write_part(found.refused, {**where, "stage": "recipe"}, chunk.name)
    reasons = Counter(reason for row in found.refused.column("reasons").to_pylist() for reason in row)
    return Made(made, told, held, dict(reasons), thread(), meter.spent())


class Cost(Protocol):
    """What a chunk cost, and the process and thread that it ran in."""

    @property
    def thread(self) -> tuple[int, int]:
        """See :func:`thread`."""

    @property
    def spent(self) -> Spent:
        """By that thread."""


def spent_elsewhere(parts: Sequence[Cost]) -> Spent:
    """What the chunks used that ran in other threads than this one, whose own use is counted anyway.

    Memory is that of a process: of this one it is counted with the step.
    """
    total, here = Spent(), thread()
    for part in parts:
        if part.thread != here:
            same = part.thread[0] == here[0]
            total += replace(part.spent, gib_seconds=0.0) if same else part.spent
    return total


def thread() -> tuple[int, int]:
    """Names this thread among those of all workers of a machine."""
    return os.getpid(), threading.get_ident()


@lru_cache(maxsize=2)  # a worker makes many chunks of one plan
def _plan(scratch: Scratch, name: str) -> recipe.Plan:
    plan: recipe.Plan = get_object(scratch, name)
    return plan
