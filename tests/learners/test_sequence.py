"""The small model of sessions."""

import numpy as np
import pytest

from aug_assets.errors import TooFewParentsError
from aug_assets.learners.sequence import Sessions, transitions

ROUND = Sessions.of([np.array([0, 1, 2, 3] * 5), np.array([2, 3, 0, 1] * 5)])
NONE = np.empty(0, np.int64)


def test_it_learns_what_follows_what() -> None:
    found = transitions(ROUND, 5).scores(Sessions.of([np.array([n]) for n in range(4)]))
    assert found.argmax(axis=1).tolist() == [1, 2, 3, 0]
    np.testing.assert_allclose(found.sum(axis=1), 1.0)
    assert (found[:, 4] == 0).all(), "an item that was never seen is never likely"


def test_nearer_events_count_more() -> None:
    model = transitions(Sessions.of([np.array([0, 1]), np.array([2, 3])]), 4)
    found = model.scores(Sessions.of([np.array([0, 2]), np.array([2, 0])]))
    assert found[0, 3] > found[0, 1]
    assert found[1, 1] > found[1, 3]


def test_what_is_unknown_goes_by_popularity() -> None:
    model = transitions(Sessions.of([np.array([0, 1]), np.array([2, 1]), np.array([2, 0])]), 4)
    nothing, unseen = model.scores(Sessions.of([NONE, np.array([3])]))
    np.testing.assert_allclose(nothing, [1 / 3, 2 / 3, 0, 0])
    np.testing.assert_allclose(unseen, nothing)


def test_a_weight_is_a_repetition() -> None:
    lists = [np.array([0, 1, 2]), np.array([0, 2, 1, 3])]
    twice = transitions(Sessions.of([*lists, lists[1]]), 4)
    weighed = transitions(Sessions.of(lists), 4, np.array([1.0, 2.0]))
    every = Sessions.of([np.array([n]) for n in range(4)])
    np.testing.assert_allclose(weighed.scores(every), twice.scores(every))


def test_sessions_do_not_run_into_each_other() -> None:
    apart = transitions(Sessions.of([np.array([0, 1]), np.array([2, 0])]), 3)
    assert apart.scores(Sessions.of([np.array([1])]))[0, 2] == apart.popular[2] == 0


@pytest.mark.parametrize("lists", [[], [NONE], [np.array([1]), np.array([2])]])
def test_nothing_to_count_is_refused(lists: list[np.ndarray]) -> None:
    with pytest.raises(TooFewParentsError, match="two events"):
        transitions(Sessions.of(lists), 3)
