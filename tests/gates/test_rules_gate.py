"""The rules gate: a row that breaks a rule never passes, and too many hold the day back."""

from typing import ClassVar

import pandas as pd

from tests import builders
from tests.conformance.gates import GateConformance


class TestConformance(GateConformance):
    gate = "rules"
    settings: ClassVar = {"max_share": 0.3}

    def defective(self) -> pd.DataFrame:
        return self.clean().assign(count=pd.array([50] * 80, dtype="Int64"), amount=1.0)


def test_the_reason_names_the_rule() -> None:
    suite = TestConformance()
    assert list(suite.observe(suite.defective()).failures) == ["rule:count_le_amount_plus_10"]


def test_a_row_that_breaks_two_rules_counts_once() -> None:
    class Two(TestConformance):
        def spec(self):
            return builders.spec(rules=["count <= amount", "amount > 500"])

    rows = Two().clean().assign(count=pd.array([50] * 80, dtype="Int64"), amount=1.0)
    assert Two().judge(rows).details["rows"] == 80
    assert Two().judge(rows).value == 1.0


def test_no_rules_no_failures() -> None:
    class NoRules(TestConformance):
        def spec(self):
            return builders.spec()

    assert NoRules().judge(NoRules().defective()).passed


def test_a_few_breaches_pass_but_are_marked() -> None:
    suite = TestConformance()
    rows = suite.clean()
    rows.loc[0, ["count", "amount"]] = [50, 1.0]
    assert suite.judge(rows).passed
    assert suite.observe(rows).failures["rule:count_le_amount_plus_10"].sum() == 1
