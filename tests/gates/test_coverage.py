"""The coverage gate: a kind of row that no candidate is near is missed, at any number of candidates."""

import numpy as np
import pandas as pd
import pytest
from numpy.random import Generator, Philox

from tests import builders
from tests.conformance.gates import GateConformance


class TestConformance(GateConformance):
    gate = "coverage"
    row_level = False

    def real_rows(self) -> pd.DataFrame:
        return builders.typed(600, seed=1)

    def clean(self) -> pd.DataFrame:
        return builders.typed(300, seed=2)

    def defective(self) -> pd.DataFrame:
        rows = builders.typed(1500, seed=3)
        return rows[rows["amount"] < 30].reset_index(drop=True)

    def test_the_planted_defect_is_marked_row_by_row(self) -> None:
        assert self.observe(self.defective()).failures == {}

    def test_batches_judge_as_one(self) -> None:
        rows = self.defective()
        pieces = [rows.iloc[at : at + 101] for at in range(0, len(rows), 101)]
        assert self.judge(*pieces) == self.judge(*pieces[::-1]) == self.judge(rows)


def test_chance_alone_rarely_fails_a_day() -> None:
    suite = TestConformance()
    rng = Generator(Philox(key=13))
    pool = builders.typed(4000, seed=9)
    strict = suite.params.model_copy(update={"max_loss": 1e-9})
    for size in (40, 80, 400):
        for _ in range(10):
            rows = pool.iloc[rng.choice(len(pool), size, replace=False)].reset_index(drop=True)
            evidence = suite.cls.observe(suite.real(), strict, suite.batch(rows)).evidence
            assert suite.cls.judge(suite.real(), strict, [evidence]).passed, size


def test_a_kind_that_is_a_third_of_few_rows_is_missed() -> None:
    class Few(TestConformance):
        def real_rows(self) -> pd.DataFrame:
            return two_kinds(60, seed=1)

    rows = two_kinds(600, seed=2)
    assert Few().judge(rows).passed
    assert not Few().judge(rows[rows["kind"] == "a"].reset_index(drop=True)).passed


def two_kinds(rows: int, seed: int) -> pd.DataFrame:
    odd = np.arange(rows) % 3 == 0
    made = builders.typed(rows, seed).assign(fraud=1, kind=np.where(odd, "b", "a"), flag=odd, count=1)
    amount = np.where(odd, made["amount"] + 400, made["amount"]).round(2)
    return made.assign(amount=amount)[list(builders.COLUMNS)].astype(builders.typed(1).dtypes.to_dict())


@pytest.mark.parametrize("rows", [1, 10])
def test_too_few_to_tell_says_so(rows: int) -> None:
    word = TestConformance().judge(builders.typed(rows, seed=2))
    assert word.passed
    assert "no class has" in word.reason
