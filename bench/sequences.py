"""Operators on sessions against a loop over sessions in Python, in one process and run, interleaved.

    python bench/sequences.py [--quick] [--json]

Processor seconds of one thread to change every session once, with items and times, and types where they are
read; what is learned before (which items go together) is the same for both and not counted. Ours goes from a
frame with list columns and keys to a frame; the peer from Python lists to Python lists. The peer is written
here after the papers (Xie et al., CL4SRec; Liu et al., CoSeRec) in the form of their published code: one
sequence at a time, copied, with the ``random`` module; where that copies deeply this copies a list.
Data of the size of Amazon Beauty: 22,363 users, 12,101 items, 198,502 events.
"""

import argparse
import copy
import gc
import json
import math
import os
import random
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ["OMP_NUM_THREADS"] = "1"  # before the libraries count the processors
os.environ.setdefault("AUG_NUMBA", "1")  # compiled from the first row on, as in a worker that is warm
sys.path.insert(0, str(Path(__file__).parents[1]))

import numpy as np
import pandas as pd
import pyarrow as pa

from aug_assets import operators
from aug_assets.keys import RowKeys, row_keys, step_key
from aug_assets.operators.base import Columns

_USERS, _ITEMS, _EVENTS = 22_363, 12_101, 198_502
_DAY = 86_400_000_000
_NEAR = 5
_GOAL = 10.0
_GOALS = {
    f"{name}, times faster than a loop": _GOAL
    for name in (
        "category_swap", "cold_prefix", "crop_window", "drop_events", "insert", "popularity_swap", "reorder",
        "session_noise", "substitute",
    )
}  # fmt: skip
Session = tuple[list[Any], ...]  # items, times and, where they are read, types


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--json", action="store_true")
    words.add_argument("--quick", action="store_true", help="a tenth of the users")
    chosen = words.parse_args()
    found = rows(quick=chosen.quick)
    if chosen.json:
        print(json.dumps({"rows": found}))
        return
    print(pd.DataFrame(found).to_string(index=False, float_format="{:.4g}".format))


