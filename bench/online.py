"""The stream of a training loop beside reading stored partitions, and its items beside the offline rows.

Ours and the peer give the same batches to a loop that does nothing with them, in turn, by the wall clock.
The peer reads each day of `validated` as any reader does and cuts it. An epoch above 0 has to be made, and no
peer has its rows: the ratio says what drawing fresh rows costs beside repeating the old ones.

    .venv/bin/python bench/online.py [--quick] [--json] [--items N]
"""

import argparse
import json
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from aug_assets import decisions, loader, recipe, sources
from aug_assets.frames import table_schema
from aug_assets.gates import judge
from aug_assets.ingest import sort_out
from aug_assets.online import AugmentedStream
from aug_assets.online.days import Day
from aug_assets.online.maker import DayMaker
from aug_assets.rows import PROVENANCE, ROW_ID, digest
from aug_assets.spec import DatasetSpec
from resources.lake import LakeResource

_NAMES = (
    "city/street_scenes",
    "helpdesk/support_queries",
    "hospital/chest_xray",
    "payments/card_fraud",
    "shop/shop_sessions",
)
_DAYS = [f"2025-02-{n:02d}" for n in range(3, 9)]
_GOAL = 0.95
_BATCH = 256
_WARM = 8  # epochs 8 to 15 are made together


def main() -> None:
    wanted = argparse.ArgumentParser(description=__doc__)
    wanted.add_argument("--json", action="store_true")
    wanted.add_argument("--quick", action="store_true", help="two days instead of six, and epochs 1 to 3")
    wanted.add_argument("--items", type=int, default=0, help="compare so many items of each dataset instead")
    chosen = wanted.parse_args()
    found = equal(chosen.items) if chosen.items else rows(quick=chosen.quick)
    if chosen.json:
        print(json.dumps({"rows": found}))
        return
    print(pd.DataFrame(found).to_string(index=False, float_format="{:.4g}".format))


def rows(*, quick: bool = False) -> list[dict[str, Any]]:
    """All figures with a goal."""
    found = []
    for name in _NAMES:
        spec = loader.get(name)
        with tempfile.TemporaryDirectory() as folder:
            lake, days = LakeResource(uri=folder), _DAYS[: 2 if quick else None]
            for day in days:
                publish(lake, spec, day, sources.read(spec, day))
            epochs = range(1, 4) if quick else range(_WARM, 2 * _WARM)
            found += [measured(lake, spec, days, epochs, workers) for workers in (None, 0, 1, 2)]
    return found


# --- speed ---------------------------------------------------------------------------------------------
def measured(
    lake: LakeResource, spec: DatasetSpec, days: list[str], epochs: range, workers: int | None
) -> dict[str, Any]:
    """Rows a second of a stream and of the peer, alternately; without a number of workers of epoch 0."""
    with AugmentedStream(spec, days, lake=lake, workers=workers or 0, batch_size=_BATCH) as stream:
        if workers is not None:
            stream.set_epoch(epochs.start - 1)
            drained(iter(stream))  # the workers are up, and the days planned
        pairs = []
        for epoch in range(3) if workers is None else epochs:
            stream.set_epoch(0 if workers is None else epoch)
            pairs.append((rate(lambda: iter(stream)), rate(lambda: stored(lake, spec, days))))
    # Over all epochs of a group: the first pays for those that were made with it.
    ours, peer = (len(pairs) / sum(1 / one[side] for one in pairs) for side in (0, 1))
    what = "epoch 0, stored" if workers is None else f"fresh epochs, {workers} workers"
    return {
        "name": f"{spec.id}: {what}, rows/s beside reading", "ours": ours, "peer": peer, "value": ours / peer,
        "goal": f">= {_GOAL}", "met": ours / peer >= _GOAL,
    }  # fmt: skip


def rate(begin: Callable[[], Iterator[pa.Table]]) -> float:
    start = time.perf_counter()
    count = drained(begin())
    return count / (time.perf_counter() - start)


def drained(batches: Iterator[pa.Table]) -> int:
    return sum(batch.num_rows for batch in batches)


def stored(lake: LakeResource, spec: DatasetSpec, days: list[str]) -> Iterator[pa.Table]:
    """The peer: the batches of the published days, each read from the lake."""
    table, rest = lake.table(spec.tenant, spec.name, "validated"), None
    for day in days:
        read = table.read({"date": day})
        held = read if rest is None else pa.concat_tables([rest, read])
        whole = held.num_rows // _BATCH * _BATCH
        yield from (held.slice(start, _BATCH) for start in range(0, whole, _BATCH))
        rest = held.slice(whole)
    if rest is not None and rest.num_rows:
        yield rest


