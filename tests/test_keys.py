"""Keys are pure functions of ids, and their numbers are numpy's Philox, bit for bit."""

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.random import Philox

from aug_assets.keys import RowKeys, bell, below, digest_bits, generators, philox, row_keys, step_key, unit
from tests import builders

word = st.integers(0, 2**64 - 1)


def keys(parents: int = 30, copies: int = 4, step: str = "step", day: str = builders.DAY) -> RowKeys:
    parent = np.repeat(np.arange(parents, dtype=np.int64), copies)
    copy = np.tile(np.arange(copies, dtype=np.int32), parents)
    return row_keys(step_key("lab/small", day, step), builders.row_ids(parents), parent, copy)


@given(st.lists(st.tuples(word, word), min_size=1, max_size=5), st.integers(0, 3))
def test_words_are_numpys_bit_for_bit(pairs: list[tuple[int, int]], block: int) -> None:
    bits = np.array(pairs, dtype=np.uint64)
    ours = RowKeys(bits, np.zeros(len(bits), np.int64), np.zeros(len(bits), np.int32)).words(block)
    for row, key in enumerate(bits):
        theirs = Philox(key=key).random_raw(4 * block + 4)[-4:]
        np.testing.assert_array_equal(ours[row], theirs)


@given(word, word, st.tuples(word, word, word, word))
def test_any_counter_is_numpys(k0: int, k1: int, counter: tuple[int, int, int, int]) -> None:
    key = np.array([k0, k1], np.uint64)
    total = sum(c << 64 * i for i, c in enumerate(counter))
    before = (total - 1) % 2**256  # numpy counts up before its first block
    words = np.array([before >> 64 * i & 2**64 - 1 for i in range(4)], np.uint64)
    theirs = Philox(key=key, counter=words).random_raw(4)
    np.testing.assert_array_equal(philox(key, counter)[0], theirs)


def test_the_published_vector() -> None:
    """Key and counter of all ones in the Random123 distribution's known answers for philox4x64-10."""
    ones = 2**64 - 1
    found = philox(np.array([ones, ones], np.uint64), (ones, ones, ones, ones))[0]
    expected = [0x87B092C3013FE90B, 0x438C3C67BE8D0224, 0x9CC7D7C69CD777B6, 0xA09CAEBF594F0BA0]
    assert [int(x) for x in found] == expected


def test_the_golden_key() -> None:
    """What this version makes of one documented row; if it changes, no old row can be drawn again."""
    step = step_key("payments/card_fraud", "2025-01-02", "abc")
    made = row_keys(step, digest_bits("row", "1").reshape(1, 2), np.zeros(1, np.int64), np.zeros(1, np.int32))
    assert made.bits.tolist() == [GOLDEN]
    assert unit(made.words())[0].tolist() == pytest.approx(GOLDEN_UNIT, abs=0)


GOLDEN = [9653552753807642402, 6144825190095612524]
GOLDEN_UNIT = [0.282931885870053, 0.48189986751935165, 0.6943015293578512, 0.43549063637922514]


def test_a_row_does_not_depend_on_the_others() -> None:
    whole = keys()
    for part in (slice(0, 1), slice(7, 60), np.array([90, 3, 3, 17])):
        np.testing.assert_array_equal(whole[part].words(), whole.words()[part])
    assert len(philox(np.zeros((9000, 2), np.uint64), (1, 0, 0, 0))) == 9000  # more than one batch
    alone = keys(parents=30, copies=1)
    np.testing.assert_array_equal(alone.bits, whole.bits[::4])


def test_batches_leave_no_seam() -> None:
    bits = np.arange(20_000, dtype=np.uint64).reshape(-1, 2)
    whole = philox(bits, (1, 0, 0, 0))
    for row in (0, 4095, 4096, 4097, 9999):
        np.testing.assert_array_equal(whole[row], philox(bits[row], (1, 0, 0, 0))[0])


