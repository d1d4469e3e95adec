"""The built-in day of visits to a shop keeps what it promises."""

import json
import subprocess
import sys
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from aug_assets import loader
from aug_assets.frames import events_of, to_frame
from aug_assets.ingest import check_limits, ingest
from aug_assets.rows import digest
from aug_assets.samples import shop_sessions

DAYS = ["2025-01-01", "2026-02-28"]
SPEC = loader.get("shop/shop_sessions")
FOUND = {day: ingest(SPEC, day) for day in DAYS}


def test_the_same_on_each_call_and_another_on_each_day() -> None:
    assert shop_sessions.day(DAYS[0]).equals(shop_sessions.day(DAYS[0]))
    assert len({digest(found.rows) for found in FOUND.values()}) == len(DAYS)


def test_the_same_in_another_process() -> None:
    code = (
        "from aug_assets.samples import shop_sessions as s;"
        f"print(s.day({DAYS[0]!r}).to_pandas().to_csv(), end='')"
    )
    environment = {"PYTHONHASHSEED": "99", "PYTHONPATH": ":".join(filter(None, sys.path))}
    fresh = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, env=environment)
    assert fresh.stdout.decode() == shop_sessions.day(DAYS[0]).to_pandas().to_csv()


@pytest.mark.parametrize("day", DAYS)
def test_the_promised_amounts_and_dirt(day: str) -> None:
    found = FOUND[day]
    check_limits(SPEC, day, found)
    events = sum(len(items) for items in found.rows["item_id"].to_pylist())
    assert events + found.quarantine.num_rows == found.read
    assert 3500 < found.read < 4700
    assert 560 <= found.rows.num_rows <= 640
    assert 380 <= len(set(found.rows["user_id"].to_pylist())) <= 400
    dirt = {"not_null:item_id": 6, "values:event": 6, "not_null:user_id": 6, "duplicate_row": 10}
    assert {reason: found.reasons[reason] for reason in dirt} == dirt
    assert set(found.reasons) <= {*dirt, "too_few_events"}
    cold = np.array(found.rows["past_visits"].to_pylist()) < 3
    assert 0.2 < cold.mean() < 0.45


@pytest.mark.parametrize("day", DAYS)
def test_events_follow_the_grammar_and_items_exist(day: str) -> None:
    frame = to_frame(FOUND[day].rows, SPEC)
    for kinds, items in zip(frame["event"], frame["item_id"], strict=True):
        for (before, one), (after, other) in pairwise(zip(kinds, items, strict=True)):
            if after != "view":
                assert (before, one) == ({"add_to_cart": "view", "purchase": "add_to_cart"}[after], other)
    events, _ = events_of(frame, SPEC)
    launched = pd.to_datetime(events["launched"].astype(str)).dt.tz_localize("UTC")
    assert (launched <= events["event_time"]).all()
    assert set(events["event_time"].dt.strftime("%Y-%m-%d")) == {day}
    counts = events["item_id"].value_counts()
    assert counts.iloc[:20].sum() / counts.sum() > 0.25  # few items are popular
    assert (counts <= 5).mean() > 0.2  # and many are rare


def test_new_items_appear() -> None:
    items = [{i for items in FOUND[day].rows["item_id"].to_pylist() for i in items} for day in DAYS]
    launched = {
        item: date
        for row in FOUND[DAYS[1]].rows.to_pylist()
        for item, date in zip(row["item_id"], row["launched"], strict=True)
    }
    fresh = {item for item, date in launched.items() if date.isoformat() > DAYS[0]}
    assert len(fresh) > 10
    assert not fresh & items[0]


def test_late_events_are_sorted_in() -> None:
    raw = shop_sessions.day(DAYS[0])["event_time"].to_pylist()
    assert any(b < a for a, b in pairwise(raw))
    for times in FOUND[DAYS[0]].rows["event_time"].to_pylist():
        assert times == sorted(times)


def test_quarantined_events_are_kept_as_they_were() -> None:
    kept = [json.loads(text) for text in FOUND[DAYS[0]].quarantine["row"].to_pylist()]
    assert sum(row["event"] == "hover" for row in kept) == 6
