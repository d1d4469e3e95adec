"""The teacher's gate: rows of the other class under this label are seen, as far as the classes differ."""

import numpy as np
import pandas as pd
import pytest

from tests import builders
from tests.conformance.gates import GateConformance


def parted(rows: int, seed: int) -> pd.DataFrame:
    """Rows whose amount tells their class."""
    made = builders.typed(rows, seed)
    return made.assign(amount=(made["amount"] + 400.0 * made["fraud"]).clip(upper=1000).round(2))


class TestConformance(GateConformance):
    gate = "teacher_tail"
    row_level = False

    def real_rows(self) -> pd.DataFrame:
        return parted(400, seed=1)

    def clean(self) -> pd.DataFrame:
        return parted(80, seed=2)

    def defective(self) -> pd.DataFrame:
        rows = parted(200, seed=3)
        return rows.assign(fraud=1)  # three in four are the other class's


def poisoned(share: float) -> pd.DataFrame:
    rows = parted(2000, seed=4)
    rows = rows[rows["fraud"] == 1].reset_index(drop=True)
    return rows.assign(amount=rows["amount"].mask(np.arange(len(rows)) < share * len(rows), 30.0))


def test_one_in_four_is_seen_and_none_is_not() -> None:
    suite = TestConformance()
    assert suite.judge(poisoned(0)).passed
    word = suite.judge(poisoned(0.25))
    assert not word.passed
    assert "class 1" in word.reason


@pytest.mark.parametrize("share", [0.05, 0.1])
def test_a_few_far_below_all_real_rows_are_seen(share: float) -> None:
    class Many(TestConformance):
        def real_rows(self) -> pd.DataFrame:
            return parted(4000, seed=1)

    suite = Many()
    assert suite.judge(poisoned(0)).passed
    word = suite.judge(poisoned(share))
    assert not word.passed
    assert f"{share:.1%} of the candidates of class 1" in word.reason


def test_classes_that_do_not_differ_cannot_be_told() -> None:
    class Alike(TestConformance):
        def real_rows(self) -> pd.DataFrame:
            return builders.typed(400, seed=1)

    rows = builders.typed(200, seed=3)
    assert Alike().judge(rows.assign(fraud=1 - rows["fraud"])).passed


def test_without_two_classes_nothing_is_judged() -> None:
    class Unlabelled(TestConformance):
        def spec(self):
            return builders.spec(label=None, recipe=[builders.branch(rows="all", label_value=None)])

    word = Unlabelled().judge(Unlabelled().defective())
    assert word.passed
    assert "no class has" in word.reason
