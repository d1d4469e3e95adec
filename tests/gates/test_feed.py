"""The feed: every candidate's steps, whole, wherever batches are cut and whoever lies between."""

import pyarrow as pa
import pytest

from aug_assets.gates.feed import Feed
from aug_assets.rows import PROVENANCE, ROW_ID, to_hex
from tests import builders

IDS = to_hex(builders.row_ids(20))
STEPS = 3


def stored() -> pa.Table:
    """Three steps of each of twenty candidates, together."""
    one = builders.told(IDS, builders.spec(), builders.row_ids(5))
    return one.take(pa.array([n for n in range(20) for _ in range(STEPS)]))


@pytest.mark.parametrize("cut", [1, 2, 7, 100])
@pytest.mark.parametrize("size", [1, 6, 20])
def test_every_candidate_gets_its_own_steps(cut: int, size: int) -> None:
    feed = Feed(iter(stored().to_batches(max_chunksize=cut)))
    for at in range(0, 20, size):
        wanted = IDS[at : at + size]
        found = feed.of(wanted)
        assert found.column(ROW_ID).to_pylist() == [i for i in wanted.to_pylist() for _ in range(STEPS)]


def test_candidates_that_nobody_asks_for_are_passed_over() -> None:
    feed = Feed(iter(stored().to_batches(max_chunksize=4)))
    for at in (3, 4, 9, 19):
        assert feed.of(IDS[at : at + 1]).column(ROW_ID).to_pylist() == [IDS[at].as_py()] * STEPS


def test_a_candidate_without_provenance_is_missing() -> None:
    feed = Feed(iter(stored().slice(STEPS).to_batches(max_chunksize=4)))
    assert feed.of(IDS[:1]).num_rows == 0


def test_none_asked_none_given() -> None:
    assert Feed(iter([])).of(IDS[:0]).schema == PROVENANCE
