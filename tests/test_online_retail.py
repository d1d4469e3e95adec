"""A real shop's year by day: what is no session is in quarantine, counted; and one day through every gate.

``python -m tests.test_online_retail`` reads all days of the year instead of some and prints the figures.
"""

import os
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from aug_assets import gates, recipe
from aug_assets.errors import RejectedPartitionError
from aug_assets.gates.judge import Verdict, judge
from aug_assets.ingest import Ingested, check_limits, ingest
from aug_assets.spec import DatasetSpec
from tests import sessions_data

ROOT = Path(__file__).resolve().parents[1]
DATA = Path(os.environ.get("AUG_TEST_DATA", ROOT.parent / "shared" / "data"))
FILE = DATA / "sequences" / "online_retail" / "online_retail.parquet"
DAYS = (
    "2010-12-05", "2011-01-17", "2011-02-22", "2011-04-03", "2011-05-12",
    "2011-06-20", "2011-08-04", "2011-09-25", "2011-10-31", "2011-12-08",
)  # fmt: skip
REASONS = (
    "not_null:user_id", "not_null:description", "values:event", "min:quantity", "min:price", "duplicate_row",
    "too_few_events",
)  # fmt: skip
JUDGED = "2011-05-12"

pytestmark = pytest.mark.skipif(not FILE.exists(), reason=f"needs {FILE.name} below AUG_TEST_DATA")

COLUMNS: dict[str, Any] = {
    "session_id": {"type": "string"},
    "user_id": {"type": "int64"},
    "country": {"type": "string"},
    "event_time": {"type": "timestamp", "each": True},
    "event": {"type": "category", "each": True, "values": ["purchase"]},
    "item_id": {"type": "string", "each": True},
    "description": {"type": "string", "each": True},
    "quantity": {"type": "int64", "each": True, "min": 1},
    "price": {"type": "float64", "each": True, "min": 0.001},
}
ITEM = {"item": "item_id", "event": "event", "free": ["purchase"], "with_item": ["description", "price"]}
STEPS = [
    {"operator": "substitute", **ITEM},
    {"operator": "reorder", "item": "item_id", "event": "event", "free": ["purchase"]},
]


def spec(uri: str) -> DatasetSpec:
    """Orders, of which each line is an event; those of one order have one time and no order of their own."""
    sessions = {"by": "user_id", "time": "event_time", "gap_minutes": 60, "id": "session_id", "min_events": 2}
    return sessions_data.spec(
        columns=COLUMNS,
        sessions=sessions,
        source={"uri": uri, "timestamp": "event_time"},
        partitions={"start": "2010-12-01"},
        holdout={"by": "user_id", "share": 0.2},
        limits={"max_rejected_share": 0.6},
        steps=STEPS,
    )


def split(folder: Path, days: tuple[str, ...]) -> dict[str, pa.Table]:
    """The year as one delivery a day, of these days or of all; returns them as they were written."""
    whole = pq.read_table(FILE)
    by_day = pc.strftime(whole["event_time"], "%Y-%m-%d")
    every = sorted(pc.unique(by_day).to_pylist())
    found = {day: whole.filter(pc.equal(by_day, day)) for day in days or every}
    for day, events in found.items():
        pq.write_table(events, folder / f"{day}.parquet")
    return found


@pytest.fixture(scope="module")
def raw(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, dict[str, pa.Table]]:
    folder = tmp_path_factory.mktemp("retail")
    return str(folder / "{date}.parquet"), split(folder, DAYS)


def account(found: Ingested, events: pa.Table) -> Counter[str]:
    """What became of a day's events; they add up, and what can be counted in the raw data is as there."""
    sizes = np.array([len(items) for items in found.rows["item_id"].to_pylist()], np.int64)
    assert found.read == len(events) == sizes.sum() + len(found.quarantine)
    assert found.reasons.get("not_null:user_id", 0) == events["user_id"].null_count
    assert found.reasons.get("values:event", 0) == _cancelled(events)
    told = Counter(reason for reasons in found.quarantine["reasons"].to_pylist() for reason in reasons)
    assert dict(told) == found.reasons
    assert sizes.min(initial=2) >= 2
    whole = {"read": found.read, "in sessions": int(sizes.sum()), "sessions": len(sizes)}
    return Counter({**whole, "quarantined": len(found.quarantine), **found.reasons})


def _cancelled(events: pa.Table) -> int:
    """Of known users, each once; what is incomplete is refused before it is looked at closer."""
    known = events.filter(pc.and_(pc.is_valid(events["user_id"]), pc.is_valid(events["description"])))
    distinct = known.group_by(known.column_names).aggregate([])
    return pc.sum(pc.not_equal(distinct["event"], "purchase")).as_py() or 0


@pytest.mark.parametrize("day", DAYS)
def test_each_event_is_in_a_session_or_in_quarantine(day: str, raw: Any) -> None:
    uri, events = raw
    figures = account(ingest(spec(uri), day), events[day])
    assert figures["read"] == figures["in sessions"] + figures["quarantined"] > 100
    assert figures["sessions"] > 10
    assert set(figures) <= {"read", "in sessions", "sessions", "quarantined", *REASONS}


def test_a_day_of_which_most_is_of_nobody_is_refused(raw: Any) -> None:
    uri, _ = raw
    check_limits(spec(uri), JUDGED, ingest(spec(uri), JUDGED))
    with pytest.raises(RejectedPartitionError, match="1,612 of 2,557 rows"):
        check_limits(spec(uri), DAYS[1], ingest(spec(uri), DAYS[1]))


def verdict(uri: str, day: str) -> Verdict:
    """A day through the recipe and all gates of sessions."""
    found = ingest(spec(uri), day).rows
    plan = recipe.plan(spec(uri), day, found)
    made = recipe.make(plan, 0, 0, plan.rows)
    return judge(spec(uri), day, found, [(made.rows, made.told)], plan.rows - len(made.refused))


def test_a_day_through_the_recipe_and_every_gate(raw: Any) -> None:
    seen = verdict(raw[0], JUDGED)
    told = {word.gate: word for word in seen.judgements}
    own = {name for name in gates.REGISTRY.paths if gates.get(name).modality == "sequence"}
    assert own <= set(told)
    assert told[gates.VERDICT].passed
    assert not {word.gate for word in told.values() if not word.passed}
    assert seen.candidates == 100


def main() -> None:
    """All days of the year, once."""
    total: Counter[str] = Counter()
    refused = []
    with tempfile.TemporaryDirectory() as folder:
        days = split(Path(folder), ())
        uri = f"{folder}/{{date}}.parquet"
        start = time.process_time()
        for day, events in days.items():
            found = ingest(spec(uri), day)
            total += account(found, events)
            refused += [day] * (len(found.quarantine) > 0.6 * found.read)
        lines = [f"{len(days)} days, {time.process_time() - start:.1f} CPU seconds", f"refused: {refused}"]
        lines += [f"{count:>9,}  {name}" for name, count in total.most_common()]
        words = verdict(uri, JUDGED).judgements
    lines += [
        JUDGED,
        *(f"{word.gate:<22} {word.passed!s:<5} {word.value:.4f} {word.reason}" for word in words),
    ]
    sys.stdout.write("\n".join([*lines, ""]))


if __name__ == "__main__":
    main()
