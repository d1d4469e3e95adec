"""Rules are conditions, hold where a column is null, and cannot run code."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from aug_assets.rules import Rule
from tests import builders


def rule(text: str) -> Rule:
    return Rule.model_validate(text)


FRAME = pd.DataFrame(
    {
        "a": [1.0, 2.0, np.nan, 0.0],
        "n": pd.array([1, None, 3, 0], dtype="Int64"),
        "i": [1, 5, 3, 0],
        "s": pd.array(["x", "y", None, "x"], dtype="string[pyarrow]"),
        "f": pd.array([True, False, None, True], dtype="boolean"),
        "b": [True, False, True, False],
        "t": pd.to_datetime(["2025-01-01"] * 4, utc=True),
        "u": pd.to_datetime(["2025-01-02", None, "2024-01-01", "2025-01-01"], utc=True),
    }
)


@pytest.mark.parametrize(
    ("text", "broken"),
    [
        ("a <= i", [False] * 4),
        ("i <= a", [False, True, False, False]),
        ("n < i", [True, False, True, True]),  # the null holds
        ("0 < i <= 3", [False, True, False, True]),
        ("a + 1 > i * 2", [True, True, False, False]),
        ("a / i >= 1", [False, True, False, True]),  # 0 / 0 is no number, and no number is not at least 1
        ("s == 'x'", [False, True, False, False]),
        ("s != 'x' or i < 2", [False] * 4),
        ("not s == 'x'", [True, False, False, True]),
        ("f and i > 0", [False, True, False, True]),
        ("not b", [True, False, True, False]),
        ("not (b or f)", [True, False, False, True]),
        ("t < u", [False, False, True, True]),
        ("-i <= 0", [False] * 4),
        ("b == True", [False, True, False, True]),
        ("s in ['x', 'z']", [False, True, False, False]),
        ("s not in ['x', 'z']", [True, False, False, True]),
        ("i in [1, 3] or s == 'x'", [False, True, False, False]),
    ],
)
def test_which_rows_break(text: str, broken: list[bool]) -> None:
    made = rule(text)
    made.try_on(FRAME.iloc[[0]])
    found = made.broken(FRAME)
    assert found.dtype == bool
    assert found.tolist() == broken
    assert made.broken(FRAME.iloc[::-1]).tolist() == broken[::-1]  # whatever the index


def test_of_no_rows_none_break() -> None:
    assert rule("a < i").broken(FRAME.iloc[:0]).shape == (0,)


@given(st.lists(st.tuples(st.none() | st.integers(-9, 9), st.none() | st.integers(-9, 9)), min_size=1))
def test_a_rule_is_python_row_by_row(rows: list[tuple[int | None, int | None]]) -> None:
    frame = pd.DataFrame({c: pd.array([r[j] for r in rows], dtype="Int64") for j, c in enumerate("xy")})
    expected = [None not in r and not (r[0] * 2 - 1 <= r[1] or r[0] == 3) for r in rows]
    assert rule("x * 2 - 1 <= y or x == 3").broken(frame).tolist() == expected


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os').system('true')", "a.b < 1", "a[0] < 1", "(lambda: 1)() < 2", "[x for x in a] == 1",
        "a if b else c", "a ** 9 ** 9 < 1", "a @ b < 1", "f'{a}' == 'x'", "(a := 1) < 2", "a in (1, 2)",
        "a is None", "a == None", "a == ...", "a == b'x'", "a < 1j", "a // 2 < 1", "a % 2 < 1", "~a < 1",
        "import os", "a <", "a < 1; b < 2", "a\0 < 1", "@a < 1", "`a` < 1", "", "(" * 400 + "a<1" + ")" * 400,
        "s in ['x', b]", "s in [['x']]", "[1] < a", "a in b", "a + 1 in [1]", "a in [1] in [2]",
        "a < 1 in [1]",        "a < " + "-" * 5000 + "1", "a" * 501 + " < 1",
    ],
)  # fmt: skip
def test_what_is_no_rule_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        rule(text)


@pytest.mark.parametrize("text", ["a + 1", "-a", "1", "1 < 2", "a and b + 1", "not (a + 1)", "'x'"])
def test_what_is_no_condition_is_refused(text: str) -> None:
    with pytest.raises(ValidationError, match=r"not a condition|reads no column"):
        rule(text)


@pytest.mark.parametrize(
    "text", ["s < 3", "a + s < 1", "a", "i and a < 1", "t < 5", "not i", "t < a", "s * 2 < s"]
)
def test_a_rule_that_cannot_work_on_its_columns_is_refused_when_tried(text: str) -> None:
    with pytest.raises(ValueError, match=r"cannot be evaluated|is not true or false"):
        rule(text).try_on(FRAME.iloc[[0]])


def test_a_spec_tries_its_rules() -> None:
    with pytest.raises(ValidationError, match="cannot be evaluated"):
        builders.spec(rules=["kind < 3"])
    with pytest.raises(ValidationError, match="no column 'missing'"):
        builders.spec(rules=["missing < 3"])


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("fee <= amount", "fee_le_amount"), ("a-b<0", "a_minus_b_lt_0"), ("a + b < 0", "a_plus_b_lt_0"),
        ("0 < a", "rule_0_lt_a"), ("a != 'X y'", "a_ne_x_y"), ("_a > 1", "a_gt_1"),
    ],
)  # fmt: skip
def test_the_name_reads_like_the_rule(text: str, name: str) -> None:
    assert rule(text).name == name


def test_two_rules_of_one_name_are_refused_for_one_would_hide_the_other() -> None:
    with pytest.raises(ValidationError, match="share a name"):
        builders.spec(rules=["amount < count", "amount  <  count"])
    two = [{"name": "one", "expr": "amount < count"}, {"name": "two", "expr": "amount < count"}]
    assert [r.name for r in builders.spec(rules=two).rules] == ["one", "two"]


def test_columns_are_the_names_read() -> None:
    assert rule("b < a and a > 1").columns == ("a", "b")
