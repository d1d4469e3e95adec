"""The smoothed bootstrap: noise of the promised size, on numbers only."""

from typing import ClassVar

import numpy as np
import pandas as pd
import pytest

from aug_assets.operators.base import Columns
from aug_assets.operators.tabular.jitter_bootstrap import JitterBootstrap, JitterBootstrapParams
from tests.conformance.operators import OperatorConformance


class TestConformance(OperatorConformance):
    operator = "jitter_bootstrap"
    params: ClassVar = {"scale": 0.2}


class TestConformanceOfLoudNoise(OperatorConformance):
    operator = "jitter_bootstrap"
    params: ClassVar = {"scale": 1.0}  # so that bounds are reached


def draw(parents: pd.DataFrame, columns: Columns, copies: int = 200, scale: float = 0.5) -> pd.DataFrame:
    params = JitterBootstrapParams(scale=scale)
    keys = TestConformance().keys(len(parents), copies)
    state = JitterBootstrap.fit(parents, columns, params)
    return JitterBootstrap.draw(state, params, keys, parents.iloc[keys.parent].reset_index(drop=True)).rows


def test_noise_has_the_promised_spread_and_no_drift() -> None:
    parents = pd.DataFrame({"x": np.linspace(-50.0, 50.0, 50)})
    made = draw(parents, Columns(("x",), (), {}, {}))
    noise = made["x"].to_numpy() - np.repeat(parents["x"].to_numpy(), 200)
    spread = 0.5 * parents["x"].std(ddof=0)
    assert abs(noise.mean()) < spread * 0.04  # four standard errors of 10,000 draws
    assert noise.std() == pytest.approx(spread, rel=0.03)
    assert np.abs(noise).max() <= spread * 3.47


def test_noise_of_columns_is_independent() -> None:
    parents = pd.DataFrame({name: np.linspace(0.0, 1.0, 50) for name in "abcde"})
    made = draw(parents, Columns(tuple("abcde"), (), {}, {}))
    noise = made.to_numpy() - np.repeat(parents.to_numpy(), 200, axis=0)
    correlation = np.corrcoef(noise.T) - np.eye(5)
    assert np.abs(correlation).max() < 0.05


def test_bounds_that_are_no_legal_decimal_hold_both() -> None:
    parents = pd.DataFrame({"x": [0.01, 0.99] * 10, "n": np.array([1, 2] * 10)})
    columns = Columns(("x", "n"), (), {"x": 2, "n": 0}, {"x": (0.005, 0.995), "n": (0.5, 2.5)})
    made = draw(parents, columns, scale=1.0)
    assert made["x"].min() == 0.01
    assert made["x"].max() == 0.99
    assert set(made["n"]) == {1, 2}


def test_no_negative_zero() -> None:
    parents = pd.DataFrame({"x": [0.0, 0.001, -0.001, 0.002]})
    made = draw(parents, Columns(("x",), (), {"x": 1}, {}))["x"].to_numpy()
    assert (made == 0).all()
    assert not np.signbit(made).any()


def test_a_column_of_one_value_stays() -> None:
    parents = pd.DataFrame({"x": [7.25] * 5})
    assert (draw(parents, Columns(("x",), (), {}, {}))["x"] == 7.25).all()


def test_small_values_of_a_long_tail_keep_their_size() -> None:
    parents = pd.DataFrame({"amount": [0.5] * 30 + [2.0] * 30 + [9000.0] * 3})
    made = draw(parents, Columns(("amount",), (), {}, {"amount": (0.0, np.inf)}), scale=0.05)["amount"]
    change = np.abs(made.to_numpy() / np.repeat(parents["amount"].to_numpy(), 200) - 1)
    assert 0 < change.max() <= 0.05 * 3.47 + 1e-9
