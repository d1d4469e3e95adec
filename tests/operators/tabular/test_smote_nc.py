"""SMOTE-NC held against its definition, computed the slow way."""

# ruff: noqa: PD011 - `values` here are what an operator drew

from typing import ClassVar

import numpy as np
import pandas as pd
import pytest
from numpy.random import Generator, Philox

from aug_assets.errors import TooFewParentsError
from aug_assets.frames import columns_of
from aug_assets.operators.base import Columns
from aug_assets.operators.tabular.smote_nc import SmoteNC, SmoteNCParams
from tests import builders
from tests.conformance.operators import OperatorConformance


class TestConformance(OperatorConformance):
    operator = "smote_nc"
    params: ClassVar = {"k": 4}


class TestConformanceOfOneNeighbour(OperatorConformance):
    operator = "smote_nc"
    params: ClassVar = {"k": 1}


def distances(parents: pd.DataFrame, columns: Columns) -> np.ndarray:
    """All squared SMOTE-NC distances by the definition: squares of differences, and per category the median
    deviation squared."""
    numbers = np.column_stack([parents[n].to_numpy(np.float64, na_value=np.nan) for n in columns.numeric])
    numbers = np.where(np.isnan(numbers), np.nanmedian(numbers, axis=0), numbers)
    weight = np.median(numbers.std(axis=0)) ** 2
    square = ((numbers[:, None, :] - numbers[None, :, :]) ** 2).sum(axis=2)
    for name in columns.categorical:
        text = parents[name].astype(object).where(parents[name].notna(), "null").astype(str).to_numpy()
        square += weight * (text[:, None] != text[None, :])
    return square


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("k", [1, 4, 9])
def test_neighbours_are_the_true_nearest(seed: int, k: int) -> None:
    parents = builders.typed(60, seed)  # has rows that repeat another
    columns = columns_of(builders.spec(), parents)
    state = SmoteNC.fit(parents, columns, SmoteNCParams(k=k))
    square = distances(parents, columns)
    np.fill_diagonal(square, np.inf)
    chosen = np.take_along_axis(square, state.neighbours.astype(np.int64), axis=1)
    np.testing.assert_allclose(chosen, np.sort(square, axis=1)[:, :k], atol=1e-6)


def test_neighbours_are_others_and_differ_even_among_many_copies() -> None:
    parents = builders.typed(30).iloc[[*range(10), *[3] * 20]].reset_index(drop=True)
    state = SmoteNC.fit(parents, columns_of(builders.spec(), parents), SmoteNCParams(k=5))
    for row, found in enumerate(state.neighbours):
        assert row not in found
        assert len(set(found)) == 5
    assert (distances(parents, state.coded.columns)[3][state.neighbours[3]] == 0).all()


def test_ties_at_equal_distances_on_whole_numbers() -> None:
    grid = pd.DataFrame({"x": np.repeat(np.arange(5.0), 5), "y": np.tile(np.arange(5.0), 5)})
    columns = Columns(("x", "y"), (), {}, {})
    state = SmoteNC.fit(grid, columns, SmoteNCParams(k=4))
    points = grid.to_numpy()
    square = ((points[:, None] - points[None]) ** 2).sum(axis=2)
    np.fill_diagonal(square, np.inf)
    chosen = np.take_along_axis(square, state.neighbours.astype(np.int64), axis=1)
    np.testing.assert_array_equal(chosen, np.sort(square, axis=1)[:, :4])
    np.testing.assert_array_equal(sorted(state.neighbours[12]), [7, 11, 13, 17])


def test_a_row_lies_between_its_two_parents() -> None:
    parents = builders.typed(50)
    suite = TestConformance()
    state = suite.fit(parents)
    drawn = suite.draw(state, suite.keys(50), parents)
    one, other = parents.iloc[drawn.parents[:, 0]], parents.iloc[drawn.parents[:, 1]]
    for name in state.coded.columns.numeric:
        a, b = (p[name].to_numpy(np.float64, na_value=np.nan) for p in (one, other))
        b = np.where(np.isnan(b), a, b)
        made = drawn.rows[name].to_numpy(np.float64, na_value=np.nan)
        slack = 0.5 * 10.0 ** -state.coded.columns.decimals[name]
        known = ~np.isnan(a)
        assert (made[known] >= np.minimum(a, b)[known] - slack).all(), name
        assert (made[known] <= np.maximum(a, b)[known] + slack).all(), name
        exact = a + drawn.values["gap"] * (b - a)
        assert np.abs(made[known] - exact[known]).max() <= slack + 1e-9, name


def test_both_parents_are_neighbours_and_every_neighbour_is_drawn() -> None:
    parents = builders.typed(20)
    suite = TestConformance()
    state = suite.fit(parents)
    drawn = suite.draw(state, suite.keys(20, copies=100), parents)
    for row in range(20):
        partners = set(drawn.parents[drawn.parents[:, 0] == row, 1])
        assert partners == set(state.neighbours[row])