def test_dataset_day_step_parent_and_copy_all_count() -> None:
    base = keys()
    others = [keys(step="other"), keys(day="2025-01-03")]
    every = np.concatenate([base.bits, *(o.bits for o in others)])
    assert len(np.unique(every, axis=0)) == 3 * len(base)
    assert (step_key("a", "b", "c") != step_key("ab", "", "c")).all()


def test_rows_of_parents_and_copies_are_uncorrelated() -> None:
    u = unit(keys(parents=50, copies=200).words())[:, 0].reshape(50, 200)
    for table in (u, u.T):
        correlation = np.corrcoef(table[:40]) - np.eye(40)
        assert np.abs(correlation).max() < 5 / np.sqrt(table.shape[1])


def test_no_keys_no_words() -> None:
    none = keys(parents=0)
    assert none.words().shape == (0, 4)
    assert keys(copies=0).bits.shape == (0, 2)


def test_columns_are_the_blocks_words_in_order() -> None:
    made = keys()
    columns = list(made.columns(10, first_block=2))
    blocks = np.hstack([made.words(2), made.words(3), made.words(4)])
    np.testing.assert_array_equal(np.column_stack(columns), blocks[:, :10])
    assert list(made.columns(0)) == []


@given(word)
def test_unit_is_in_zero_to_one(value: int) -> None:
    found = unit(np.array([value], np.uint64))[0]
    assert 0 <= found < 1


@given(word, st.integers(1, 2**32 - 1))
def test_below_is_in_its_bound(value: int, bound: int) -> None:
    assert 0 <= below(np.array([value], np.uint64), bound)[0] < bound


def test_below_reaches_both_ends_evenly() -> None:
    found = below(keys(parents=100, copies=100).words()[:, 2], 7)
    counts = np.bincount(found, minlength=7)
    assert len(counts) == 7
    assert ((counts - 10_000 / 7) ** 2 / (10_000 / 7)).sum() < 27.9  # chi square, 6 degrees, 0.01 %


def test_below_takes_a_bound_a_row() -> None:
    bounds = np.array([1, 2, 3, 4], np.uint64)
    assert (below(np.full(4, 2**64 - 1, np.uint64), bounds) == [0, 1, 2, 3]).all()


def test_bell_has_mean_zero_and_variance_one() -> None:
    found = bell(keys(parents=100, copies=200), 3)
    assert abs(found.mean()) < 0.03
    assert found.var() == pytest.approx(1, abs=0.03)
    assert np.abs(found).max() <= 3.47


def test_digest_parts_do_not_run_together() -> None:
    assert (digest_bits("ab", "c") != digest_bits("a", "bc")).any()
    assert (digest_bits("a") != digest_bits("a", "")).any()


def test_the_hash_seed_of_python_does_not_count() -> None:
    code = "from tests.test_keys import keys; print(keys().words().tobytes().hex())"
    environment = {"PYTHONHASHSEED": "77", "PYTHONPATH": ":".join(filter(None, sys.path))}
    fresh = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, env=environment)
    assert fresh.stdout.decode().strip() == keys().words().tobytes().hex()


def test_one_generator_set_to_key_after_key_draws_what_new_ones_draw() -> None:
    keys = np.random.Generator(np.random.Philox(3)).integers(0, 2**63, (7, 2)).astype(np.uint64)
    draws = [
        lambda g: g.random(3),
        lambda g: g.standard_normal(5),
        lambda g: np.frombuffer(g.bytes(7), np.uint8),  # leaves half a word behind
        lambda g: g.integers(0, 9, 3, dtype=np.uint32),
        lambda g: g.poisson(3.0, 4),
        lambda g: g.random(2, dtype=np.float32),
        lambda g: g.permutation(6),
    ]
    for made, key, draw in zip(generators(keys), keys, draws, strict=True):
        np.testing.assert_array_equal(draw(made), draw(np.random.Generator(np.random.Philox(key=key))))
