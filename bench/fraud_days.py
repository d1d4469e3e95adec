"""Days of real-sized card data through the whole graph: rows per second, memory, and where the time goes.

    python bench/fraud_days.py --data handbook_transformed.parquet --days 14

The first day is run once before, so that starting the cluster and importing on the workers is not counted.
"""

import argparse
import json
import os
import resource
import tempfile
import threading
import time
from datetime import date, timedelta
from pathlib import Path

import psutil

_DATASET = "payments/fraud_handbook"
_FIRST = date(2018, 6, 1)
_KINDS = {"validation": ("validate",), "input and output": ("read", "write"), "generation": ("make",)}


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--data", required=True, help="the handbook's transactions as one Parquet file")
    words.add_argument("--days", type=int, default=14)
    words.add_argument("--json", action="store_true")
    chosen = words.parse_args()
    with tempfile.TemporaryDirectory() as home:
        os.environ |= {
            "DAGSTER_HOME": home,
            "AUG_LAKE": f"{home}/lake",
            "AUG_DATASETS": str(Path(__file__).parent / "datasets"),
            "AUG_FRAUD_DATA": str(Path(chosen.data).absolute()),
        }
        print_figures(measure(home, chosen.days), as_json=chosen.json)


def measure(home: str, days: int) -> dict[str, float]:
    from aug_assets.commands.run import run
    from resources import dask_cluster

    try:
        run(_DATASET, _FIRST.isoformat(), _FIRST.isoformat())
        (cluster,) = dask_cluster.status(home)
        watch = Watch(cluster.pid)
        begun = time.perf_counter()
        results = run(_DATASET, _FIRST.isoformat(), (_FIRST + timedelta(days=days - 1)).isoformat())
        wall = time.perf_counter() - begun
        cpu, peak = watch.stop()
    finally:
        dask_cluster.stop(home)
    assert all(day.succeeded for day in results), [day.error for day in results]
    inside = sum(sum(day.spent.values()) for day in results)
    in_steps = sum(day.cpu_seconds for day in results)
    figures = {
        "days": len(results),
        "rows in": sum(day.rows_in for day in results),
        "candidates": sum(day.candidates for day in results),
        "accepted": sum(day.accepted for day in results),
        "wall s": wall,
        "rows/s": sum(day.rows_in for day in results) / wall,
        "CPU s": cpu,
        "CPU s inside steps": in_steps,
        "Dagster and Dask, % of CPU": 100 * (cpu - in_steps) / cpu,
        "peak memory of one worker, MiB": peak / 2**20,
    }
    for name, kinds in _KINDS.items():
        spent = sum(day.spent.get(kind, 0.0) for day in results for kind in kinds)
        figures[f"{name}, % of time inside steps"] = 100 * spent / inside
    return figures


class Watch(threading.Thread):
    """CPU seconds of this process and the cluster, and the most memory that one process of it held."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self._root = psutil.Process(pid)
        self._peak = 0
        self._ended = threading.Event()
        self._begun = self._cpu()
        self.start()

    def run(self) -> None:
        while not self._ended.wait(0.2):
            self._peak = max(self._peak, *(p.memory_info().rss for p in self._processes()))

    def stop(self) -> tuple[float, int]:
        self._ended.set()
        self.join()
        return self._cpu() - self._begun, self._peak

    def _processes(self) -> list[psutil.Process]:
        return [self._root, *self._root.children(recursive=True)]

    def _cpu(self) -> float:
        own = resource.getrusage(resource.RUSAGE_SELF)
        cluster = [p.cpu_times() for p in self._processes()]
        return own.ru_utime + own.ru_stime + sum(t.user + t.system for t in cluster)


def print_figures(figures: dict[str, float], *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(figures))
        return
    for name, value in figures.items():
        print(f"{name:42s} {value:14,.1f}")


if __name__ == "__main__":
    main()
