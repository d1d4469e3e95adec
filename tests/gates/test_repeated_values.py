"""The gate against repeated values: triggers and mass at a bound, but not rounding and not reality's own."""

import numpy as np
import pandas as pd
import pytest
from numpy.random import Generator, Philox

from tests import builders
from tests.conformance.gates import GateConformance


class TestConformance(GateConformance):
    gate = "repeated_values"
    row_level = False

    def real_rows(self) -> pd.DataFrame:
        return builders.typed(400, seed=1)

    def clean(self) -> pd.DataFrame:
        return builders.typed(200, seed=2)

    def defective(self) -> pd.DataFrame:
        rows = builders.typed(200, seed=4)
        rows.loc[::5, "amount"] = 777.77
        return rows


def with_share(share: float, value: float, rows: int = 600) -> pd.DataFrame:
    made = builders.typed(rows, seed=4).assign(fraud=0)
    made.loc[Generator(Philox(key=3)).random(rows) < share, "amount"] = value
    return made


@pytest.mark.parametrize("value", [0.0, 31.41, 1000.0])
def test_a_value_of_one_in_twenty_is_seen_and_named(value: float) -> None:
    word = TestConformance().judge(with_share(0.05, value))
    assert not word.passed
    assert f"amount (0) is {value:g} in" in word.reason


def test_what_reality_repeats_may_be_repeated() -> None:
    class Zeros(TestConformance):
        def real_rows(self) -> pd.DataFrame:
            rows = super().real_rows()
            return rows.assign(amount=rows["amount"].mask(np.arange(len(rows)) % 4 == 1, 0.0))

    assert Zeros().judge(with_share(0.33, 0.0)).passed
    assert not Zeros().judge(with_share(0.7, 0.0)).passed


def test_a_bound_that_three_real_rows_lie_on_may_not_be_that_of_one_in_seven_candidates() -> None:
    class Few(TestConformance):
        def real_rows(self) -> pd.DataFrame:
            place = np.arange(600)
            return builders.typed(600, seed=1).assign(fraud=0, amount=np.where(place < 3, 0.0, place / 100))

    place = np.arange(600)
    beside = (1 + place % 20) / 100  # all of them more frequent than in reality, as a generator's rounding is
    rows = builders.typed(600, seed=2).assign(fraud=0, amount=beside)
    assert Few().judge(rows).passed
    word = Few().judge(rows.assign(amount=np.where(place % 7 == 0, 0.0, beside)))
    assert not word.passed
    assert "amount (0) is 0 in" in word.reason


def test_rounding_is_no_repetition() -> None:
    class Whole(TestConformance):
        def real_rows(self) -> pd.DataFrame:
            rows = builders.typed(60, seed=1).assign(fraud=0)
            return rows.assign(amount=np.arange(60.0))

    rows = builders.typed(600, seed=2).assign(fraud=0, amount=np.arange(600) % 40.0)
    assert Whole().judge(rows).passed


def test_columns_of_few_values_are_anothers_matter() -> None:
    suite = TestConformance()
    rows = suite.clean().assign(count=pd.array([3] * 200, dtype="Int64"))
    assert suite.judge(rows).passed
