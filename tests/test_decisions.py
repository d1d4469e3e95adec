"""A decision is about a row as it was, waives what it names and nothing else, and the last one holds."""

import numpy as np
import pytest

from aug_assets import decisions
from aug_assets.decisions import Decision
from aug_assets.rows import ROW_ID
from tests import builders

ROWS = builders.table(6)
IDS = ROWS.column(ROW_ID).to_pylist()
CONTENTS = decisions.contents(ROWS)


def said(row: int = 0, decision: str = "release", **changes) -> Decision:
    given = {"reasons": ("exact_copy",), "by": "ben", "why": "looked at it", **changes}
    return Decision(IDS[row], changes.pop("content", CONTENTS[row]), decision, **{
        name: value for name, value in given.items() if name != "content"
    })  # fmt: skip


def masks(**bad: list[int]) -> dict[str, np.ndarray]:
    return {reason: np.isin(np.arange(6), rows) for reason, rows in bad.items()}


def through(given: dict[str, np.ndarray], *taken: Decision) -> tuple[dict[str, list[int]], int]:
    found, count = decisions.let_through(given, ROWS, decisions.releases(taken))
    return {reason: np.flatnonzero(mask).tolist() for reason, mask in found.items()}, count


def test_a_release_waives_its_reasons_for_its_row_and_nothing_else() -> None:
    given = masks(exact_copy=[0, 1], skewed=[1])
    assert through(given, said(0)) == ({"exact_copy": [1], "skewed": [1]}, 1)
    assert given["exact_copy"].tolist() == [True, True, *[False] * 4], "what the gates said stays"
    assert through(given, said(1)) == ({"exact_copy": [0], "skewed": [1]}, 0), "another reason holds the row"
    assert through(given, said(1, reasons=("exact_copy", "skewed"))) == ({"exact_copy": [0], "skewed": []}, 1)


@pytest.mark.parametrize(
    "taken", [[], [said(0, "reject")], [said(0), said(0, "reject")], [said(0, content="of another row")]]
)
def test_without_a_release_that_holds_the_row_stays(taken: list[Decision]) -> None:
    assert through(masks(exact_copy=[0]), *taken) == ({"exact_copy": [0]}, 0)


def test_a_row_that_was_good_is_no_release() -> None:
    assert through(masks(exact_copy=[2]), said(0)) == ({"exact_copy": [2]}, 0)
    assert through({}, said(0)) == ({}, 0)


def test_decisions_survive_storage_in_order() -> None:
    taken = [
        said(0, corrected={"amount": "1.5", "note": None}, at="2025-01-03"),
        said(0, "reject", follows="x"),
    ]
    assert decisions.from_table(decisions.to_table(taken)) == taken
    assert decisions.newest(taken) == {(IDS[0], CONTENTS[0]): taken[1]}
    assert decisions.corrections(taken[:1]) == {(IDS[0], CONTENTS[0]): {"amount": "1.5", "note": None}}
    assert decisions.corrections(taken) == {}


def test_the_same_decision_at_another_time_is_the_same() -> None:
    first, later = said(0, at="1", account="a"), said(0, at="2", account="b")
    assert first.id == later.id
    assert later.repeats(first)
    assert decisions.merged([first], [later]) == [later]
    assert len(decisions.merged([first], [said(0, by="carl")])) == 2
    assert not said(0, why="other").repeats(first)


def test_the_state_of_a_row_follows_from_the_decision_and_who_held_it_last() -> None:
    assert decisions.state(None, 3) == "open"
    assert decisions.state(said(0, held_version=3), 3) == "released"
    assert decisions.state(said(0, held_version=3), 4) == "held again"
    assert decisions.state(said(0, "reject", held_version=3), 4) == "rejected"


def test_all_releases_of_a_day_have_one_name() -> None:
    def name(*taken: Decision) -> str:
        return decisions.digest(decisions.releases(taken))

    assert name() == name(said(0, "reject")) == ""
    assert name(said(0), said(1)) == name(said(1), said(0, by="carl"))
    names = {name(said(0)), name(said(1)), name(said(0, reasons=("a", "b"))), name(said(0, content="other"))}
    assert len(names) == 4
