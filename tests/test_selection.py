"""Selection: who becomes a parent, and how copies are shared by policy and weight."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from aug_assets import recipe, selection
from aug_assets.errors import TooFewParentsError
from aug_assets.spec import DatasetSpec, Holdout
from tests import builders

SPEC = builders.spec()


def spec(**select: Any) -> DatasetSpec:
    return builders.spec(recipe=[builders.branch(**select)])


def crossing(rows: int = 60) -> pd.DataFrame:
    """The minority lies in a line that leads out of the others' crowd: amounts 0..., others below 100."""
    frame = builders.typed(rows)
    amount = np.where(frame["fraud"] == 1, np.linspace(5, 600, rows), np.linspace(0, 100, rows))
    for name in ("count", "kind", "flag"):
        frame[name] = frame[name].iloc[[1] * rows].to_numpy()
    return frame.assign(amount=amount.round(2))


def chosen(found: DatasetSpec, frame: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    picked = selection.select(found, found.recipe[0], frame)
    return frame["amount"].to_numpy()[picked.chosen], picked.weight


def test_even_weighs_all_alike() -> None:
    assert set(chosen(spec(), crossing())[1]) == {1.0}


def test_adasyn_weighs_by_the_share_of_others_nearby() -> None:
    amounts, weight = chosen(spec(policy="adasyn", neighbours=5), crossing())
    assert weight[amounts > 300].max() == 0.0
    assert weight[amounts < 60].min() > 0.5
    assert ((weight * 5) % 1 == 0).all()


def test_borderline_takes_rows_in_danger_alike_and_no_noise() -> None:
    frame = crossing()
    _, near = chosen(spec(policy="adasyn", neighbours=8), frame)
    _, weight = chosen(spec(policy="borderline", neighbours=8), frame)
    np.testing.assert_array_equal(weight, ((near >= 0.5) & (near < 1)).astype(float))
    assert set(weight) == {0.0, 1.0}


def test_no_row_in_danger_is_said() -> None:
    frame = builders.typed(40).assign(count=1)
    frame["amount"] = np.where(frame["fraud"] == 1, 900.0, 1.0)
    with pytest.raises(TooFewParentsError, match="no parent near another class"):
        chosen(spec(policy="borderline", neighbours=3), frame)


def test_rows_without_weight_get_no_copies_and_the_sum_holds() -> None:
    rows = 12
    weight = np.array([0.0, 3.0, 1.0, 0.0] * 3)
    parent, copy = selection.copies(spec(copies=2).recipe[0].select, builders.row_ids(rows), 0, weight)
    counts = np.bincount(parent, minlength=rows)
    np.testing.assert_array_equal(counts, np.array([0, 6, 2, 0] * 3))
    assert (np.diff(parent) >= 0).all()
    assert (copy[np.r_[True, np.diff(parent) > 0]] == 0).all()


@pytest.mark.parametrize("copies", [1, 3, 7])
def test_remainders_are_dealt_out_whole(copies: int) -> None:
    weight = np.arange(1.0, 12.0)
    parent, _ = selection.copies(spec(copies=copies).recipe[0].select, builders.row_ids(11), 0, weight)
    exact = weight / weight.sum() * copies * 11
    assert len(parent) == copies * 11
    assert (np.abs(np.bincount(parent, minlength=11) - exact) < 1).all()


def test_a_condition_chooses_among_the_class() -> None:
    frame = builders.typed(80)
    found = spec(where="kind == 'a'")
    picked = selection.select(found, found.recipe[0], frame)
    kinds = frame["kind"][picked.chosen]
    assert len(kinds)
    assert set(kinds) == {"a"}
    assert picked.others.sum() == (frame["fraud"] == 0).sum()


def test_weights_by_segment_share_the_copies() -> None:
    weights = {"by": "segment", "column": "kind", "weight": {"a": 4}, "other": 0}
    rows = recipe.make(recipe.plan(spec(weights=weights), builders.DAY, builders.table(80)), 0, 0, 40)
    parents = {p for row in rows.told["parents"].to_pylist() for p in row[:1]}
    kinds = dict(zip(*(builders.table(80)[name].to_pylist() for name in ("row_id", "kind")), strict=True))
    assert {kinds[p] for p in parents} == {"a"}


# --- the holdout -------------------------------------------------------------------------------------------
def test_no_parent_and_no_neighbour_comes_from_the_holdout() -> None:
    found = builders.spec(holdout={"by": "note", "share": 0.5}, recipe=[builders.branch(copies=9)])
    table = builders.table(120)
    held = found.holdout.held(builders.typed(120)["note"])
    lost = set(np.array(table["row_id"].to_pylist())[held])
    made = recipe.make(recipe.plan(found, builders.DAY, table), 0, 0, 90)
    assert 20 < len(lost) < 80
    assert not lost & {p for row in made.told["parents"].to_pylist() for p in row}


def test_the_holdout_is_frozen_by_value_alone() -> None:
    holdout = Holdout(by="card", share=0.3)
    values = pd.Series([f"card-{n}" for n in range(2000)])
    held = holdout.held(values)
    assert 0.25 < held.mean() < 0.35
    np.testing.assert_array_equal(holdout.held(values[::-1].reset_index(drop=True)), held[::-1])
    wider = Holdout(by="card", share=0.5).held(values)
    assert (wider | ~held).all()  # a larger holdout holds the smaller
    assert not holdout.held(pd.Series([None, None], dtype="string")).any()
    numbers = pd.Series(range(200))
    np.testing.assert_array_equal(holdout.held(numbers), holdout.held(numbers.astype("Int64")))
