"""Cells of columns: draws near a value stay near it, atoms and nulls stay themselves."""

import numpy as np
import pytest
from numpy.random import Generator, Philox

from aug_assets.operators.tabular.margins import margins

SHARES = np.linspace(0, 1, 1001)[:-1]


def near(values: np.ndarray, row: int, jitter: float) -> np.ndarray:
    cells = margins(values[:, None], jitter)
    return cells.near(0, np.full(len(SHARES), row), SHARES)[0]


def test_draws_lie_within_as_many_ranks_and_are_new() -> None:
    values = Generator(Philox(key=1)).normal(0, 1, 50)
    ordered = np.sort(values)
    for row in range(50):
        rank = int(np.flatnonzero(ordered == values[row])[0])
        made = near(values, row, jitter=2.0)
        assert made.min() >= ordered[max(rank - 3, 0)]
        assert made.max() <= ordered[min(rank + 3, 49)]
        assert np.median(made) == pytest.approx(
            values[row], abs=0.6 * np.ptp(ordered[max(rank - 1, 0) : rank + 2])
        )
        assert not np.isin(made, values).all()


def test_the_distribution_is_kept() -> None:
    values = Generator(Philox(key=2)).exponential(1, 400)
    cells = margins(values[:, None], 2.0)
    made = np.concatenate([cells.near(0, np.arange(400), np.full(400, s))[0] for s in SHARES[::10]])
    for share in (0.05, 0.5, 0.95):
        assert np.quantile(made, share) == pytest.approx(np.quantile(values, share), abs=0.05)


def test_atoms_and_nulls_stay_and_nothing_appears_beside_them() -> None:
    values = np.array([0.0] * 5 + [1.0, 2.0, 3.0] + [9.0] * 4 + [np.nan] * 2 + [np.inf])
    cells = margins(values[:, None], 3.0)
    for row in (*range(5), *range(8, 12), 14):
        assert (cells.near(0, np.full(1000, row), SHARES)[0] == values[row]).all()
    assert np.isnan(cells.near(0, np.full(1000, 12), SHARES)[0]).all()
    smooth = np.concatenate([near(values, row, 3.0) for row in (5, 6, 7)])
    assert smooth.min() >= 1.0
    assert smooth.max() <= 3.0
    assert cells.rank.tolist() == [[0] * 5 + [1, 2, 3] + [4] * 4 + [5, -1, -1]]
    np.testing.assert_array_equal(cells.ranks()[0], [0] * 5 + [1, 2, 3] + [4] * 4 + [-1, -1, 5])


def test_no_jitter_keeps_the_values() -> None:
    values = Generator(Philox(key=3)).normal(0, 1, 20)
    for row in range(20):
        assert (near(values, row, 0.0) == values[row]).all()


def test_no_columns() -> None:
    assert margins(np.empty((5, 0)), 2.0).ranks().shape == (0, 5)
