"""Every dataset that ships: a day of it is made, judged, published and rebuilt, and pieces leave no trace."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from aug_assets import loader, recipe
from aug_assets.commands.replay import replayed
from aug_assets.commands.verify import Recorded, check
from aug_assets.ingest import ingest
from aug_assets.rows import digest
from tests.assets.days import Days

DAY = "2025-01-03"
SHIPPED = sorted(loader.load(path).id for path in loader.find(loader.folders()[0]))
MODALITIES = {loader.get(name).modality for name in SHIPPED}


def content(name: str, pieces: int) -> list[str]:
    """Digests of a day's source rows, candidates and provenance, made in pieces, the last one first."""
    spec = loader.get(name)
    source = ingest(spec, DAY).rows
    plan = recipe.plan(spec, DAY, source)
    rows, told = [], []
    for number, branch in enumerate(plan.branches):
        if not len(branch.parent):  # the day has no parents for it
            continue
        ends = [len(branch.parent) * n // pieces for n in range(pieces + 1)]
        made = [recipe.make(plan, number, *ends[n : n + 2]) for n in reversed(range(pieces))]
        rows += [one.rows for one in made[::-1]]
        told += [one.told for one in made[::-1]]
    return [digest(source), digest(pa.concat_tables(rows)), digest(pa.concat_tables(told))]


@pytest.fixture(scope="module")
def elsewhere() -> dict[str, Any]:
    """The same of all datasets, from a process with another hash seed, without compiled loops, in pieces."""
    environment = {**os.environ, "PYTHONHASHSEED": "77", "AUG_NUMBA": "0", "PYTHONPATH": ":".join(sys.path)}
    done = subprocess.run([sys.executable, "-P", __file__], env=environment, capture_output=True, check=True)
    return json.loads(done.stdout)


def test_the_five_use_cases_ship() -> None:
    wanted = {"chest_xray", "card_fraud", "shop_sessions", "street_scenes", "support_queries"}
    assert {name.partition("/")[2] for name in SHIPPED} == wanted
    assert {"image", "sequence", "tabular", "text"} == MODALITIES


@pytest.mark.parametrize("name", SHIPPED)
def test_pieces_and_processes_leave_no_trace(name: str, elsewhere: dict[str, Any]) -> None:
    assert content(name, 1) == elsewhere[name]


@pytest.mark.parametrize("name", SHIPPED)
def test_a_day_is_published_and_its_rows_can_be_made_again(name: str, tmp_path: Path) -> None:
    days = Days(tmp_path)
    days.spec = loader.get(name)
    run = days.run(day=DAY)
    assert run.success, run.told or [run.checks[c].description for c in run.failed_checks]
    source, augmented, validated = (run.metadata[s] for s in ("source", "augmented", "validated"))
    assert source["quarantined"] > 0, "the sample has the dirt of real deliveries"
    assert validated["accepted"] > 0.5 * augmented["made"]
    assert "preview" in augmented
    if days.spec.sessions is None:
        assert source["rows_read"] == source["dagster/partition_row_count"] + source["quarantined"]
    found = check(Recorded(days.instance, days.lake, days.spec, DAY), 1000)
    assert all(one.well for one in found), [one.told for one in found if not one.well]
    told = replayed(days.lake, days.spec, drawn(days.rows("augmented", DAY)))
    assert told
    assert all(one.equal for one in told), [one for one in told if not one.equal][:3]


def drawn(made: pa.Table) -> list[str]:
    """Ids of 1,000 rows at random, or of all where there are no more, which one process makes all alone."""
    chosen = np.random.Generator(np.random.Philox(key=6)).permutation(len(made))[:1000]
    return [str(one) for one in made.column("row_id").take(pa.array(chosen)).to_pylist()]


if __name__ == "__main__":
    sys.stdout.write(json.dumps({name: content(name, 5) for name in SHIPPED}))
