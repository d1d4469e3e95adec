"""The adversarial forest: what it keeps of the rows, and what weights and fixed values do to the draw."""

from typing import Any, ClassVar

import numpy as np
import pytest

from aug_assets.errors import TooFewParentsError
from aug_assets.operators.tabular.arf import Arf, ArfParams
from tests.conformance.operators import OperatorConformance
from tests.operators.tabular.generators import COLUMNS, Given, copied, draw, tied


class TestConformance(OperatorConformance):
    operator = "arf"
    params: ClassVar = {"trees": 5}
    nulls_follow_parent = False


class TestGiven(Given):
    operator = "arf"
    mean_tolerance = 0.7

    def test_no_row_that_matches(self) -> None:
        with pytest.raises(TooFewParentsError):
            self.made(tied(), kind="a", place=None)


def fitted(count: int = 300, **params: Any) -> Any:
    return Arf.fit(tied(count), COLUMNS, ArfParams(**params))


def test_ties_between_columns_are_kept_and_no_row_is_copied() -> None:
    parents = tied()
    made = draw("arf", parents).rows
    assert made[["x", "y"]].corr().iloc[0, 1] > 0.9
    assert made.loc[made["kind"] != "c", "place"].isna().mean() < 0.1  # one forest cannot learn all of it
    assert copied(made, parents) == 0
    means = made.groupby("kind")["x"].mean() - parents.groupby("kind")["x"].mean()
    assert means.abs().max() < 0.7


def test_donors_share_a_leaf_with_the_parent() -> None:
    state = fitted(trees=3)
    drawn = draw("arf", tied(), trees=3)
    tree = drawn.values["tree"].astype(np.int64)
    leaf = state.forest.leaf[tree, drawn.parents[:, 0]]
    for column in drawn.parents.T[1:]:
        for row in range(0, len(leaf), 97):
            first, size = state.forest.leaves.first[leaf[row]], int(state.forest.leaves.size[leaf[row]])
            assert column[row] in state.forest.leaves.rows[first : first + size]


def test_every_leaf_has_enough_rows() -> None:
    state = fitted(min_leaf=8)
    assert state.forest.leaves.size[state.forest.leaf].min() >= 8


def test_rounds_stop_once_forests_are_fooled() -> None:
    accuracy = fitted(rounds=10, delta=0.1).forest.accuracy
    assert 1 < len(accuracy) < 10
    assert accuracy[0] > 0.65  # columns that are independent are told apart
    assert min(accuracy) == accuracy[-1] <= 0.6


def test_segments_weigh_as_asked_and_the_forest_is_the_same() -> None:
    weights = {"by": "segment", "column": "kind", "weight": {"a": 0, "c": 5}, "other": 1}
    made = draw("arf", tied(), weights=weights).rows["kind"].value_counts(normalize=True)
    share = tied()["kind"].value_counts(normalize=True)
    assert "a" not in made  # rows of weight 0 give no value
    assert made["c"] == pytest.approx(5 * share["c"] / (5 * share["c"] + share["b"]), abs=0.06)
    np.testing.assert_array_equal(fitted(weights=weights).forest.leaf, fitted().forest.leaf)


def test_recent_rows_are_drawn_more() -> None:
    weights = {"by": "recency", "column": "time", "half_life_hours": 24}
    donors = draw("arf", tied(), weights=weights).parents[:, 1:]
    ages = 299 - donors.ravel()  # a row an hour
    assert 24 < ages.mean() < 50  # 35 where a row lends by its weight alone
    assert (299 - draw("arf", tied()).parents[:, 1:]).mean() > 120


def test_weights_and_fixed_values_that_leave_no_row() -> None:
    weights = {"by": "segment", "column": "kind", "weight": {"a": 0}}
    with pytest.raises(TooFewParentsError):
        fitted(weights=weights, given={"kind": "a"})


def test_numbers_that_follow_from_each_other_share_a_donor() -> None:
    assert fitted().lanes == (0, 0, 1, 2, 3)  # x and y
    assert fitted(together=1.0).lanes == (0, 1, 2, 3, 4)
    drawn = draw("arf", tied(), trees=3).parents
    np.testing.assert_array_equal(drawn[:, 1], drawn[:, 2])
    assert (drawn[:, 1] != drawn[:, 3]).any()
