"""Which items go together: against the formula of the paper, written out."""

import math
from collections import defaultdict

import numpy as np

from aug_assets.operators.sequence.correlation import correlated
from aug_assets.operators.sequence.ragged import Ragged
from tests import sessions_data


def by_hand(sessions: list[list[int]], items: int, most: int) -> list[list[int]]:
    count: dict[int, int] = defaultdict(int)
    both: dict[tuple[int, int], float] = defaultdict(float)
    for session in sessions:
        for one in set(session):
            count[one] += 1
            for other in set(session) - {one}:
                both[one, other] += 1 / math.log1p(len(set(session)))
    found = []
    for one in range(items):
        like = {o: round(v / math.sqrt(count[i] * count[o]), 9) for (i, o), v in both.items() if i == one}
        found.append(sorted(like, key=lambda other: (-like[other], other))[:most])
    return found


def test_neighbours_are_those_of_the_formula() -> None:
    names = sessions_data.lists(sessions_data.frame(30), "item_id")
    sessions = [[sessions_data.ITEMS.index(name) for name in session] for session in names]
    codes = np.array([item for session in sessions for item in session])
    lists = Ragged.of_lengths(np.array([len(session) for session in sessions]))
    found = correlated(lists, codes, 24, 4)
    made = [found.pool[low:high].tolist() for low, high in zip(found.low, found.high, strict=True)]
    assert made == by_hand(sessions, 24, 4)


def test_events_without_an_item_count_for_nothing_and_lone_items_have_no_neighbour() -> None:
    lists = Ragged.of_lengths(np.array([3, 1]))
    found = correlated(lists, np.array([0, -1, 1, 2]), 3, 5)
    assert found.some(np.array([0, 1, 2, -1])).tolist() == [True, True, False, False]
    assert found.pick(np.array([0, 1]), np.array([0.99, 0.0])).tolist() == [1, 0]


def test_no_items_at_all() -> None:
    found = correlated(Ragged.of_lengths(np.array([2])), np.array([-1, -1]), 0, 5)
    assert found.some(np.array([-1])).tolist() == [False]