def test_categories_are_modes_of_the_neighbours_and_ties_are_all_drawn() -> None:
    parents = builders.typed(40)
    suite = TestConformance()
    state = suite.fit(parents)
    drawn = suite.draw(state, suite.keys(40, copies=60), parents)
    tied = 0
    for name in state.coded.columns.categorical:
        made = drawn.rows[name].astype(object).where(drawn.rows[name].notna(), None)
        source = parents[name].astype(object).where(parents[name].notna(), None)
        for row in range(40):
            counts = source.iloc[state.neighbours[row]].value_counts(dropna=False)
            modes = set(counts.index[counts == counts.max()].map(str))
            assert set(made[drawn.parents[:, 0] == row].map(str)) == modes, (name, row)
            tied += len(modes) > 1
    assert tied > 5, "no ties among the examples, so this proves little"


def test_which_of_tied_categories_is_drawn_has_nothing_to_do_with_partner_and_gap() -> None:
    parents = builders.typed(40)
    suite = TestConformance()
    state = suite.fit(parents)
    drawn = suite.draw(state, suite.keys(40, copies=400), parents)
    partner = np.argmax(state.neighbours[drawn.parents[:, 0]] == drawn.parents[:, [1]], axis=1)
    for j, name in enumerate(state.coded.columns.categorical):
        first = state.coded.categories[j].take(state.modes[:, j, 0])[drawn.parents[:, 0]]
        is_first = (drawn.rows[name] == pd.Series(first, dtype=drawn.rows[name].dtype)).fillna(value=False)
        tied = (state.mode_counts[:, j] == 2)[drawn.parents[:, 0]] & pd.notna(first)
        assert tied.sum() > 1000, name
        for other in (drawn.values["gap"], partner):
            chance = 4 / np.sqrt(tied.sum())
            correlation = np.corrcoef(is_first.to_numpy(np.float64)[tied], other[tied])[0, 1]
            assert abs(correlation) < chance, name


def test_a_null_partner_leaves_the_parents_number() -> None:
    parents = pd.DataFrame({"x": [1.0, 2.0, np.nan], "y": [0.0, 0.1, 0.2]})
    suite = TestConformanceOfOneNeighbour()
    state = SmoteNC.fit(parents, Columns(("x", "y"), (), {}, {}), SmoteNCParams(k=2))
    drawn = SmoteNC.draw(
        state,
        SmoteNCParams(k=2),
        suite.keys(3, 40),
        parents.iloc[suite.keys(3, 40).parent].reset_index(drop=True),
    )
    partner_null = drawn.parents[:, 1] == 2
    first = drawn.parents[:, 0] == 0
    assert (drawn.rows["x"][partner_null & first] == 1.0).all()
    assert (partner_null & first).any()
    assert drawn.rows["x"][drawn.parents[:, 0] == 2].isna().all()


def test_gaps_and_partners_are_uniform() -> None:
    parents = builders.typed(20)
    suite = TestConformance()
    state = suite.fit(parents)
    drawn = suite.draw(state, suite.keys(20, copies=500), parents)
    gap = np.sort(drawn.values["gap"])
    steps = (np.arange(len(gap)) + 1) / len(gap)
    assert np.abs(gap - steps).max() < 0.02  # the 0.1 % point of Kolmogorov for 10,000 is 0.0195
    share = np.mean(state.neighbours[drawn.parents[:, 0], 0] == drawn.parents[:, 1])
    assert abs(share - 1 / 4) < 0.02


def test_integers_with_nulls_beyond_exact_floats_do_not_overflow() -> None:
    top = 2**63 - 1
    parents = pd.DataFrame({"n": pd.array([top, top - 10, None, 2**53 + 1, -top, top], dtype="Int64")})
    spec = builders.spec(columns={**builders.COLUMNS, "n": {"type": "int64", "nullable": True}})
    columns = Columns(
        ("n",), (), {"n": 0}, {"n": columns_of(spec, parents.assign(amount=0.0, count=0)).bounds["n"]}
    )
    state = SmoteNC.fit(parents, columns, SmoteNCParams(k=2))
    keys = TestConformance().keys(6)
    drawn = SmoteNC.draw(state, SmoteNCParams(k=2), keys, parents.iloc[keys.parent].reset_index(drop=True))
    assert drawn.rows["n"].dtype == "Int64"
    assert drawn.rows["n"].min() >= -top - 1


def test_too_few_parents_names_what_would_do() -> None:
    parents = builders.typed(5)
    with pytest.raises(TooFewParentsError) as caught:
        SmoteNC.fit(parents, columns_of(builders.spec(), parents), SmoteNCParams(k=5))
    assert caught.value.seen == "5"
    assert "6 rows" in caught.value.legal


def test_categories_only() -> None:
    rng = Generator(Philox(key=9))
    parents = pd.DataFrame({"c": pd.Series(rng.choice(["x", "y"], 12), dtype="string")})
    state = SmoteNC.fit(parents, Columns((), ("c",), {}, {}), SmoteNCParams(k=3))
    keys = TestConformance().keys(12)
    drawn = SmoteNC.draw(state, SmoteNCParams(k=3), keys, parents.iloc[keys.parent].reset_index(drop=True))
    same = parents["c"].to_numpy()[state.neighbours] == parents["c"].to_numpy()[:, None]
    assert same.all()  # enough of both, so the nearest are of the same category
    assert (drawn.rows["c"].to_numpy() == parents["c"].to_numpy()[keys.parent]).all()
