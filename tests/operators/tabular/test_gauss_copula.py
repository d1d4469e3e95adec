"""The Gaussian copula: columns and correlations as they were, and its normal numbers held to scipy's."""

from typing import ClassVar

import numpy as np
import pytest
from scipy.special import ndtr, ndtri

from aug_assets.operators.tabular import normal
from tests.conformance.operators import OperatorConformance
from tests.operators.tabular.generators import Given, copied, draw, tied


class TestConformance(OperatorConformance):
    operator = "gauss_copula"
    params: ClassVar = {"shrink": 0.05}
    nulls_follow_parent = False


class TestGiven(Given):
    operator = "gauss_copula"
    mean_tolerance = 2.3  # three kinds and three means are no straight line of normal scores
    least_tied = 0.35


def test_columns_and_correlations_are_kept_and_no_row_is_copied() -> None:
    parents = tied(1000)
    made = draw("gauss_copula", parents, copies=20).rows
    assert made[["x", "y"]].corr("spearman").iloc[0, 1] > 0.75  # 0.97; nulls in the middle cost the rest
    for name in ("x", "y", "fee"):
        for share in (0.1, 0.5, 0.9):
            assert made[name].quantile(share) == pytest.approx(parents[name].quantile(share), abs=0.5), name
    for name in ("kind", "place"):
        gap = made[name].value_counts(normalize=True, dropna=False) - parents[name].value_counts(
            normalize=True, dropna=False
        )
        assert gap.abs().max() < 0.02, name
    assert set(made["fee"]) == {0.0, 2.5, 9.99}
    assert copied(made, parents) == 0


def test_columns_are_independent_at_full_shrinkage() -> None:
    made = draw("gauss_copula", tied(), copies=20, shrink=1.0).rows
    assert abs(made[["x", "y"]].corr("spearman").iloc[0, 1]) < 0.05


def test_tables_are_the_normal_distribution() -> None:
    shares = (np.arange(200_000) + 0.5) / 200_000
    inner = (shares > 0.001) & (shares < 0.999)
    np.testing.assert_allclose(normal.score(shares)[inner], ndtri(shares[inner]), atol=2e-3)
    scores = np.linspace(-9, 9, 10_001)
    np.testing.assert_allclose(normal.share(scores), ndtr(scores), atol=1e-6)
    assert normal.share(np.array([40.0]))[0] < 1
    spread = normal.score(shares)
    assert spread.mean() == pytest.approx(0, abs=1e-9)
    assert spread.std() == pytest.approx(1, abs=1e-3)


def test_the_factor_is_that_of_the_shrunk_correlations() -> None:
    scores = normal.score((np.argsort(np.random.default_rng(1).random((4, 500))) + 0.5) / 500)
    scores[1] = 0.8 * scores[0] + 0.6 * scores[1]
    made = normal.factor(scores, 0.1)
    wanted = 0.9 * (scores @ scores.T) / np.sqrt(np.outer(*[(scores**2).sum(1)] * 2)) + 0.1 * np.eye(4)
    np.testing.assert_allclose(made @ made.T, wanted, atol=1e-8)
    assert (made == np.tril(made)).all()
