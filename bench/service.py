"""The service's own time for a batch and for single rows, and what becomes of three times too much.

One process and one thread answer; clients are threads of the same process, so that the figures are the least
that a machine does. The peer of a batch is the bare call that makes and judges the same candidates.

    .venv/bin/python bench/service.py [--quick] [--json]
"""

import argparse
import json
import tempfile
import time
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import numpy as np
import pandas as pd
from online import publish

from aug_assets import loader, sources
from aug_assets.errors import OverloadedError
from aug_assets.rows import to_hex
from aug_assets.service.asks import Answer, Ask
from aug_assets.service.desk import Desk
from aug_assets.service.engine import Engine
from resources.lake import LakeResource

_DATASET, _DAY = "payments/card_fraud", "2025-02-03"
_BATCH, _P99, _SINGLES = 256, 0.005, 1000.0


def main() -> None:
    wanted = argparse.ArgumentParser(description=__doc__)
    wanted.add_argument("--json", action="store_true")
    wanted.add_argument("--quick", action="store_true")
    chosen = wanted.parse_args()
    found = rows(quick=chosen.quick)
    if chosen.json:
        print(json.dumps({"rows": found}))
        return
    print(pd.DataFrame(found).to_string(index=False, float_format="{:.4g}".format))


def rows(*, quick: bool = False) -> list[dict[str, Any]]:
    """All figures with a goal."""
    with tempfile.TemporaryDirectory() as folder:
        lake, spec = LakeResource(uri=folder), loader.get(_DATASET)
        publish(lake, spec, _DAY, sources.read(spec, _DAY))
        engine = Engine(lake)
        parents = _parents(engine)
        return [
            *_batches(engine, parents, 30 if quick else 300),
            *_singles(engine, parents, 500 if quick else 5000),
        ]


def _parents(engine: Engine) -> list[str]:
    maker, _ = engine._day(_DATASET, _DAY)  # noqa: SLF001 - which parents have copies
    part = maker.plan.branches[0]
    names: list[str] = to_hex(part.ids[np.unique(part.parent)]).to_pylist()
    return names


def _batches(engine: Engine, parents: list[str], times: int) -> list[dict[str, Any]]:
    """Candidates enough for a batch of 256, another epoch each time."""
    took, made = [], 0
    for epoch in range(times + 3):
        start = time.perf_counter()
        answer = engine.answer([Ask(_DATASET, _DAY, epoch, tuple(parents))])[0]
        took.append(time.perf_counter() - start)
        made += answer.rows.num_rows
    per = made / (times + 3)
    p50, p99 = np.percentile(np.array(took[3:]) * _BATCH / per, (50, 99))
    told = f"seconds for {_BATCH} accepted rows, made {per:.0f} at a time"
    return [
        {"name": f"{told}, {what}", "ours": value, "peer": None, "value": value, "goal": f"<= {_P99}",
         "met": bool(value <= _P99)}
        for what, value in (("p50", p50), ("p99", p99))
    ]  # fmt: skip


def _singles(engine: Engine, parents: list[str], count: int) -> list[dict[str, Any]]:
    desk = Desk(engine.answer, room=256)
    wanted = [Ask(_DATASET, _DAY, 1, (parents[n % len(parents)],)) for n in range(count)]
    start = time.perf_counter()
    futures = [_insisting(desk, ask) for ask in wanted]
    wrong = sum(_wrong(ask, future.result()) for ask, future in zip(wanted, futures, strict=True))
    rate = count / (time.perf_counter() - start)
    with ThreadPoolExecutor(768) as people:  # three times what may wait
        outcomes = list(people.map(lambda ask: _once(desk, ask), wanted))
    desk.close()
    shed = sum(one is None for one in outcomes)
    wrong += sum(bool(one) for one in outcomes)
    return [
        {"name": "requests/s of single rows", "ours": rate, "peer": None, "value": rate,
         "goal": f">= {_SINGLES:g}", "met": rate >= _SINGLES},
        {"name": f"replies lost or mixed up of {2 * count:,}, {shed:,} of them shed at once", "ours": wrong,
         "peer": None, "value": wrong, "goal": "<= 0", "met": wrong == 0},
    ]  # fmt: skip


def _insisting(desk: Desk, ask: Ask) -> "Future[Answer]":
    while True:
        try:
            return desk.put(ask)
        except OverloadedError:
            time.sleep(0.001)


def _once(desk: Desk, ask: Ask) -> bool | None:
    """Whether the reply is of somebody else; None where it was shed."""
    try:
        return _wrong(ask, desk.put(ask).result(timeout=60))
    except OverloadedError:
        return None


def _wrong(ask: Ask, answer: Answer) -> bool:
    told = answer.told.column("parents").to_pylist()
    return not told or {one[0] for one in told} != set(ask.parents)


if __name__ == "__main__":
    main()
