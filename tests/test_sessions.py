"""From raw events to sessions: each event is in one or in quarantine, once, and never changed."""

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from aug_assets import schema
from aug_assets.errors import EmptyPartitionError, RejectedPartitionError
from aug_assets.frames import events_of, table_schema, to_frame
from aug_assets.ingest import Ingested, check_limits, ingest
from aug_assets.quarantine import QUARANTINE
from aug_assets.rows import digest
from tests import builders, sessions_data

DAY = builders.DAY
HEADER = "user_id,visits,item,event,at,price"
COLUMNS: dict[str, Any] = {
    "session_id": {"type": "string"},
    "user_id": {"type": "string"},
    "visits": {"type": "int64", "nullable": True},
    "item": {"type": "string", "each": True},
    "event": {"type": "category", "each": True, "values": ["view", "cart", "buy"]},
    "at": {"type": "timestamp", "each": True},
    "price": {"type": "float64", "each": True, "nullable": True, "min": 0},
}
SESSIONS = {"by": "user_id", "time": "at", "gap_minutes": 30, "id": "session_id"}


def found(folder: Path, *lines: str, **changes: Any) -> Ingested:
    """The lines as a CSV of the day, ingested."""
    (folder / f"{DAY}.csv").write_text("\n".join([HEADER, *lines, ""]))
    sessions = {**SESSIONS, **changes.pop("sessions", {})}
    source = {"uri": str(folder / "{date}.csv"), "timestamp": "at"}
    spec = sessions_data.spec(
        **{"columns": COLUMNS, "sessions": sessions, "source": source, "steps": STEPS, **changes}
    )
    made = ingest(spec, DAY)
    events = sum(map(len, made.rows["item"].to_pylist()))
    assert made.read == events + made.quarantine.num_rows == len(lines)
    assert made.rows.schema == table_schema(spec)
    assert made.quarantine.schema == QUARANTINE
    assert len(set(made.rows["row_id"].to_pylist())) == made.rows.num_rows
    assert all(made.quarantine["reasons"].to_pylist())
    if made.rows.num_rows:
        assert not schema.failures(spec, to_frame(made.rows, spec), synthetic=False)
    return made


STEPS = [{"operator": "reorder"}]


def event(user: str, clock: str, item: str = "a", kind: str = "view", **other: str) -> str:
    told = {"visits": "1", "price": "2.5", **other}
    return f"{user},{told['visits']},{item},{kind},{DAY}T{clock}Z,{told['price']}"


def by_user(made: Ingested) -> dict[str, list[list[str]]]:
    sessions: dict[str, list[list[str]]] = {}
    for row in sorted(made.rows.to_pylist(), key=lambda row: row["session_id"]):
        sessions.setdefault(row["user_id"], []).append(row["item"])
    return sessions


def reasons(made: Ingested) -> list[tuple[str, list[str]]]:
    rows = [json.loads(text)["item"] for text in made.quarantine["row"].to_pylist()]
    return sorted(zip(rows, made.quarantine["reasons"].to_pylist(), strict=True), key=str)


def test_a_long_pause_begins_a_new_session(tmp_path: Path) -> None:
    lines = [event("u", "10:00:00", "a"), event("u", "10:30:00", "b"), event("u", "11:00:01", "c")]
    made = found(tmp_path, *lines, event("v", "10:10:00", "d"))
    assert by_user(made) == {"u": [["a", "b"], ["c"]], "v": [["d"]]}
    names = sorted(made.rows["session_id"].to_pylist())
    assert names[0] == "u/20250102T100000.000000Z"
    wider = found(tmp_path, *lines, sessions={"gap_minutes": 31})
    assert by_user(wider) == {"u": [["a", "b", "c"]]}


def test_a_clock_that_goes_back_and_the_order_of_the_file_leave_no_trace(tmp_path: Path) -> None:
    lines = [event("u", f"10:{n:02d}:00", f"i{n}", price=str(n)) for n in range(6)]
    lines += [event("v", "10:00:00", kind, kind) for kind in ("view", "cart", "buy")]  # of one instant
    whole, turned = found(tmp_path, *lines), found(tmp_path, *lines[::-1])
    assert digest(whole.rows) == digest(turned.rows)
    assert by_user(turned) == {"u": [[f"i{n}" for n in range(6)]], "v": [["view", "cart", "buy"]]}


def test_ids_follow_from_owner_and_first_instant_alone(tmp_path: Path) -> None:
    one = found(tmp_path, event("u", "10:00:00"), event("w", "09:00:00"))
    more = found(tmp_path, event("u", "10:00:00"), event("u", "10:01:00", "b"))
    same = dict(zip(one.rows["session_id"].to_pylist(), one.rows["row_id"].to_pylist(), strict=True))
    assert more.rows["row_id"].to_pylist() == [same["u/20250102T100000.000000Z"]]


