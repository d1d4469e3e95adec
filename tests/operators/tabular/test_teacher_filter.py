"""The teacher filter: refuses rows of the other class, keeps the class's own, and judges each row alone."""

import pickle

import numpy as np
import pandas as pd
import pytest

from aug_assets import operators
from aug_assets.errors import TooFewParentsError
from aug_assets.frames import columns_of
from tests import builders

FILTER = operators.get("teacher_filter")


def two_classes(rows: int = 400, seed: int = 1) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Two classes that the amount tells apart."""
    frame = builders.typed(rows, seed)
    few = frame["fraud"] == 1
    frame.loc[few, "amount"] = frame.loc[few, "amount"] + 200
    return frame[few].reset_index(drop=True), frame[~few].reset_index(drop=True)


def judged(rows: pd.DataFrame, drop: float = 0.375) -> np.ndarray:
    few, others = two_classes()
    params = FILTER.Params(drop=drop)
    state = FILTER.fit(few, others, columns_of(builders.spec(), few), params)
    kept, figures = FILTER.judge(pickle.loads(pickle.dumps(state)), params, rows)
    assert kept.dtype == bool
    assert set(figures) == {"score", "least"}
    np.testing.assert_array_equal(kept, figures["score"] >= figures["least"])
    return kept


def test_rows_of_the_other_class_are_refused_and_own_ones_kept() -> None:
    few, others = two_classes(seed=2)
    assert judged(others).mean() < 0.02
    assert judged(few, drop=0.1).mean() > 0.8


def test_a_larger_share_drops_more() -> None:
    few, others = two_classes(seed=2)
    mixed = pd.concat([few, others], ignore_index=True)
    loose, strict = judged(mixed, 0.1), judged(mixed, 0.6)
    assert (loose | ~strict).all()
    assert loose.sum() > strict.sum()


def test_each_row_is_judged_alone() -> None:
    few, others = two_classes(seed=3)
    mixed = pd.concat([few, others], ignore_index=True).iloc[::7].reset_index(drop=True)
    whole = judged(mixed)
    pieces = [judged(mixed.iloc[at : at + 5].reset_index(drop=True)) for at in range(0, len(mixed), 5)]
    np.testing.assert_array_equal(np.concatenate(pieces), whole)
    assert judged(mixed.iloc[:0]).shape == (0,)


def test_values_that_training_never_saw_are_judged() -> None:
    rows = two_classes(seed=2)[0].head(4)
    rows["kind"] = pd.Series(["new", "a", None, "b"], dtype=rows["kind"].dtype)
    rows["amount"] = [np.nan, 1e12, -5.0, 220.0]
    assert judged(rows).shape == (4,)


@pytest.mark.parametrize("rows", [0, 1])
def test_too_few_rows_are_said(rows: int) -> None:
    few, others = two_classes()
    roles = columns_of(builders.spec(), few)
    for given in ((few.head(rows), others), (few, others.head(rows))):
        with pytest.raises(TooFewParentsError):
            FILTER.fit(*given, roles, FILTER.Params())
