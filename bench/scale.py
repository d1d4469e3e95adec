"""How cost grows with rows and with workers.

    AUG_FRAUD_DATA=handbook_transformed.parquet python bench/scale.py --json

Generation streamed chunk by chunk into one buffer, from 1e5 rows on; chunks of it on one and two workers of a
cluster; what the cluster itself costs a chunk, and from that a model of 8 and 64 workers; and
partitions of many card payments, each made whole in a process of its own, for the memory that it takes.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from audit import _DATA, _FIRST
from tabular import numeric, roles

from aug_assets.keys import row_keys, step_key
from aug_assets.operators.tabular.smote import Between, Smote, SmoteParams, interpolate

_CHUNK = 65_536
_PARENTS = 2_000
_TASKS, _A_TASK = 24, 4_000_000  # rows of a chunk on the cluster: most of a second
_EMPTY = 400
_LIMIT = 2 * 2**30
_AN_HOUR = 20_000_000 // 24  # rows; a day of so many is made by hours, see `every` in docs/dataset.md
_MADE = """
import json, resource, sys, time
from backfill import bare_day
start = time.process_time()
bare_day(sys.argv[1])
print(json.dumps([time.process_time() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024]))
"""


def rows(*, quick: bool = False) -> list[dict[str, Any]]:
    """One dict a figure: ``name, ours, peer, value, goal, met``."""
    return [
        growth(7 if quick else 8),
        *workers(),
        *days([100_000, _AN_HOUR, *([] if quick else [1_600_000])]),
    ]


def growth(most: int) -> dict[str, Any]:
    """The exponent of CPU time over rows, by least squares on logarithms."""
    sizes = [10**n for n in range(5, most + 1)]
    streamed(sizes[0])
    spent = [streamed(size) for size in sizes]
    exponent = float(np.polyfit(np.log(sizes), np.log(spent), 1)[0])
    name = f"generation streamed, 1e5 to 1e{most} rows: exponent of CPU time"
    return _row(name, spent[-1], spent[0], exponent, "<=", 1.05)


def streamed(count: int) -> float:
    """CPU seconds of so many rows of 30 floats, with their keys, into a buffer that is thrown away."""
    state = _fitted()
    ids = np.arange(2 * _PARENTS, dtype=np.uint64).reshape(-1, 2)
    step = step_key("bench/scale", "2025-01-01", "step")
    buffer, start = Between.empty(_CHUNK, state.coded), time.process_time()
    for first in range(0, count, _CHUNK):
        number = np.arange(first, first + _CHUNK)
        parent, copy = number % _PARENTS, (number // _PARENTS).astype(np.int32)
        interpolate(state.coded, state.neighbours, row_keys(step, ids, parent, copy), buffer)
    return time.process_time() - start


@cache
def _fitted() -> Any:
    frame = numeric(_PARENTS, 30, 2)
    return Smote.fit(frame, roles(frame), SmoteParams())


def workers() -> list[dict[str, Any]]:
    """Chunks on one worker and on two, and what the cluster would make of more."""
    one, two = (_on(count, _TASKS, _A_TASK) for count in (1, 2))
    cost = _on(2, _EMPTY, 0) / _EMPTY
    chunk = one / _TASKS
    found = [
        _row("chunks, 1 to 2 workers: efficiency", one, two, one / (2 * two), ">=", 0.9),
        _row("a chunk without work, milliseconds of the cluster", 1000 * cost, None, 1000 * cost, "<=", 20.0),
    ]
    for count in (8, 64):  # they work side by side; what the scheduler and the run do for a chunk does not
        name = f"model: chunks of {chunk:.2f} s on {count} workers: efficiency"
        found.append(_row(name, chunk, cost, min(1.0, chunk / (count * cost)), ">=", 0.9))
    return found


def _on(count: int, tasks: int, size: int) -> float:
    """Seconds of chunks on a cluster of so many workers, which have done some before."""
    import scale  # by its name: a worker cannot import what is in `__main__`

    from resources import dask_cluster

    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        try:
            with dask_cluster.connect(folder, workers=count) as client:
                client.submit(scale.fan, 4 * count, 100_000, pure=False).result()
                start = time.perf_counter()
                client.submit(scale.fan, tasks, size, pure=False).result()
                return time.perf_counter() - start
        finally:
            dask_cluster.stop(folder)


def fan(tasks: int, size: int) -> None:
    """What a step does with chunks: spread them over the workers of its cluster, and wait."""
    import scale

    from resources.fanout import map_chunks

    map_chunks(scale.streamed if size else scale.nothing, [size] * tasks, label="scale")


def nothing(_: int) -> float:
    """A chunk without work."""
    return 0.0


def days(sizes: list[int]) -> list[dict[str, Any]]:
    """Partitions of the Handbook's payments, each made by itself: CPU time and peak memory over rows."""
    made = [_made(size) for size in sizes]
    cpu, peak = (np.array([one[n] for one in made]) for n in (0, 1))
    a_row, base = np.polyfit(sizes, peak, 1)
    exponent = float(np.polyfit(np.log(sizes), np.log(cpu), 1)[0])
    hour = peak[sizes.index(_AN_HOUR)] / 2**30
    return [
        _row(
            f"a partition, {sizes[0]:,} to {sizes[-1]:,} rows: exponent of CPU time",
            cpu[-1],
            cpu[0],
            exponent,
            "<=",
            1.05,
        ),
        _row("an hour of a day of 20M rows, made whole: GiB of a worker", hour, 2.0, hour, "<=", 2.0),
        _row(
            "rows of a partition in 2 GiB of a worker",
            _LIMIT,
            base,
            float((_LIMIT - base) / a_row),
            ">=",
            _AN_HOUR,
        ),
    ]


