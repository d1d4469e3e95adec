"""The teacher: what it tells apart, from which rows, and that a row's score is its own."""

import pickle

import numpy as np
import pandas as pd
import pytest
from numpy.random import Generator, Philox

from aug_assets.errors import TooFewParentsError
from aug_assets.operators.base import Columns
from aug_assets.teacher import Teacher, fit_teacher

COLUMNS = Columns(("x", "y"), ("kind",), {}, {})


def rows(count: int, shift: float, seed: int) -> pd.DataFrame:
    rng = Generator(Philox(key=seed))
    made = pd.DataFrame({"x": rng.normal(shift, 1, count), "y": rng.normal(0, 1, count)})
    made["kind"] = pd.Series(rng.choice(["a", "b"], count), dtype="string")
    return made.mask(rng.random(made.shape) < 0.05)


@pytest.fixture(scope="module")
def teacher() -> Teacher:
    return fit_teacher(rows(100, 2.0, seed=1), rows(900, 0.0, seed=2), COLUMNS)


def test_rows_of_the_class_score_high_and_others_low(teacher: Teacher) -> None:
    own, other = teacher.score(rows(400, 2.0, seed=3)), teacher.score(rows(400, 0.0, seed=4))
    assert ((own >= 0) & (own <= 1)).all()
    assert (own[:, None] > other[None, :]).mean() > 0.85  # the best there is: 0.92


def test_the_threshold_is_that_of_rows_not_trained_on(teacher: Teacher) -> None:
    fresh = teacher.score(rows(2000, 2.0, seed=5))
    for share in (0.2, 0.5):
        assert (fresh < teacher.threshold(share)).mean() == pytest.approx(share, abs=0.12)
    trained_on = teacher.score(rows(100, 2.0, seed=1))
    assert (trained_on < teacher.threshold(0.3)).mean() < 0.2  # what a threshold of their own would miss


def test_classes_of_unequal_size_weigh_the_same() -> None:
    teacher = fit_teacher(rows(60, 0.0, seed=6), rows(1800, 0.0, seed=7), COLUMNS)
    assert teacher.score(rows(200, 0.0, seed=8)).mean() > 0.1  # 60 in 1,860 unweighted


def test_mislabelled_rows_are_seen() -> None:
    flipped = pd.concat([rows(100, 3.0, seed=1), rows(10, 0.0, seed=9)], ignore_index=True)
    teacher = fit_teacher(flipped, rows(900, 0.0, seed=2), COLUMNS)
    assert (teacher.score(rows(200, 0.0, seed=10)) < teacher.threshold(0.25)).mean() > 0.8


def test_a_score_is_the_rows_own(teacher: Teacher) -> None:
    frame = rows(50, 1.0, seed=11)
    whole = teacher.score(frame)
    alone = np.concatenate([teacher.score(frame.iloc[[k]]) for k in range(10)])
    np.testing.assert_array_equal(alone, whole[:10])
    np.testing.assert_array_equal(teacher.score(frame.iloc[::-1]), whole[::-1])


def test_unseen_categories_and_nulls_are_scored(teacher: Teacher) -> None:
    frame = rows(4, 2.0, seed=12).assign(kind=pd.Series(["new", "a", None, "c"], dtype="string"))
    frame.loc[0, "x"] = np.nan
    assert np.isfinite(teacher.score(frame)).all()
    assert len(teacher.score(frame.iloc[:0])) == 0


def test_a_column_of_nulls_and_a_thousand_categories() -> None:
    names = pd.Series([f"shop {k}" for k in range(1000)], dtype="string")
    frame = pd.DataFrame({"x": np.full(1000, np.nan), "y": np.arange(1000.0), "kind": names})
    teacher = fit_teacher(frame[:300], frame[300:], COLUMNS)
    assert teacher.score(frame[:300]).mean() > teacher.score(frame[300:]).mean()


def test_equal_rows_give_an_equal_teacher_and_it_pickles(teacher: Teacher) -> None:
    again = fit_teacher(rows(100, 2.0, seed=1), rows(900, 0.0, seed=2), COLUMNS)
    frame = rows(50, 1.0, seed=13)
    for other in (again, pickle.loads(pickle.dumps(teacher))):
        np.testing.assert_array_equal(other.score(frame), teacher.score(frame))
        assert other.threshold(0.375) == teacher.threshold(0.375)


@pytest.mark.parametrize(("selected", "others"), [(1, 50), (50, 1), (0, 0)])
def test_too_few_rows_are_refused_by_name(selected: int, others: int) -> None:
    with pytest.raises(TooFewParentsError) as error:
        fit_teacher(rows(selected, 2.0, seed=1), rows(others, 0.0, seed=2), COLUMNS)
    assert error.value.seen == str(min(selected, others))


def test_numbers_have_no_more_steps_than_the_model_has_bins() -> None:
    teacher = fit_teacher(rows(600, 1.0, seed=14), rows(4000, 0.0, seed=15), COLUMNS)
    for edges in teacher.edges:
        assert 100 < len(edges) < 254  # beyond, the model seeks weighted quantiles, which takes seconds
