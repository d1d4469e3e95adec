"""A day made from nothing, here or on a Dask worker, told by its digests. No tests."""

import json
import random
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from aug_assets import recipe
from aug_assets.assets import chunks
from aug_assets.rows import digest
from tests import builders
from tests.assets.days import Days

ROWS = 400
RECIPE = [
    {
        **builders.branch("rare", copies=3),
        "steps": [{"operator": "smote_nc"}, {"operator": "jitter_bootstrap"}],
    },
    {"name": "all", "select": {"rows": "all", "copies": 1}, "steps": [{"operator": "jitter_bootstrap"}]},
]


def made(folder: str, chunk_rows: int, shuffle: int | None = None) -> dict[str, Any]:
    """Publish the day in a lake of its own.

    Args:
        folder: For the delivery and the lake.
        chunk_rows: Candidates a chunk.
        shuffle: Seed of the order in which chunks are begun.

    Returns:
        Digests of the published rows and of their provenance, and which processes made them.
    """
    Path(folder).mkdir(parents=True, exist_ok=True)
    days = Days(Path(folder), recipe=RECIPE, chunk_rows=chunk_rows, gates=[{"gate": "rules"}])
    days.deliver(builders.frame(ROWS))
    parts: list[chunks.Made] = []
    make_all = chunks.make_all

    def watched(context: Any, plan: recipe.Plan, lake: Any) -> Sequence[chunks.Made]:
        order = list(range(len(plan.chunks(chunk_rows))))
        if shuffle is not None:
            random.Random(shuffle).shuffle(order)
        parts.extend(make_all(context, plan, lake, order))
        return parts

    chunks.make_all = watched
    try:
        run = days.run()
    finally:
        chunks.make_all = make_all
    assert run.success, run.told or run.failed_checks
    return {
        "validated": digest(days.rows("validated")),
        "provenance": digest(days.rows("provenance")),
        "accepted": run.metadata["validated"]["accepted"],
        "chunks": len(parts),
        "pids": sorted({part.thread[0] for part in parts}),
    }


def slow_down(seconds: float) -> None:
    """Let every chunk of this process take longer."""
    make = recipe.make

    def slow(*args: Any) -> Any:
        time.sleep(seconds)
        return make(*args)

    recipe.make = slow


if __name__ == "__main__":
    sys.stdout.write(json.dumps(made(sys.argv[1], int(sys.argv[2]))))
