"""Sequential trees: what they keep of the rows, and in which order columns follow from each other."""

import numpy as np
import pytest

from aug_assets.operators.tabular.seq_cart import SeqCart, SeqCartParams
from tests.conformance.operators import OperatorConformance
from tests.operators.tabular.generators import COLUMNS, Given, copied, draw, tied


class TestConformance(OperatorConformance):
    operator = "seq_cart"
    nulls_follow_parent = False


class TestGiven(Given):
    operator = "seq_cart"

    def test_values_that_never_met(self) -> None:
        made = self.made(tied(), kind="a", place=None)
        assert (made["kind"] == "a").all()
        assert made["place"].isna().all()

    def test_a_number_between_those_seen(self) -> None:
        made = self.made(tied(), x=3.25)
        assert (made["x"] == 3.25).all()
        assert abs(made["y"].mean() - 6.5) < 1.5


def test_ties_between_columns_are_kept_and_no_row_is_copied() -> None:
    parents = tied()
    made = draw("seq_cart", parents).rows
    assert made[["x", "y"]].corr().iloc[0, 1] > 0.95
    assert made.loc[made["kind"] != "c", "place"].isna().mean() < 0.02
    assert made.loc[made["kind"] != "b", "y"].isna().mean() < 0.1
    assert copied(made, parents) == 0


def test_categories_come_first_and_the_first_is_the_parents_own() -> None:
    parents = tied()
    state = SeqCart.fit(parents, COLUMNS, SeqCartParams())
    assert state.order == (3, 4, 0, 1, 2)
    drawn = draw("seq_cart", parents)
    np.testing.assert_array_equal(drawn.parents[:, 1], drawn.parents[:, 0])
    assert (drawn.rows["kind"].to_numpy() == parents["kind"].to_numpy()[drawn.parents[:, 0]]).all()


def test_trees_take_each_row_where_it_was_learned() -> None:
    parents = tied()
    state = SeqCart.fit(parents, COLUMNS, SeqCartParams(min_leaf=7))
    features = np.vstack([state.margins.ranks(), state.coded.codes.T]).astype(np.int32)
    for tree in state.trees[1:]:
        first, size = tree.reached(features)
        assert size.min() >= 7
        for row in range(len(parents)):
            assert row in tree.leaves.rows[first[row] : first[row] + int(size[row])]


def test_segments_weigh_as_asked() -> None:
    weights = {"by": "segment", "column": "kind", "weight": {"a": 0, "c": 5}, "other": 1}
    made = draw("seq_cart", tied(), weights=weights).rows["kind"].value_counts(normalize=True)
    share = tied()["kind"].value_counts(normalize=True)
    assert "a" not in made
    assert made["c"] == pytest.approx(5 * share["c"] / (5 * share["c"] + share["b"]), abs=0.06)
