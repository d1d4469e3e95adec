"""Customers forgotten in half a year of card data: partitions touched, and the time of it.

    AUG_FRAUD_DATA=handbook_transformed.parquet python bench/forget.py --json

The days are stored as the assets store them, and made again by real runs. Wall clock, this machine's disk.
"""

import argparse
import json
import os
import tempfile
import time
from collections import defaultdict
from datetime import timedelta
from pathlib import Path
from typing import Any

from audit import _DATA, _DATASET, _DAYS, _FIRST, Lake


def rows(*, quick: bool = False) -> list[dict[str, Any]]:
    """One dict a figure: ``name, ours, peer, value, goal, met``."""
    os.environ["AUG_DATASETS"] = str(Path(__file__).parent / "datasets")
    os.environ.setdefault("AUG_FRAUD_DATA", str(_DATA))
    os.environ.setdefault("AUG_CODE_DIGEST", "bench")  # files may be edited while it runs
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"AUG_LAKE": f"{folder}/lake", "DAGSTER_HOME": folder}
        days = [(_FIRST + timedelta(n)).isoformat() for n in range(_DAYS // (10 if quick else 1))]
        return measure(Lake(days), folder)


def measure(lake: Lake, home: str) -> list[dict[str, Any]]:
    """A customer of few days is forgotten; of the median one it is said what that would touch."""
    from resources import dask_cluster

    ranked = customers(lake)
    rare, usual = ranked[len(ranked) // 50], ranked[len(ranked) // 2]
    whole = f"{lake.rows:,} rows x {len(lake.days)} days"
    try:
        seen, dry = timed(usual[1], yes=False)
        told, wall = timed(rare[1], yes=True)
        again, _ = timed(rare[1], yes=False)
    finally:
        dask_cluster.stop(home)
    touched = len(told.partitions)
    return [
        _row(f"dry run of the median customer, {whole}: seconds", dry, None, dry, None),
        _row("its partitions beside its active days", len(seen.partitions), usual[0],
             len(seen.partitions) / usual[0], 1.0),
        _row(f"customer of {rare[0]} days forgotten, {whole}: seconds", wall, None, wall, None),
        _row("the same a touched partition: seconds", wall / touched, None, wall / touched, None),
        _row("partitions touched beside active days", touched, rare[0], touched / rare[0], 1.0),
        _row("rows left of the customer", again.rows, told.rows, again.rows, 0.0),
    ]  # fmt: skip


def timed(customer: int, *, yes: bool) -> tuple[Any, float]:
    """What an erasure tells, and its seconds."""
    from aug_assets.commands.forget import Who, forget

    begun = time.perf_counter()
    told = forget(_DATASET, Who("key", str(customer), by="bench", why="a measurement"), yes=yes)
    return told, time.perf_counter() - begun


def customers(lake: Lake) -> list[tuple[int, int]]:
    """Active days and id of each customer, those of few days first."""
    source = lake.table("source")
    active: dict[int, int] = defaultdict(int)
    for where in source.partitions():
        for customer in source.read(where, columns=["customer_id"]).column(0).unique().to_pylist():
            active[customer] += 1
    return sorted((days, customer) for customer, days in active.items())


def _row(name: str, ours: float, peer: float | None, value: float, most: float | None) -> dict[str, Any]:
    met = None if most is None else bool(value <= most)
    goal = None if most is None else f"<= {most:g}"
    return {"name": name, "ours": ours, "peer": peer, "value": value, "goal": goal, "met": met}


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--json", action="store_true")
    words.add_argument("--quick", action="store_true")
    chosen = words.parse_args()
    found = rows(quick=chosen.quick)
    if chosen.json:
        print(json.dumps({"rows": found}))
        return
    for row in found:
        print(f"{row['name']:70} {row['value']:10.4g} goal {row['goal']} met {row['met']}")


if __name__ == "__main__":
    main()