def publish(lake: LakeResource, spec: DatasetSpec, day: str, raw: pa.Table) -> None:
    """Source, candidates, verdict and validated rows of a day, as its assets publish them."""
    source = sort_out(spec, day, raw).rows
    plan = recipe.plan(spec, day, source, digest(source))
    made = [recipe.make(plan, *chunk) for chunk in plan.chunks(spec.rows_at_once)]
    told = pa.concat_tables([PROVENANCE.empty_table(), *(one.told for one in made)])
    candidates = pa.concat_tables([table_schema(spec).empty_table(), *(one.rows for one in made)])
    verdict = judge.judge(spec, day, source, [(candidates, told)], candidates.num_rows)
    judged = {"gates_digest": spec.gates_digest, "candidates_digest": digest(candidates)}
    judged |= {"quarantine_version": 0, "releases_digest": decisions.digest({})}
    named = ("gate", "passed", "blocking", "value", "threshold", "reason")
    said = [{name: getattr(one, name) for name in named} | judged for one in verdict.judgements]
    held = verdict.quarantine.column(ROW_ID).combine_chunks()
    kept = candidates.filter(pc.invert(pc.is_in(candidates.column(ROW_ID), value_set=held)))
    both = pa.concat_tables([source, kept])
    info = {"recipe_digest": spec.recipe_digest, "spec_digest": spec.digest}
    info["source_version"] = str(_put(lake, spec, "source", day, source, info))
    info["augmented_version"] = str(_put(lake, spec, "augmented", day, candidates, info))
    _put(lake, spec, "verdict", day, pa.Table.from_pylist(said, judge.VERDICT_SCHEMA), info)
    info |= {"augmented_digest": digest(candidates), "digest": digest(both)}
    _put(lake, spec, "validated", day, both, info)


def _put(lake: LakeResource, spec: DatasetSpec, stage: str, day: str, rows: pa.Table, info: Any) -> int:
    table, where = lake.table(spec.tenant, spec.name, stage), {"date": day}
    part = table.write_part(rows, where, f"{stage}-{digest(rows)[:16]}")
    return table.commit([part], where, rows.schema, info)


# --- items beside offline rows -------------------------------------------------------------------------
def equal(items: int) -> list[dict[str, Any]]:
    """Of so many items of each dataset, those that are not the offline row, byte for byte."""
    return [differing(name, items) for name in _NAMES]


def differing(name: str, items: int) -> dict[str, Any]:
    spec, day = loader.get(name), _DAYS[0]
    source = sort_out(spec, day, sources.read(spec, day)).rows
    maker = DayMaker(spec, Day(day, source, judged=True))
    plan = recipe.plan(spec, day, source)
    seen, wrong, epoch = 0, 0, 0
    while seen < items:
        given, offline = maker.candidates(epoch), again(spec, plan, source, epoch)
        unlike = given.num_rows != offline.num_rows or digest(given) != digest(offline)
        wrong += _unlike(given, offline) if unlike else 0
        seen, epoch = seen + plan.rows, epoch + 1
    told = f"{name}: items of {epoch} epochs that are no offline rows"
    return {"name": told, "ours": wrong, "peer": seen, "value": wrong, "goal": "<= 0", "met": wrong == 0}


def again(spec: DatasetSpec, plan: recipe.Plan, source: pa.Table, epoch: int) -> pa.Table:
    """What the offline calls make of item k of an epoch, each item by a call of its own, and let through."""
    found, real = [table_schema(spec).empty_table()], judge.real_of(spec, plan.day, source)
    for part in plan.branches:
        count: dict[int, int] = {}
        for parent in part.parent.tolist():
            count[parent] = count.get(parent, 0) + 1
        for parent, copy in zip(part.parent.tolist(), part.copy.tolist(), strict=True):
            number = np.array([copy + epoch * count[parent]], np.int32)
            few = replace(part, parent=np.array([parent], np.int64), copy=number)
            made = recipe.make(replace(plan, branches=(few,)), 0, 0, 1)
            found.append(_accepted(real, made) if made.rows.num_rows else made.rows)
    return pa.concat_tables(found).combine_chunks()


def _accepted(real: Any, made: recipe.Made) -> pa.Table:
    steps = [step for step in real.spec.gate_steps if step.gate != "replay"]
    seen = judge.look(real, [(made.rows, made.told)], steps=steps)
    return made.rows.slice(0, 0) if any(held.num_rows for held in seen.held) else made.rows


def _unlike(given: pa.Table, offline: pa.Table) -> int:
    one, other = ({digest(t.slice(n, 1)) for n in range(t.num_rows)} for t in (given, offline))
    return max(len(one ^ other), 1)


if __name__ == "__main__":
    main()
