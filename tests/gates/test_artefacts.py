"""The gate against artefacts: constants and equations that reality has not, and none that chance explains."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests import builders
from tests.conformance.gates import GateConformance

EXTRA = {
    **builders.COLUMNS,
    "first": {"type": "float64", "decimals": 2},
    "second": {"type": "float64", "nullable": True, "decimals": 2},
}


def wide(rows: int, seed: int) -> pd.DataFrame:
    made = builders.typed(rows, seed)
    other = builders.typed(rows, seed + 100)["amount"].to_numpy()
    third = builders.typed(rows, seed + 200)["amount"].to_numpy()
    return made.assign(first=other, second=np.where(np.arange(rows) % 5 == 0, np.nan, third))


class TestConformance(GateConformance):
    gate = "artefacts"
    row_level = False

    def spec(self):
        return builders.spec(columns=EXTRA, rules=["count <= amount + 10"])

    def real_rows(self) -> pd.DataFrame:
        return wide(160, seed=1)

    def clean(self) -> pd.DataFrame:
        return wide(80, seed=2)

    def defective(self) -> pd.DataFrame:
        return wide(160, seed=3).assign(amount=12.5)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda f: f.assign(flag=True), "flag is ever the same"),
        (lambda f: f.assign(second=np.nan), "second is ever the same"),
        (lambda f: f.assign(kind="a"), "kind is ever the same"),
        (lambda f: f.assign(first=f["amount"]), "amount = first"),
        (lambda f: f.assign(first=f["amount"] + 3), "amount = first -3"),
        (lambda f: f.assign(first=(f["amount"] * 0.37).round(2)), "x first"),
        (lambda f: f.assign(first=(f["amount"] + f["second"]).fillna(4.0)), "first = amount + second"),
    ],
)
def test_each_is_found_and_named(change: Any, told: str) -> None:
    word = TestConformance().judge(change(wide(300, seed=4)))
    assert not word.passed
    assert told in word.reason


def test_what_holds_in_reality_may_hold() -> None:
    class Tied(TestConformance):
        def real_rows(self) -> pd.DataFrame:
            return wide(160, seed=1).assign(first=lambda f: f["amount"] * 2, flag=True)

    rows = wide(300, seed=4).assign(first=lambda f: f["amount"] * 2, flag=True)
    assert Tied().judge(rows).passed
    assert not Tied().judge(rows.assign(kind="b")).passed


def test_a_few_exceptions_do_not_hide_an_equation() -> None:
    rows = wide(600, seed=4).assign(fraud=0)
    rows["first"] = rows["amount"].where(np.arange(600) % 200 > 0, 1.0)
    assert not TestConformance().judge(rows).passed


def test_few_rows_may_be_alike_by_chance() -> None:
    rows = wide(100, seed=4)
    assert TestConformance().judge(rows.iloc[:19].assign(flag=True)).passed
