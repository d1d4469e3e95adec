"""What counts as a word of a text, and what no operator may touch."""

# ruff: noqa: RUF001 - curly quotes are meant

import pytest

from aug_assets.operators.text import words
from tests import queries

PATTERN = words.tokens(("Tamrin Gold", "top up", "C++"))


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("pay 50 euros on Monday", ["50", "euros", "Monday"]),
        ("pay €1.200,50!", ["€1.200,50"]),
        ("on 3 March or may 5th, I may", ["3", "March", "may", "5th"]),
        ("at 9 am I am", ["9", "am"]),
        ("mail me@x.org, see https://a.b/c?d=e.", ["me@x.org", "https://a.b/c?d=e"]),
        ("order #A-22 for {name} and <b>", ["#A-22", "{name}", "<b>"]),
        ("tamrin  GOLD's fee, Tamrin Golden", ["tamrin  GOLD's"]),
        ("top up in C++", ["top up", "C++"]),
        ("twice two hundred", ["twice", "two", "hundred"]),
        ("٣ cards", ["٣"]),
        ("k" * 50, ["k" * 50]),
        ("nothing here", []),
    ],
)
def test_what_may_not_be_touched(text: str, kept: list[str]) -> None:
    assert words.kept(text, PATTERN) == kept


def test_negations_and_directions_are_guarded() -> None:
    found = words.spans("I don't go from here, isn’t it", PATTERN)
    assert [kind for *_, kind in found] == [0, 1, 0, 1, 0, 1, 0]


def test_words_with_marks_apostrophes_and_hyphens_are_one() -> None:
    text = "e\u0301te\u0301 don’t check-in हिन्दी 👩‍👩‍👧"
    assert [text[start:end] for start, end, _ in words.spans(text, PATTERN)] == text.split()


@pytest.mark.parametrize("text", [*queries.PLAIN, *queries.ODD])
def test_spans_are_in_order_and_hold_no_space_but_in_terms_and_dates(text: str) -> None:
    last = 0
    for start, end, kind in words.spans(text, PATTERN):
        assert last <= start < end
        assert kind == words.KEPT or not any(c.isspace() for c in text[start:end])
        last = end
