"""Associations: known values, corrections for chance, and columns that say nothing."""

import numpy as np
import pandas as pd
import pytest
from numpy.random import Generator, Philox
from scipy.stats import spearmanr

from aug_assets.operators.base import Columns
from aug_assets.report.association import association

COLUMNS = Columns(("x", "y"), ("a", "b"), {}, {})
ROWS = 400


def rows() -> pd.DataFrame:
    rng = Generator(Philox(key=3))
    x = rng.gamma(2.0, 3.0, ROWS).round(1)  # with ties
    a = rng.choice(["p", "q", "r"], ROWS)
    return pd.DataFrame(
        {"x": x, "y": x**2 + rng.normal(0, 20, ROWS), "a": a, "b": rng.choice(["s", "t"], ROWS)}
    )


def between(one: str, other: str, frame: pd.DataFrame) -> float:
    return float(association(frame, COLUMNS, (one, other))[0, 1])


def test_two_numbers_have_spearmans_correlation() -> None:
    frame = rows()
    assert between("x", "y", frame) == pytest.approx(spearmanr(frame["x"], frame["y"]).statistic)
    assert between("x", "y", frame.assign(y=-frame["x"])) == pytest.approx(-1.0)


def test_categories_that_name_each_other_are_at_one_and_independent_ones_near_zero() -> None:
    frame = rows()
    assert between("a", "b", frame) < 0.1
    assert between("a", "b", frame.assign(b=frame["a"].str.upper())) == pytest.approx(1.0)


def test_a_category_that_sorts_a_number_is_strong_whichever_comes_first() -> None:
    frame = rows()
    assert between("x", "a", frame) < 0.15
    cut = frame.assign(a=pd.cut(frame["x"], 8).astype(str))
    assert between("x", "a", cut) == between("a", "x", cut) > 0.95


def test_few_rows_and_many_categories_do_not_look_associated() -> None:
    found = []
    for key in range(20):
        a, b = Generator(Philox(key=key)).integers(0, 6, (2, 30)).astype(str)
        found.append(between("a", "b", pd.DataFrame({"a": a, "b": b})))
    assert np.mean(found) < 0.2  # without the correction it is 0.4


def test_constants_nulls_and_single_rows_have_no_strength() -> None:
    frame = rows()
    assert np.isnan(between("x", "y", frame.assign(x=1.0)))
    assert np.isnan(between("x", "y", frame.assign(x=np.nan)))
    assert np.isnan(between("a", "b", frame.assign(a="p")))
    assert np.isnan(between("x", "b", frame.head(1)))
    assert np.isnan(association(frame.head(0), COLUMNS, ("x", "y", "a", "b"))).all()
