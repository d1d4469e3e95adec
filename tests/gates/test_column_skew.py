"""The skew gate: the distance is the real one, and it sees numbers, categories, nulls and absent classes."""

from typing import ClassVar

import numpy as np
import pandas as pd
import pytest
from numpy.random import Generator, Philox
from scipy.stats import ks_2samp

from tests import builders
from tests.conformance.gates import GateConformance


class TestConformance(GateConformance):
    gate = "column_skew"
    settings: ClassVar = {"max_distance": 0.05}
    row_level = False

    def real_rows(self) -> pd.DataFrame:
        return builders.typed(2000, seed=1)

    def clean(self) -> pd.DataFrame:
        return builders.typed(800, seed=2)

    def defective(self) -> pd.DataFrame:
        return self.clean().assign(amount=lambda f: (f["amount"] * 3).clip(0, 1000))


@pytest.mark.parametrize(
    "change",
    [
        {"amount": 0.0},
        {"kind": "a"},
        {"kind": None},
        {"flag": True},
        {"count": pd.NA},
    ],
)
def test_a_column_out_of_shape_fails_and_is_named(change: dict[str, object]) -> None:
    suite = TestConformance()
    rows = suite.clean()
    for name, value in change.items():
        rows[name] = pd.Series([value] * len(rows), dtype=rows[name].dtype)
    word = suite.judge(rows)
    assert not word.passed
    assert word.reason.startswith(next(iter(change)))


def test_the_distance_is_kolmogorovs() -> None:
    suite = TestConformance()
    rows, real = suite.defective(), suite.real_rows()
    found = suite.judge(rows).details["amount (0)"]
    ours, theirs = (f.loc[f["fraud"] == 0, "amount"] for f in (rows, real))
    assert found == pytest.approx(ks_2samp(ours, theirs).statistic, abs=1 / 255)


def test_the_distance_of_categories_is_total_variation() -> None:
    suite = TestConformance()
    rows, real = suite.clean().assign(fraud=0), suite.real_rows()
    shares = [f.loc[f["fraud"] == 0, "kind"].value_counts(normalize=True, dropna=False) for f in (rows, real)]
    expected = shares[0].sub(shares[1]).abs().sum() / 2
    assert suite.judge(rows).details["kind (0)"] == pytest.approx(expected)


def test_each_class_is_held_against_its_own() -> None:
    class Two(TestConformance):
        def real_rows(self):
            return super().real_rows().assign(amount=lambda f: f["fraud"] * 500.0)

    rows = Two().real_rows()
    assert Two().judge(rows).passed
    swapped = rows.assign(fraud=1 - rows["fraud"])
    assert not Two().judge(swapped).passed


def test_a_class_without_real_rows_is_as_far_as_can_be() -> None:
    suite = TestConformance()
    word = suite.judge(suite.clean().assign(fraud=7))
    assert not word.passed
    assert word.details["amount (7)"] == 1.0


def test_chance_alone_rarely_fails_a_day() -> None:
    """By its bound at most one day in a thousand; of 40 days none, with next to no distance allowed."""
    suite = TestConformance()
    real, params = suite.real(), suite.params.model_copy(update={"max_distance": 1e-9})
    rng = Generator(Philox(key=11))
    for _ in range(40):
        rows = real.rows.iloc[rng.integers(0, len(real.rows), 120)].reset_index(drop=True)
        evidence = suite.cls.observe(real, params, suite.batch(rows)).evidence
        assert suite.cls.judge(real, params, [evidence]).passed


def test_rows_without_a_label_are_judged_too() -> None:
    class Unlabelled(TestConformance):
        def spec(self):
            columns = {**builders.COLUMNS, "fraud": {"type": "int64", "nullable": True, "values": [0, 1]}}
            return builders.spec(columns=columns)

        def real_rows(self):
            rows = super().real_rows()
            return rows.assign(fraud=rows["fraud"].astype("Int64").mask(np.arange(len(rows)) % 3 == 0))

    rows = Unlabelled().clean()
    rows["fraud"] = pd.array([pd.NA] * len(rows), dtype="Int64")
    assert Unlabelled().judge(rows).passed
    assert not Unlabelled().judge(rows.assign(amount=0.0)).passed
