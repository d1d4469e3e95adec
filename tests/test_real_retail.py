"""A real shop's days as sessions: nulls, cancellations and duplicates go to quarantine and are counted."""

import os
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from aug_assets import recipe
from aug_assets.gates.judge import judge
from aug_assets.ingest import ingest
from aug_assets.spec import DatasetSpec
from tests import sessions_data

ROOT = Path(__file__).resolve().parents[1]
DATA = Path(os.environ.get("AUG_TEST_DATA", ROOT.parent / "shared" / "data"))
FILE = DATA / "sequences" / "online_retail" / "online_retail.parquet"
DAYS = ("2010-12-01", "2011-07-14", "2011-12-09")

pytestmark = pytest.mark.skipif(not FILE.exists(), reason=f"needs {FILE.name} below AUG_TEST_DATA")

COLUMNS: dict[str, Any] = {
    "session_id": {"type": "string"},
    "user_id": {"type": "int64"},
    "country": {"type": "string"},
    "item_id": {"type": "string", "each": True},
    "event": {"type": "category", "each": True, "values": ["purchase"]},
    "event_time": {"type": "timestamp", "each": True},
    "quantity": {"type": "int64", "each": True, "min": 1},
    "price": {"type": "float64", "each": True, "min": 0.001},
}
ITEM = {"item": "item_id", "with_item": ["price"]}
STEPS = [{"operator": "substitute", **ITEM}, {"operator": "insert", **ITEM}, {"operator": "reorder"}]


def spec() -> DatasetSpec:
    """Orders, of which each line is an event; those of one minute keep no order of their own."""
    sessions = {"by": "user_id", "time": "event_time", "gap_minutes": 60, "id": "session_id", "min_events": 2}
    return sessions_data.spec(
        columns=COLUMNS,
        sessions=sessions,
        source={"uri": str(FILE), "timestamp": "event_time"},
        partitions={"start": "2010-12-01"},
        limits={"max_rejected_share": 0.6},
        holdout={"by": "user_id", "share": 0.2},
        steps=STEPS,
    )


@pytest.fixture(scope="module")
def raw() -> Any:
    return pq.read_table(FILE, columns=["event_time", "user_id", "quantity"])


@pytest.mark.parametrize("day", DAYS)
def test_figures_add_up_and_a_recipe_runs(day: str, raw: Any) -> None:
    found = ingest(spec(), day)
    of_day = raw.filter(pc.equal(pc.strftime(raw["event_time"], "%Y-%m-%d"), day))
    sizes = np.array([len(items) for items in found.rows["item_id"].to_pylist()])
    assert found.read == of_day.num_rows == sizes.sum() + found.quarantine.num_rows
    assert found.reasons["not_null:user_id"] == of_day["user_id"].null_count
    assert found.reasons.get("min:quantity", 0) == _cancelled(of_day)
    assert sizes.min() >= 2
    plan = recipe.plan(spec(), day, found.rows)
    made = recipe.make(plan, 0, 0, plan.rows)
    assert made.rows.num_rows == plan.rows > 0
    last = {row["row_id"]: row["item_id"][-1] for row in found.rows.to_pylist()}
    parents = {row["row_id"]: row["parents"][0] for row in made.told.to_pylist()}
    assert all(row["item_id"][-1] == last[parents[row["row_id"]]] for row in made.rows.to_pylist())
    verdict = judge(spec(), day, found.rows, [(made.rows, made.told)], plan.rows)
    told = {j.gate: j for j in verdict.judgements}
    assert told["schema"].passed
    assert told["leakage"].passed
    assert verdict.candidates == plan.rows


def _cancelled(events: Any) -> int:
    """Of known users: what is incomplete is refused before ranges are looked at; and each once."""
    known = events.filter(pc.is_valid(events["user_id"]))
    return pc.sum(pc.less(known["quantity"], 1)).as_py() or 0
