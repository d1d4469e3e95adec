"""The schema gate: candidates fail by the same checks as real rows."""

import pandas as pd
import pytest

from tests import builders
from tests.conformance.gates import GateConformance


class TestConformance(GateConformance):
    gate = "schema"

    def defective(self) -> pd.DataFrame:
        return self.clean().assign(amount=1000.01)


@pytest.mark.parametrize(
    ("column", "value", "reason"),
    [
        ("amount", 1000.01, "max:amount"),
        ("amount", -0.01, "min:amount"),
        ("amount", float("inf"), "finite:amount"),
        ("amount", None, "not_null:amount"),
        ("count", 51, "max:count"),
        ("kind", "z", "values:kind"),
        ("note", "x" * 1001, "max_length:note"),
        ("fraud", 2, "values:fraud"),
    ],
)
def test_each_check_marks_its_row_by_its_reason(column: str, value: object, reason: str) -> None:
    suite = TestConformance()
    rows = suite.clean()
    rows.loc[3, column] = value
    failures = suite.observe(rows).failures
    assert list(failures[reason].nonzero()[0]) == [3]


def test_keys_of_the_platforms_making_are_free() -> None:
    suite = TestConformance()
    rows = suite.clean().assign(id="syn-" + "x" * 2000)
    assert suite.judge(rows).passed


def test_the_share_decides() -> None:
    suite = TestConformance()
    rows = suite.clean()
    rows.loc[:3, "amount"] = -1  # 4 of 80 are the 5 % that may be
    assert suite.judge(rows).passed
    rows.loc[4, "amount"] = -1
    assert not suite.judge(rows).passed


def test_unique_binds_real_rows_only() -> None:
    columns = {**builders.COLUMNS, "note": {"type": "string", "nullable": True, "unique": True}}

    class Unique(TestConformance):
        def spec(self):
            return builders.spec(columns=columns)

    rows = pd.concat([Unique().clean()] * 2, ignore_index=True)
    assert Unique().judge(rows).passed