BAD = {
    event("u", "10:05:00", ""): ["not_null:item"],
    event("u", "10:05:00", kind="hover"): ["values:event"],
    event("", "10:05:00"): ["not_null:user_id"],
    event("u", "10:05:00", price="-1"): ["min:price"],
    event("u", "10:05:00", price="much"): ["type:price"],
    event("u", "25:05:00"): ["time:at"],
    "u,1,a,view,2025-01-03T00:00:00Z,1": ["outside_day:at"],
    "u,1,a,view,,1": ["not_null:at"],
}


@pytest.mark.parametrize("line", BAD)
def test_a_bad_event_goes_alone_with_its_reasons(tmp_path: Path, line: str) -> None:
    made = found(tmp_path, event("u", "10:00:00", "x"), line, event("u", "10:10:00", "y"))
    assert by_user(made) == {"u": [["x", "y"]]}
    assert [why for _, why in reasons(made)] == [BAD[line]]
    assert made.reasons == {BAD[line][0]: 1}


def test_an_event_sent_twice_is_kept_once_however_it_is_written(tmp_path: Path) -> None:
    lines = [
        event("u", "10:00:00", price="2.5"),
        event("u", "10:00:00", price="2.50"),
        event("u", "10:00:00"),
    ]
    made = found(tmp_path, *lines, event("u", "10:00:01"))
    assert by_user(made) == {"u": [["a", "a"]]}
    assert made.reasons == {"duplicate_row": 2}


def test_what_is_one_value_a_session_must_be_one(tmp_path: Path) -> None:
    good = event("v", "10:00:00", "c")
    for other in ("2", ""):
        made = found(tmp_path, event("u", "10:00:00", "a"), event("u", "10:01:00", "b", visits=other), good)
        assert by_user(made) == {"v": [["c"]]}
        assert reasons(made) == [("a", ["varies:visits"]), ("b", ["varies:visits"])]


def test_events_of_too_short_sessions_go_with_them(tmp_path: Path) -> None:
    lines = [event("u", "10:00:00", "a"), event("u", "10:01:00", "b"), event("v", "10:00:00", "c")]
    made = found(tmp_path, *lines, sessions={"min_events": 2})
    assert by_user(made) == {"u": [["a", "b"]]}
    assert reasons(made) == [("c", ["too_few_events"])]


def test_nullable_owners_are_none(tmp_path: Path) -> None:
    columns = {**COLUMNS, "user_id": {"type": "string", "nullable": True}}
    made = found(tmp_path, event("", "10:00:00", "a"), event("u", "10:00:00", "b"), columns=columns)
    assert reasons(made) == [("a", ["not_null:user_id"])]


def test_limits_count_events(tmp_path: Path) -> None:
    lines = [event("u", f"10:{n:02d}:00") for n in range(8)] + [event("u", "10:30:00", "")] * 2
    made = found(tmp_path, *lines)
    spec = sessions_data.spec(limits={"max_rejected_share": 0.2})
    check_limits(spec, DAY, made)
    with pytest.raises(RejectedPartitionError, match="2 of 10 rows"):
        check_limits(sessions_data.spec(limits={"max_rejected_share": 0.19}), DAY, made)
    with pytest.raises(EmptyPartitionError):
        check_limits(spec, DAY, found(tmp_path))


def test_no_good_event_makes_no_session(tmp_path: Path) -> None:
    made = found(tmp_path, event("u", "10:00:00", ""))
    assert (made.rows.num_rows, made.quarantine.num_rows) == (0, 1)


@pytest.mark.parametrize("synthetic", [False, True])
def test_ranges_bind_the_events_of_real_and_synthetic_sessions(synthetic: bool) -> None:
    rows = sessions_data.frame(4)
    prices = sessions_data.lists(rows, "price")
    prices[2][0] = 9999.0
    bad = rows.assign(price=pd.Series(prices, dtype=rows["price"].dtype))
    found_bad = schema.failures(sessions_data.shape(), bad, synthetic=synthetic)
    assert {reason: mask.tolist() for reason, mask in found_bad.items()} == {
        "max:price": [False, False, True, False]
    }


def test_events_of_a_frame_cut_into_pieces() -> None:
    one, other = sessions_data.frame(3, seed=1), sessions_data.frame(2, seed=2)
    both, row = events_of(pd.concat([one, other], ignore_index=True), sessions_data.shape())
    assert len(both) == sum(len(events_of(part, sessions_data.shape())[0]) for part in (one, other))
    assert row[-1] == 4
    assert both["item_id"].iloc[-1] == other["item_id"].iloc[-1][-1]
