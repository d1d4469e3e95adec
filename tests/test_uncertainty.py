"""Which rows people are asked about: near the threshold, apart, some of all others, the same each time."""

import numpy as np
import pytest
from numpy.random import Generator, Philox
from pydantic import ValidationError

from aug_assets.keys import digest_bits
from aug_assets.spec_uncertainty import Uncertainty
from aug_assets.uncertainty import distances, judged, queue
from tests import builders

SIZE = 2000
SCORES = Generator(Philox(key=1)).random(SIZE)
IDS = np.array([digest_bits("row", str(n)) for n in range(SIZE)])
ALL = np.ones(SIZE, bool)


def test_the_nearest_to_the_threshold_are_asked_about() -> None:
    found = queue(SCORES, 0.3, None, IDS, ALL, Uncertainty(rows=40, explore=0))
    assert len(set(found.place)) == 40
    assert found.near.all()
    rest = np.setdiff1d(np.arange(SIZE), found.place)
    assert found.distance[found.place].max() <= found.distance[rest].min()
    assert np.abs(SCORES[found.place] - 0.3).max() < 0.02


def test_a_share_is_drawn_evenly_from_all_others() -> None:
    found = queue(SCORES, 0.3, None, IDS, ALL, Uncertainty(rows=400, explore=0.5))
    assert found.near.sum() == 200
    far = SCORES[found.place[~found.near]]
    assert 0.4 < far.mean() < 0.65
    assert len(set(found.place)) == 400


def test_rows_that_are_alike_are_not_all_asked_about() -> None:
    """Two heaps of rows near the threshold, one of them nine times as large."""
    points = np.repeat([[0.0, 0.0], [9.0, 0.0]], (1800, 200), axis=0) + 0.01 * SCORES[:, None]
    scores = np.full(SIZE, 0.5)
    alike = queue(scores, 0.5, None, IDS, ALL, Uncertainty(rows=10, explore=0))
    apart = queue(scores, 0.5, points, IDS, ALL, Uncertainty(rows=10, explore=0))
    assert (alike.place >= 1800).sum() <= 4
    assert (apart.place[:2] >= 1800).sum() == 1  # the second is of the other heap


def test_labelled_rows_are_left_out_and_few_rows_are_all_asked_about() -> None:
    asked = np.arange(SIZE) < 7
    found = queue(SCORES, 0.3, None, IDS, asked, Uncertainty(rows=40))
    assert set(found.place) == set(range(7))
    assert len(queue(SCORES, 0.3, None, IDS, ~ALL, Uncertainty()).place) == 0


def test_the_order_of_rows_changes_nothing() -> None:
    policy, points = Uncertainty(rows=60, explore=0.2), np.column_stack([SCORES, SCORES[::-1]])
    first = queue(SCORES, 0.3, points, IDS, ALL, policy).place
    turn = np.arange(SIZE)[::-1]
    second = queue(SCORES[turn], 0.3, points[turn], IDS[turn], ALL, policy).place
    assert set(first) == set(turn[second])


@pytest.mark.parametrize("scores", [np.array([0.0, 1.0, 0.5]), np.array([-4.0, 12.0, 4.0]), np.zeros(3)])
def test_scores_of_any_range_have_a_distance(scores: np.ndarray) -> None:
    found = distances(scores, 0.5)
    assert np.isfinite(found).all()
    assert (found >= 0).all()


def test_a_day_of_many_unsure_rows_is_made_again_and_few_days_tell_nothing() -> None:
    policy = Uncertainty(max_ratio=1.5)
    assert judged(0.9, [0.1] * 6, policy)[0] == "unjudged"
    assert judged(0.151, [0.1] * 7, policy)[:2] == ("refresh", pytest.approx(0.15))
    assert judged(0.149, [0.1] * 7, policy)[0] == "steady"
    assert judged(0.0001, [0.0] * 9, policy)[0] == "steady"  # the first unsure row of a sure champion


def test_uncertainty_needs_a_champion_to_be_trained() -> None:
    with pytest.raises(ValidationError, match="add `training`"):
        builders.spec(uncertainty={})
