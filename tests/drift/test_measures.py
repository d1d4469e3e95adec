"""Distances from sketches are those of the values themselves."""

import numpy as np
import pyarrow as pa
import pytest
from numpy.random import Generator, Philox
from scipy import stats

from aug_assets.drift.measures import chi_square, compare, counts
from aug_assets.drift.sketch import categories, numbers


def drawn(rows: int, seed: int, shift: float = 0.0, factor: float = 1.0) -> np.ndarray:
    return Generator(Philox(key=seed)).lognormal(3, 0.7, rows) * factor + shift


def test_they_agree_with_scipy() -> None:
    day, reference = drawn(4000, 1, factor=1.15), drawn(20_000, 2)
    found = compare(numbers(day), numbers(reference))
    assert found.ks == pytest.approx(stats.ks_2samp(day, reference).statistic, abs=0.003)
    wanted = stats.wasserstein_distance(day, reference) / reference.std()
    assert found.wasserstein == pytest.approx(wanted, rel=0.02)
    assert found.scale == pytest.approx(4000 * 20_000 / 24_000)


def test_the_index_is_the_textbook_one() -> None:
    p, q = np.array([300, 500, 200]), np.array([4000, 4000, 2000])
    names = ["a", "b", "c"]
    day, reference = (categories(pa.array(np.repeat(names, told))) for told in (p, q))
    a, b = p / p.sum(), q / q.sum()
    found = compare(day, reference)
    assert found.psi == pytest.approx(float(((a - b) * np.log(a / b)).sum()), rel=0.02)
    middle = (a + b) / 2
    js = (a * np.log2(a / middle)).sum() / 2 + (b * np.log2(b / middle)).sum() / 2
    assert found.js == pytest.approx(float(js))
    value, chance = chi_square(day, reference)
    wanted = stats.chi2_contingency(np.stack([p, q]), correction=False)
    assert (value, chance) == (pytest.approx(wanted.statistic), pytest.approx(wanted.pvalue))


def test_the_same_rows_are_no_distance_apart() -> None:
    one = numbers(drawn(3000, 4))
    found = compare(one, one)
    assert (found.psi, found.js, found.ks, found.wasserstein, found.missing) == (0, 0, 0, 0, 0)


def test_bins_hold_a_tenth_each() -> None:
    reference = numbers(drawn(50_000, 5))
    told = counts(reference, reference)[1]
    assert len(told) == 11
    np.testing.assert_allclose(told[:-1] / told.sum(), 0.1, atol=0.005)


@pytest.mark.parametrize("given", [[], [np.nan, np.nan]])
def test_a_side_without_values_is_as_far_as_can_be(given: list[float]) -> None:
    found = compare(numbers(np.array(given)), numbers(drawn(500, 6)))
    assert (found.ks, found.wasserstein) == (1.0, 1.0)
    nothing = compare(numbers(np.array(given)), numbers(np.empty(0)))
    assert (nothing.ks, nothing.psi if not given else 0.0) == (0.0, 0.0)


def test_a_constant_reference_and_a_new_value() -> None:
    found = compare(numbers(np.full(100, 6.0)), numbers(np.full(900, 5.0)))
    assert found.ks == 1.0
    assert found.wasserstein == pytest.approx(1.0, rel=0.01)
    assert np.isfinite(found.psi)
    new = compare(categories(pa.array(["new"] * 100)), categories(pa.array(["old"] * 900)))
    assert (new.ks, new.js) == (1.0, pytest.approx(1.0))


def test_missing_values_are_a_distance_of_their_own() -> None:
    day = drawn(1000, 7)
    day[:300] = np.nan
    found = compare(numbers(day), numbers(drawn(5000, 8)))
    assert found.missing == pytest.approx(0.3)
    assert found.psi > 0.5
