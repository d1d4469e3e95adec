"""Samples, chance and space: what several gates stand on."""

import numpy as np
import pandas as pd
import pytest
from numpy.random import Generator, Philox

from aug_assets.gates.chance import upper_below, upper_count, upper_share, upper_tail
from aug_assets.gates.sample import draw, merged
from aug_assets.gates.space import nearest, space
from aug_assets.operators.base import numbers
from tests import builders
from tests.conformance.gates import GateConformance


class Suite(GateConformance):
    gate = "coverage"


def drawn(rows: pd.DataFrame, size: int) -> dict:
    suite = Suite()
    return draw(suite.real(), suite.batch(rows), size, lambda _, part: numbers(part, ("amount",)))


@pytest.mark.parametrize("size", [1, 5, 1000])
def test_a_sample_knows_nothing_of_batches(size: int) -> None:
    rows = builders.typed(200, seed=3)
    whole = merged([drawn(rows, size)], size)
    pieces = [drawn(rows.iloc[at : at + 17], size) for at in range(0, 200, 17)]
    for parts in (pieces, pieces[::-1]):
        assert list(whole) == ["0", "1"]
        for label, lines in merged(parts, size).items():
            np.testing.assert_array_equal(lines, whole[label])
            assert len(lines) == min(size, {"0": 150, "1": 50}[label])


def test_a_sample_is_those_with_the_lowest_ids() -> None:
    rows = builders.typed(50, seed=3)
    ids = Suite().batch(rows).ids.to_pylist()
    first = min((i, n) for n, i in enumerate(ids) if rows["fraud"][n] == 1)[1]
    assert merged([drawn(rows, 1)], 1)["1"].tolist() == [[rows["amount"][first]]]


def test_bounds_hold_what_they_promise() -> None:
    rng = Generator(Philox(key=5))
    bad = rng.binomial(60, 0.05, 20_000)
    bounds = {n: upper_share(n, 60, 0.01) for n in set(bad.tolist())}
    assert np.mean([bounds[n] < 0.05 for n in bad.tolist()]) <= 0.012
    assert upper_share(60, 60, 0.01) == 1.0
    assert (rng.binomial(300, 0.03, 20_000) > upper_count(0.03, 300, 0.01)).mean() <= 0.012
    third = np.sort(rng.random((20_000, 60)), axis=1)[:, 2]
    assert (third > upper_tail(3, 60, 0.01)).mean() == pytest.approx(0.01, abs=0.004)


def test_distances_are_those_of_every_pair() -> None:
    suite = Suite()
    known = space(suite.real(), "0").known
    points = space(suite.real(), "0").of(suite.clean())
    every = np.sqrt(((points[:, None] - known[None]) ** 2).sum(axis=2))
    np.testing.assert_allclose(nearest(points, known), every.min(axis=1), atol=1e-3)
    np.testing.assert_allclose(nearest(points, known, 4), np.sort(every, axis=1)[:, 3], atol=1e-3)


def test_a_row_is_where_it_is_whatever_rows_are_beside_it() -> None:
    suite = Suite()
    rows = suite.clean()
    axes = space(suite.real(), "0")
    np.testing.assert_array_equal(axes.of(rows)[7:9], axes.of(rows.iloc[7:9]))
    np.testing.assert_array_equal(axes.of(suite.real().of_class("0")), axes.known)


def test_what_may_lie_beyond_the_third_of_others_is_exceeded_as_often_as_it_says() -> None:
    rng = Generator(Philox(key=9))
    third = np.sort(rng.random((20_000, 60)), axis=1)[:, 2]
    beyond = (rng.random((20_000, 200)) < third[:, None]).sum(axis=1)
    allowed = upper_below(3, 60, 200, 0.01)
    assert (beyond > allowed).mean() <= 0.01 + 0.003
    assert (beyond > allowed - 2).mean() > 0.01 - 0.003