def _made(size: int) -> tuple[float, float]:
    source = os.environ.get("AUG_FRAUD_DATA", str(_DATA))
    with tempfile.TemporaryDirectory() as folder:
        raw = f"{folder}/day.parquet"
        _gathered(source, size, raw)
        settings = {
            "AUG_FRAUD_DATA": raw, "DAGSTER_HOME": folder, "AUG_LAKE": f"{folder}/lake",
            "AUG_DATASETS": str(Path(__file__).parent / "datasets"), "PYTHONPATH": str(Path(__file__).parent),
        }  # fmt: skip
        words = [sys.executable, "-W", "ignore", "-c", _MADE, _FIRST.isoformat()]
        done = subprocess.run(
            words, env=os.environ | settings, capture_output=True, text=True, check=False, timeout=3600
        )
        if done.returncode:
            raise RuntimeError(done.stderr[-2000:])
        cpu, peak = json.loads(done.stdout.strip().splitlines()[-1])
        return float(cpu), float(peak)


def _gathered(source: str, size: int, path: str) -> None:
    """Payments of as many days as it takes, put on the first one under new ids; then again, cents off."""
    file, taken, again = pq.ParquetFile(source), 0, 0
    with pq.ParquetWriter(path, file.schema_arrow) as writer:
        while taken < size:
            for group in range(file.num_row_groups):
                rows = file.read_row_group(group)
                rows = rows.slice(0, size - taken)
                writer.write_table(_moved(rows, taken, again))
                taken += len(rows)
            again += 1


def _moved(rows: pa.Table, first: int, again: int) -> pa.Table:
    when = rows.column("TX_DATETIME")
    moved = {
        "TRANSACTION_ID": pa.chunked_array([np.arange(first, first + len(rows))]),
        "TX_AMOUNT": pc.add(rows.column("TX_AMOUNT"), 0.01 * again),
        "TX_DATETIME": pc.add(pa.scalar(_FIRST), pc.subtract(when, pc.floor_temporal(when, unit="day"))),
    }
    for name, values in moved.items():
        at = rows.schema.get_field_index(name)
        rows = rows.set_column(at, rows.schema.field(at), values.cast(rows.schema.field(at).type))
    return rows


def _row(name: str, ours: float, peer: float | None, value: float, sense: str, goal: float) -> dict[str, Any]:
    met = value <= goal if sense == "<=" else value >= goal
    return {
        "name": name,
        "ours": ours,
        "peer": peer,
        "value": value,
        "goal": f"{sense} {goal:g}",
        "met": bool(met),
    }


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--json", action="store_true")
    words.add_argument("--quick", action="store_true")
    chosen = words.parse_args()
    os.environ["AUG_CODE_DIGEST"] = "bench"
    found = rows(quick=chosen.quick)
    if chosen.json:
        print(json.dumps({"rows": found}))
        return
    for one in found:
        print(f"{one['name']:62} {one['value']:12.4g} goal {one['goal']} met {one['met']}")


if __name__ == "__main__":
    main()
