"""Lists of unequal length as flat arrays: what is drawn and counted is that of each list alone."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from aug_assets import fast
from aug_assets.keys import RowKeys, philox, unit
from aug_assets.operators.sequence.ragged import Ragged, packed, unpacked
from aug_assets.operators.sequence.reorder import _shuffled
from tests import builders

LENGTHS = np.array([3, 0, 1, 9, 4, 0])
LISTS = Ragged.of_lengths(LENGTHS)
KEYS = RowKeys(builders.row_ids(6), np.arange(6), np.zeros(6, np.int32))


def each(values: np.ndarray) -> list[list]:
    return [list(part) for part in np.split(values, LISTS.offsets[1:-1])]


def test_numbers_are_those_of_the_key_the_purpose_and_the_place() -> None:
    for row, found in enumerate(each(LISTS.units(KEYS, 7))):
        wanted = [philox(KEYS.bits[row], (at // 4, 7, 0, 0))[0, at % 4] for at in range(LENGTHS[row])]
        assert found == list(unit(np.array(wanted, np.uint64)))
    assert not set(LISTS.units(KEYS, 7)) & set(LISTS.units(KEYS, 8))
    assert not set(LISTS.units(KEYS, 1)) & set(unit(KEYS.words().ravel()))


@pytest.mark.skipif(not fast.available(), reason="needs numba")
def test_compiled_and_plain_are_the_same_to_the_last_bit(monkeypatch: pytest.MonkeyPatch) -> None:
    places = np.array([0, 2, 5, 16])
    allowed = np.arange(LISTS.flat) % 3 != 0
    found = {}
    for way in ("0", "1"):
        monkeypatch.setenv("AUG_NUMBA", way)
        drawn = LISTS.units(KEYS, 1)
        found[way] = [
            drawn,
            LISTS.units_at(KEYS, 2, places),
            LISTS.chosen(KEYS, 1, allowed, 0.3),
            LISTS.chosen(KEYS, 1, allowed, 1e-9),
            _shuffled(LISTS, drawn),
        ]
    for plain, compiled in zip(found["0"], found["1"], strict=True):
        assert plain.tobytes() == compiled.tobytes()


def test_a_share_is_chosen_and_at_least_one_where_one_may_be() -> None:
    allowed = np.arange(LISTS.flat) % 3 == 0
    for share, few in ((1e-9, True), (1.0, False)):
        picked = LISTS.chosen(KEYS, 1, allowed, share)
        assert not (picked & ~allowed).any()
        some = np.minimum(LISTS.count(allowed), 1)
        np.testing.assert_array_equal(LISTS.count(picked), some if few else LISTS.count(allowed))


def test_shuffled_lists_keep_their_places_and_never_stay_as_they_were() -> None:
    for draw in range(40):
        for before, after in zip(
            each(np.arange(LISTS.flat)), each(_shuffled(LISTS, LISTS.units(KEYS, draw + 1))), strict=True
        ):
            assert sorted(after) == before
            assert after != before or len(before) < 2


def test_stretches_and_counts() -> None:
    start, width = np.array([1, 0, 0, 2, 0, 0]), np.array([2, 0, 1, 7, 0, 0])
    mask = LISTS.within(start, width)
    assert [np.flatnonzero(part).tolist() for part in each(mask)] == [
        [1, 2],
        [],
        [0],
        list(range(2, 9)),
        [],
        [],
    ]
    np.testing.assert_array_equal(LISTS.count(mask), width)
    np.testing.assert_array_equal(LISTS.without(mask).lengths, LENGTHS - width)
    assert [sum(part) for part in each(LISTS.last)] == [1, 0, 1, 1, 1, 0]


def test_lists_come_back_from_a_frame_cut_into_pieces() -> None:
    kind = pd.ArrowDtype(pa.list_(pa.int64()))
    pieces = [pd.DataFrame({"x": pd.Series(part, dtype=kind)}) for part in ([[1, 2], []], [[3], [4, 5, 6]])]
    frame = pd.concat(pieces, ignore_index=True)
    lists, flat = unpacked(frame, ("x",))
    assert lists.lengths.tolist() == [2, 0, 1, 3]
    pd.testing.assert_frame_equal(packed(frame, lists, flat), frame)
    some, part = unpacked(frame.iloc[2:].reset_index(drop=True), ("x",))
    assert (some.lengths.tolist(), part["x"].to_pylist()) == ([1, 3], [3, 4, 5, 6])
