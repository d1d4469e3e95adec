"""SMOTE held against its definition; compiled, in numpy and in chunks the same bytes."""

# ruff: noqa: PD011 - `values` here are what an operator drew

from typing import ClassVar

import numpy as np
import pandas as pd
import pytest
from numpy.random import Generator, Philox

from aug_assets.errors import TooFewParentsError
from aug_assets.keys import RowKeys
from aug_assets.operators.base import Columns
from aug_assets.operators.tabular.smote import Between, Smote, SmoteParams, interpolate
from tests import builders
from tests.conformance.operators import OperatorConformance


class TestConformance(OperatorConformance):
    operator = "smote"
    params: ClassVar = {"k": 4}


class TestConformanceOfOneNeighbour(OperatorConformance):
    operator = "smote"
    params: ClassVar = {"k": 1}


def test_numbers_lie_between_and_categories_are_the_parents() -> None:
    parents = builders.typed(50)
    suite = TestConformance()
    state = suite.fit(parents)
    drawn = suite.draw(state, suite.keys(50, copies=20), parents)
    one, other = parents.iloc[drawn.parents[:, 0]], parents.iloc[drawn.parents[:, 1]]
    for name in state.coded.columns.numeric:
        a, b = (p[name].to_numpy(np.float64, na_value=np.nan) for p in (one, other))
        exact = a + drawn.values["gap"] * np.where(np.isnan(b), 0.0, b - a)
        made = drawn.rows[name].to_numpy(np.float64, na_value=np.nan)
        np.testing.assert_array_equal(np.isnan(made), np.isnan(a))
        assert np.nanmax(np.abs(made - exact)) <= 0.5 * 10.0 ** -state.coded.columns.decimals[name] + 1e-9
    for name in state.coded.columns.categorical:
        pd.testing.assert_series_equal(drawn.rows[name], one[name].reset_index(drop=True))
    partners = [set(drawn.parents[drawn.parents[:, 0] == row, 1]) for row in range(50)]
    assert all(found <= set(state.neighbours[row]) for row, found in enumerate(partners))


def test_categories_do_not_count_for_the_distance() -> None:
    parents = pd.DataFrame({"x": [0.0, 1.0, 10.0, 11.0], "c": ["a", "b", "a", "b"]})
    state = Smote.fit(parents, Columns(("x",), ("c",), {}, {}), SmoteParams(k=1))
    assert state.neighbours.ravel().tolist() == [1, 0, 3, 2]


def test_too_few_parents_names_the_operator() -> None:
    parents = builders.typed(4)
    with pytest.raises(TooFewParentsError, match="smote needs more"):
        TestConformance().fit(parents)


def test_a_key_of_another_selection_is_refused() -> None:
    suite = TestConformance()
    state = suite.fit(builders.typed(10))
    with pytest.raises(IndexError, match="parent 11 of 10"):
        Smote.draw_arrays(state, suite.step, suite.keys(12))


@pytest.mark.parametrize("operator", ["smote", "smote_nc"])
def test_compiled_in_numpy_and_in_chunks_the_same_bytes(
    operator: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("numba")
    suite = TestConformance()
    suite.operator = operator
    state, keys = suite.fit(wide(60)), suite.keys(60, copies=100)
    made = {}
    for switch in "01":
        monkeypatch.setenv("AUG_NUMBA", switch)
        for chunk in (len(keys), 1000):
            pieces = [
                suite.cls.draw_arrays(state, suite.step, keys[start : start + chunk])
                for start in range(0, len(keys), chunk)
            ]
            made[switch, chunk] = [
                np.concatenate(parts).tobytes()
                for parts in zip(
                    *((p.numbers, p.codes, p.parents, p.values["gap"]) for p in pieces), strict=True
                )
            ]
    assert all(found == made["0", 1000] for found in made.values())
    assert made["0", 1000] != made["0", 1000][::-1]


def test_a_stream_into_one_buffer_makes_the_same_rows() -> None:
    suite = TestConformance()
    state, keys = suite.fit(wide(60)), suite.keys(60, copies=50)
    whole = Smote.draw_arrays(state, suite.step, keys)
    buffer = Between.empty(500, state.coded)
    for start in range(0, len(keys), 500):
        interpolate(state.coded, state.neighbours, keys[start : start + 500], buffer)
        assert buffer.numbers.tobytes() == whole.numbers[start : start + 500].tobytes()
        assert buffer.parents.tobytes() == whole.parents[start : start + 500].tobytes()


def test_no_keys_leave_the_buffer_alone() -> None:
    state = TestConformance().fit(wide(20))
    none = RowKeys(np.empty((0, 2), np.uint64), np.empty(0, np.int64), np.empty(0, np.int32))
    interpolate(state.coded, state.neighbours, none, Between.empty(0, state.coded))


def wide(rows: int) -> pd.DataFrame:
    """The small dataset's rows, with amounts that use all bits of a float."""
    made = builders.typed(rows)
    return made.assign(amount=Generator(Philox(key=3)).gamma(2.0, 30.0, rows))