def rows(*, quick: bool = False) -> list[dict[str, Any]]:
    """All figures with a goal."""
    return speed(_USERS // 10 if quick else _USERS, 5 if quick else 7)


def speed(users: int, repeats: int) -> list[dict[str, Any]]:
    """How many times faster each operator is than its loop."""
    frame = sessions(users)
    keys = make_keys(users)
    return [row(name, *both(name, frame, keys, repeats)) for name in PEERS]


def row(name: str, ours: float, peer: float) -> dict[str, Any]:
    """One figure: seconds of both, and their ratio."""
    title = f"{name}, times faster than a loop"
    value = peer / ours
    return {
        "name": title,
        "ours": ours,
        "peer": peer,
        "value": value,
        "goal": f">= {_GOALS[title]:g}",
        "met": value >= _GOALS[title],
    }


def both(name: str, frame: pd.DataFrame, keys: RowKeys, repeats: int) -> tuple[float, float]:
    """Least seconds of ours and of the peer, in turns, after one of ours that compiles."""
    operator = operators.get(name)
    names = ("item", "at", "kind") if name in _TYPED else ("item", "at")
    frame, roles = frame[[*names]], Columns((), (), {}, {}, {"each": names})
    params = operator.Params.model_validate({"operator": name, **PARAMS.get(name, {})})
    state = operator.fit(frame, roles, params)
    learned = LEARNED[name](state) if name in LEARNED else None
    lists, peer, rng = as_lists(frame), PEERS[name], random.Random(1)

    def loop() -> list[Session]:
        return [peer(session, learned, rng) for session in lists]

    operator.draw(state, params, keys, frame)
    taken = [
        (seconds(lambda: operator.draw(state, params, keys, frame)), seconds(loop)) for _ in range(repeats)
    ]
    return min(ours for ours, _ in taken), min(theirs for _, theirs in taken)


def seconds(work: Callable[[], object]) -> float:
    """Processor seconds."""
    gc.collect()
    start = time.process_time()
    work()
    return time.process_time() - start


# --- data ----------------------------------------------------------------------------------------------
_TYPED = ("category_swap", "session_noise")  # which read a third column; the others get items and times only
_KINDS = tuple(f"k{n}" for n in range(20))
PARAMS: dict[str, dict[str, Any]] = {
    "category_swap": {"category": "kind"},
    "session_noise": {
        "event": "kind",
        "free": ["k0"],
        "grammar": {f"k{n}": [f"k{m}" for m in range(20)] for n in range(20)},
    },
}


def sessions(users: int, seed: int = 1) -> pd.DataFrame:
    """Histories of at least five events, a few long; items of a long tail that go together by fifties."""
    rng = np.random.Generator(np.random.Philox(key=seed))
    extra = rng.geometric(1 / (_EVENTS / _USERS - 4), users) - 1
    lengths = 5 + extra
    total = int(lengths.sum())
    taste = np.repeat(rng.integers(0, _ITEMS // 50, users), lengths)
    popular = (_ITEMS * rng.random(total) ** 2).astype(np.int64)
    item = np.where(rng.random(total) < 0.5, taste * 50 + (50 * rng.random(total) ** 2).astype(int), popular)
    first = np.repeat(np.cumsum(lengths) - lengths, lengths)
    pauses = np.cumsum(rng.integers(0, 20, total)) * _DAY
    at = 1_300_000_000_000_000 + pauses - pauses[first]
    kind = pa.array(_KINDS).take(pa.array(item % 20))
    offsets = pa.array(np.concatenate([[0], np.cumsum(lengths)]), pa.int32())
    flat = {"item": pa.array(item), "at": pa.array(at).cast(pa.timestamp("us", "UTC")), "kind": kind}
    return pd.DataFrame(
        {
            name: pd.Series(pd.arrays.ArrowExtensionArray(pa.ListArray.from_arrays(offsets, values)))
            for name, values in flat.items()
        }
    )


def make_keys(users: int) -> RowKeys:
    ids = np.arange(2 * users, dtype=np.uint64).reshape(-1, 2)
    parent = np.arange(users)
    return row_keys(step_key("bench/sequences", "2025-01-01", "step"), ids, parent, np.zeros(users, np.int32))


def as_lists(frame: pd.DataFrame) -> list[Session]:
    table = pa.Table.from_pandas(frame)
    table = table.set_column(1, "at", table["at"].cast(pa.list_(pa.int64())))
    return list(zip(*(column.to_pylist() for column in table.columns), strict=True))


# --- the peer: one sequence at a time ------------------------------------------------------------------
def crop(session: Session, _: Any, rng: random.Random, share: float = 0.6) -> Session:
    items, times = copy.copy(session[0]), copy.copy(session[1])
    history = len(items) - 1
    width = max(1, int(share * history))
    start = rng.randint(0, history - width)
    return [*items[start : start + width], items[-1]], moved_up(
        times, [*range(start, start + width), history]
    )


def prefix(session: Session, _: Any, rng: random.Random, most: int = 3) -> Session:
    items, times = copy.copy(session[0]), copy.copy(session[1])
    length = rng.randint(1, min(most, len(items) - 2))
    return [*items[:length], items[-1]], moved_up(times, [*range(length), len(items) - 1])


def drop(session: Session, _: Any, rng: random.Random, share: float = 0.2) -> Session:
    items, times = copy.copy(session[0]), copy.copy(session[1])
    history = len(items) - 1
    gone = set(rng.sample(range(history), max(1, int(share * history))))
    kept = [n for n in range(history + 1) if n not in gone]
    return [items[n] for n in kept], moved_up(times, kept)


def moved_up(times: list[int], kept: list[int]) -> list[int]:
    """The last stays when it was, the others keep the pause that followed them."""
    made = [times[-1]]
    for n in reversed(kept[:-1]):
        made.append(made[-1] - (times[n + 1] - times[n]))
    return made[::-1]


def reorder(session: Session, _: Any, rng: random.Random, window: int = 4) -> Session:
    items, times = copy.copy(session[0]), copy.copy(session[1])
    history = len(items) - 1
    width = min(window, history)
    start = rng.randint(0, history - width)
    part = items[start : start + width]
    rng.shuffle(part)
    return items[:start] + part + items[start + width :], times


def substitute(session: Session, near: list[list[int]], rng: random.Random, share: float = 0.2) -> Session:
    items, times = copy.copy(session[0]), copy.copy(session[1])
    history = len(items) - 1
    for n in rng.sample(range(history), max(1, int(share * history))):
        if items[n] < len(near) and near[items[n]]:
            items[n] = rng.choice(near[items[n]])
    return items, times


def swap(session: Session, pools: tuple[list[list[int]], list[int]], rng: random.Random) -> Session:
    items, *others = (copy.copy(part) for part in session)
    history = len(items) - 1
    for n in rng.sample(range(history), max(1, int(0.1 * history))):
        pool = pools[0][pools[1][items[n]]] if items[n] < len(pools[1]) else []
        if len(pool) > 1:
            other = rng.choice(pool)
            while other == items[n]:
                other = rng.choice(pool)
            items[n] = other
    return items, *others


def insert(session: Session, near: list[list[int]], rng: random.Random, share: float = 0.2) -> Session:
    items, times = copy.copy(session[0]), copy.copy(session[1])
    history = len(items) - 1
    after = set(rng.sample(range(history), max(1, int(share * history))))
    made: Session = ([], [])
    for n, item in enumerate(items):
        made[0].append(item)
        made[1].append(times[n])
        if n in after and item < len(near) and near[item]:
            made[0].append(rng.choice(near[item]))
            made[1].append(times[n] + math.floor(rng.random() * (times[n + 1] - times[n])))
    return made


def noise(session: Session, _: Any, rng: random.Random, share: float = 0.1) -> Session:
    items, times, kinds = (copy.copy(part) for part in session)
    history = len(items) - 1
    grammar = PARAMS["session_noise"]["grammar"]
    may = [n for n in range(history) if "k0" in grammar[kinds[n]] and kinds[n + 1] in grammar["k0"]]
    after = set(rng.sample(may, min(len(may), max(1, int(share * history)))))
    made: Session = ([], [], [])
    for n, item in enumerate(items):
        made[0].append(item)
        made[1].append(times[n])
        made[2].append(kinds[n])
        if n in after:
            made[0].append(item)
            made[1].append(times[n] + math.floor(rng.random() * (times[n + 1] - times[n])))
            made[2].append("k0")
    return made


PEERS: dict[str, Callable[[Session, Any, random.Random], Session]] = {
    "category_swap": swap, "cold_prefix": prefix, "crop_window": crop, "drop_events": drop, "insert": insert,
    "popularity_swap": swap, "reorder": reorder, "session_noise": noise, "substitute": substitute,
}  # fmt: skip


def near_of(state: Any) -> list[list[int]]:
    """What goes with each item, as the loop looks it up: lists by item number."""
    swaps = state.learned
    low, high, pool = swaps.choices.low, swaps.choices.high, swaps.choices.pool
    items = swaps.catalogue.items.to_numpy()
    made: list[list[int]] = [[] for _ in range(_ITEMS + 50)]
    for code, item in enumerate(items):
        made[item] = items[pool[low[code] : high[code]]].tolist()
    return made


def pools_of(state: Any) -> tuple[list[list[int]], list[int]]:
    """Pools of alternatives and the pool of each item."""
    near = near_of(state)
    return near, list(range(len(near)))


LEARNED: dict[str, Callable[[Any], Any]] = {
    "category_swap": pools_of, "insert": near_of, "popularity_swap": pools_of, "substitute": near_of,
}  # fmt: skip

if __name__ == "__main__":
    main()
