"""What provenance costs, and how fast a row of half a year of card data explains itself and is made again.

    AUG_FRAUD_DATA=handbook_transformed.parquet python bench/audit.py --json

CPU seconds of one thread; the lake is a folder of this machine.
"""

import argparse
import json
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import pyarrow as pa

_DATASET = "payments/fraud_handbook"
_FIRST, _DAYS, _REPLAYED = date(2018, 4, 1), 183, 1000
_RECENT = 5  # days whose bytes are counted and whose rows are made again
_USUAL = 300  # made rows of a day that is no beginning
_DATA = Path(__file__).parents[2] / "shared" / "data" / "fraud" / "handbook_transformed.parquet"


def rows(*, quick: bool = False) -> list[dict[str, Any]]:
    """One dict a figure: ``name, ours, peer, value, goal, met``."""
    os.environ["AUG_DATASETS"] = str(Path(__file__).parent / "datasets")
    os.environ.setdefault("AUG_FRAUD_DATA", str(_DATA))
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"AUG_LAKE": f"{folder}/lake", "DAGSTER_HOME": folder}
        days = [(_FIRST + timedelta(n)).isoformat() for n in range(_DAYS // (10 if quick else 1))]
        lake = Lake(days)
        return [*cost(lake), *asked(lake)]


class Lake:
    """Days of source, candidates and provenance as the assets store them, without Dagster's record of it.

    The older days hold the made rows of one day, and their training data no real rows: a search reads as many
    bytes, and training data is read of a row's own day only.
    """

    def __init__(self, days: list[str]) -> None:
        from aug_assets import loader
        from resources.lake import LakeResource

        self.spec, self.lake, self.days = loader.get(_DATASET), LakeResource(), days
        self.rows = 0
        self.made: tuple[pa.Table, pa.Table] | None = None
        for day, source in deliveries(self.spec, days):
            self._store(day, source)

    def _store(self, day: str, source: pa.Table) -> None:
        from aug_assets import recipe
        from aug_assets.frames import table_schema
        from aug_assets.provenance import RECORD
        from aug_assets.rows import digest

        self.rows += len(source)
        content = digest(source)
        version = self.put("source", day, source, {})
        if self.made is None or day in self.days[-_RECENT:]:
            plan = recipe.plan(self.spec, day, source, content)
            made = [recipe.make(plan, *chunk) for chunk in plan.chunks(self.spec.rows_at_once)]
            rows = pa.concat_tables([table_schema(self.spec).empty_table(), *(one.rows for one in made)])
            told = pa.concat_tables([RECORD.empty_table(), *(one.record for one in made)])
            self.made = (rows, told) if len(rows) >= _USUAL else None
        else:
            rows, told = self.made
        info = {
            "spec_digest": self.spec.digest, "recipe_digest": self.spec.recipe_digest,
            "source_version": str(version), "source_digest": content,
        }  # fmt: skip
        self.put("provenance", day, told, info)
        self.put("augmented", day, rows, info)
        real = source.select(rows.column_names)
        whole = day in self.days[-_RECENT:]
        self.put("validated", day, pa.concat_tables([real, rows]) if whole else rows, info)

    def put(self, stage: str, day: str, rows: pa.Table, info: dict[str, str]) -> int:
        table, where = self.table(stage), {"date": day}
        return table.commit([table.write_part(rows, where, "bench")], where, rows.schema, info)

    def table(self, stage: str) -> Any:
        from aug_assets.assets import common

        return common.table(self.lake, self.spec, stage)

    def size(self, stage: str, days: list[str]) -> int:
        """Bytes of a stage's newest files of some days."""
        return sum(one.size for one in self.table(stage).files() if one.partition["date"] in days)


def deliveries(spec: Any, days: list[str]) -> Iterator[tuple[str, pa.Table]]:
    """Each day's source rows in the stored schema, with row ids; the file is read once for all days."""
    import pyarrow.parquet as pq

    from aug_assets.ingest import sort_out
    from aug_assets.readers import select

    whole = select(pq.read_table(os.environ["AUG_FRAUD_DATA"]), spec).sort_by("TX_DATETIME")
    dates = np.datetime_as_string(whole.column("TX_DATETIME").to_numpy().astype("datetime64[D]"))
    for day in days:
        first, last = dates.searchsorted(day), dates.searchsorted(day, side="right")
        yield day, sort_out(spec, day, whole.slice(first, last - first)).rows


def cost(lake: Lake) -> list[dict[str, Any]]:
    """Provenance in seconds and bytes against the same day without it."""
    from aug_assets import recipe
    from aug_assets.provenance import RECORD

    day = lake.days[-1]
    source = lake.table("source").read({"date": day})
    spent = {True: 0.0, False: 0.0}
    for _ in range(20):  # in turns, because the machine has other things to do
        for told in spent:
            with (
                _counted(spent, told),
                patch.object(recipe, "record", recipe.record if told else lambda *_: RECORD.empty_table()),
            ):
                plan = recipe.plan(lake.spec, day, source, "0" * 64)
                for chunk in plan.chunks(lake.spec.rows_at_once):
                    made = recipe.make(plan, *chunk)
                    lake.table("augmented").write_part(made.rows, {"date": day}, "trial")
                    if told:
                        lake.table("provenance").write_part(made.record, {"date": day}, "trial")
    share = spent[True] / spent[False] - 1
    recent = lake.days[-_RECENT:]
    source, candidates, told, validated = (
        lake.size(stage, recent) for stage in ("source", "augmented", "provenance", "validated")
    )
    tables = source + candidates + validated
    return [
        _row("provenance: CPU time of generation", spent[True], spent[False], share, 0.2),
        _row("provenance: bytes of candidates alone", told, candidates, told / candidates, 0.3),
        _row("provenance: bytes of the day's tables", told, tables, told / tables, 0.3),
    ]


@contextmanager
def _counted(spent: dict[bool, float], what: bool) -> Iterator[None]:  # noqa: FBT001
    begun = time.process_time()
    yield
    spent[what] += time.process_time() - begun


def asked(lake: Lake) -> list[dict[str, Any]]:
    """Seconds of a trace and of a replay, by the wall clock."""
    from aug_assets.commands import replay, trace

    day = lake.days[-1]
    made = lake.table("augmented").read({"date": day}).column("row_id")[0].as_py()
    real = next(iter(trace.of(lake.lake, lake.spec, made, values=False).parents))
    found = []
    for kind, row_id in (("made", made), ("real", real)):
        wall, cpu = _quickest(partial(trace.of, lake.lake, lake.spec, row_id, values=False))
        name = f"trace of a {kind} row, {lake.rows:,} rows x {len(lake.days)} days"
        found.append(_row(f"{name}: seconds", wall, None, wall, 1.0))
        found.append(_row(f"{name}: CPU seconds", cpu, None, cpu, None))
    ids = []
    for one in lake.days[-_RECENT:]:
        ids += lake.table("augmented").read({"date": one}, columns=["row_id"]).column("row_id").to_pylist()
    begun = time.process_time()
    told = replay.replayed(lake.lake, lake.spec, ids[-_REPLAYED:])
    seconds = time.process_time() - begun
    equal = sum(one.equal for one in told)
    found.append(_row(f"replay of {len(told):,} rows: CPU seconds", seconds, None, seconds, None))
    return [*found, _row("replayed rows that are not equal", len(told) - equal, 0, len(told) - equal, 0)]


def _quickest(ask: Callable[[], object]) -> tuple[float, float]:
    """Seconds by the clock and of CPU of the quickest of five, in a process that has its imports."""
    found = []
    for _ in range(5):
        clock, cpu = time.perf_counter(), time.process_time()
        ask()
        found.append((time.perf_counter() - clock, time.process_time() - cpu))
    return min(found)


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
        print(f"{row['name']:60} {row['value']:10.4g} goal {row['goal']} met {row['met']}")


if __name__ == "__main__":
    main()
