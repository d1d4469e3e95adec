"""Donors are drawn evenly or by weight, and what is left of the number is even too."""

import numpy as np
import pytest
from numpy.random import Generator, Philox

from aug_assets.operators.tabular.leaves import leaves

NUMBERS = Generator(Philox(key=1)).integers(0, 1 << 32, 40_000, dtype=np.uint64)
ROWS = np.array([7, 3, 5, 1, 0, 2, 6, 4], np.int32)


def drawn(leaf: int, weights: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
    group = leaves(ROWS, np.array([0, 3]), np.array([3, 5]), weights)
    at = np.full(len(NUMBERS), leaf)
    return group.donors(group.first[at], group.size[at], NUMBERS)


@pytest.mark.parametrize("weights", [None, [1, 2, 4, 3, 0, 0, 9, 1]])
@pytest.mark.parametrize("leaf", [0, 1])
def test_shares_of_donors_and_rest(leaf: int, weights: list[int] | None) -> None:
    row, rest = drawn(leaf, None if weights is None else np.array(weights, np.uint64))
    members = ROWS[:3] if leaf == 0 else ROWS[3:]
    weight = np.ones(8) if weights is None else np.array(weights, float)
    wanted = np.where(np.isin(np.arange(8), members), weight, 0)
    np.testing.assert_allclose(np.bincount(row, minlength=8) / len(row), wanted / wanted.sum(), atol=0.012)
    assert (wanted[np.unique(row)] > 0).all()
    assert ((rest >= 0) & (rest < 1)).all()
    for donor in np.unique(row):
        assert rest[row == donor].mean() == pytest.approx(0.5, abs=0.03)
        assert rest[row == donor].std() == pytest.approx(0.2887, abs=0.02)
