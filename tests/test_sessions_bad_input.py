"""Bad deliveries of events from the raw file to the verdict: nothing is lost, and no copy is made of dirt."""

from pathlib import Path
from typing import Any, NamedTuple

import pytest

from aug_assets import recipe
from aug_assets.gates.judge import Verdict, judge
from aug_assets.ingest import Ingested, ingest
from tests import builders, sessions_data

DAY = builders.DAY
HEADER = "user_id,item_id,event,event_time,category"
COLUMNS: dict[str, Any] = {
    "session_id": {"type": "string"},
    "user_id": {"type": "string"},
    "item_id": {"type": "string", "each": True},
    "event": {"type": "category", "each": True, "values": ["view", "add_to_cart", "purchase"]},
    "event_time": {"type": "timestamp", "each": True},
    "category": {"type": "category", "each": True, "values": ["books", "games"]},
}
ROLES = {"item": "item_id", "event": "event"}
STEPS = [{"operator": "insert", **ROLES, "with_item": ["category"]}]


class Outcome(NamedTuple):
    """What came of a delivery."""

    found: Ingested
    made: recipe.Made
    verdict: Verdict

    @property
    def copies(self) -> list[dict[str, Any]]:
        """The candidates, by their own names."""
        return sorted(self.made.rows.to_pylist(), key=lambda row: row["row_id"])


def outcome(folder: Path, lines: list[str], **changes: Any) -> Outcome:
    """The lines as a CSV of the day, through the recipe and the gates."""
    (folder / f"{DAY}.csv").write_text("\n".join([HEADER, *lines, ""]))
    source = {"uri": str(folder / "{date}.csv"), "timestamp": "event_time"}
    spec = sessions_data.spec(
        **{"columns": COLUMNS, "source": source, "steps": STEPS, "label": None, **changes}
    )
    found = ingest(spec, DAY)
    events = sum(map(len, found.rows["item_id"].to_pylist()))
    assert found.read == events + len(found.quarantine) == len(lines)
    plan = recipe.plan(spec, DAY, found.rows)
    made = recipe.make(plan, 0, 0, plan.rows)
    return Outcome(found, made, judge(spec, DAY, found.rows, [(made.rows, made.told)], plan.rows))


def event(user: str, minute: int, item: int, kind: str = "view", category: str = "books") -> str:
    name = f"item-{item}" if item >= 0 else ""
    return f"{user},{name},{kind},{DAY}T10:{minute:02d}:00Z,{category}"


def visit(user: str, first: int = 0, count: int = 8) -> list[str]:
    return [event(user, n, (first * 5 + n * (first + 1)) % 13) for n in range(count)]


GOOD = [line for n in range(6) for line in visit(f"u{n}", n)]


def own(seen: Outcome) -> dict[str, bool]:
    """The gates that must let through whatever was ingested."""
    sure = ("held_out_item", "session_times", "event_grammar", "schema")
    return {word.gate: word.passed for word in seen.verdict.judgements if word.gate in sure}


DIRT = {
    "null user": (event("", 3, 1), "not_null:user_id"),
    "null item": (event("u1", 3, -1), "not_null:item_id"),
    "an item that the catalogue does not know": (event("u1", 3, 99, category=""), "not_null:category"),
    "an item of an unheard category": (event("u1", 3, 99, category="food"), "values:category"),
    "an unheard event": (event("u1", 3, 1, "hover"), "values:event"),
}


@pytest.mark.parametrize("dirt", DIRT)
def test_a_bad_event_leaves_no_trace_in_any_copy(dirt: str, tmp_path: Path) -> None:
    line, reason = DIRT[dirt]
    clean, dirty = outcome(tmp_path, GOOD), outcome(tmp_path, [*GOOD[:9], line, *GOOD[9:]])
    assert dirty.found.reasons == {reason: 1}
    assert dirty.copies == clean.copies
    assert len(clean.copies) == 12
    assert all(own(dirty).values()), own(dirty)


def test_a_clock_that_goes_back_in_the_file_changes_no_copy(tmp_path: Path) -> None:
    straight, turned = outcome(tmp_path, GOOD), outcome(tmp_path, GOOD[::-1])
    assert turned.copies == straight.copies
    assert len(own(turned)) == 4
    assert all(own(turned).values())


def test_sessions_of_one_event_are_kept_and_copied_as_they_are(tmp_path: Path) -> None:
    seen = outcome(tmp_path, [*GOOD, event("v", 0, 3), event("w", 5, 99)])
    short = {row["session_id"]: row for row in seen.found.rows.to_pylist() if len(row["item_id"]) == 1}
    assert len(short) == 2
    assert [row["item_id"] for row in seen.copies if row["user_id"] == "v"] == [["item-3"]] * 2
    assert all(own(seen).values())


def test_sessions_of_one_event_alone_make_a_day(tmp_path: Path) -> None:
    seen = outcome(tmp_path, [event(f"u{n}", n, n) for n in range(5)])
    assert len(seen.copies) == 10
    assert all(own(seen).values())
    assert not any("could not judge" in word.reason for word in seen.verdict.judgements)


def test_where_the_catalogue_may_have_gaps_its_nulls_stay_with_their_items(tmp_path: Path) -> None:
    columns = {**COLUMNS, "category": {**COLUMNS["category"], "nullable": True}}
    seen = outcome(tmp_path, [*GOOD, *(event("v", n, 99, category="") for n in range(3))], columns=columns)
    assert not seen.found.reasons
    pairs = {p for row in seen.copies for p in zip(row["item_id"], row["category"], strict=True)}
    assert {item for item, category in pairs if category is None} == {"item-99"}
    assert all(own(seen).values())
