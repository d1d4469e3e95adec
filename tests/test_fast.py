"""Compiled and not: the same bytes; and numba stays away from small tables and where it is switched off."""

import subprocess
import sys

import numpy as np
import pytest

from aug_assets import fast, keys
from aug_assets.keys import RowKeys, philox, row_keys, step_key
from tests import builders

_LAZY = "import sys, tests.test_fast as t; t.some_keys(2000).words(); print('numba' in sys.modules)"


def double(out: np.ndarray) -> None:
    for i in range(len(out)):
        out[i] = out[i] * 2


def some_keys(rows: int) -> RowKeys:
    parent = np.arange(rows, dtype=np.int64) % 30
    return row_keys(
        step_key("lab/small", builders.DAY, "step"),
        builders.row_ids(30),
        parent,
        np.arange(rows, dtype=np.int32),
    )


def both(monkeypatch: pytest.MonkeyPatch, make):
    """What it makes compiled, and in numpy."""
    made = []
    for switch in "10":
        monkeypatch.setenv("AUG_NUMBA", switch)
        made.append(make())
    return made


def test_switched_off_nothing_is_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AUG_NUMBA", "0")
    assert not fast.available()
    assert fast.compiled(double, 10**9) is None


def test_without_numba_nothing_is_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AUG_NUMBA", "1")
    monkeypatch.setattr(fast, "_installed", lambda: False)
    assert fast.compiled(double, 10**9) is None


def test_a_numba_that_cannot_be_imported_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AUG_NUMBA", "1")
    monkeypatch.setattr(fast, "_made", {})
    monkeypatch.setitem(sys.modules, "numba", None)
    assert fast.compiled(double, 1) is None


def test_it_compiles_once_enough_rows_were_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("numba")
    monkeypatch.delenv("AUG_NUMBA", raising=False)
    monkeypatch.setattr(fast, "_asked", 0)
    monkeypatch.setattr(fast, "_made", {})
    monkeypatch.setattr(fast, "_compile", lambda loop, helpers: loop)
    assert fast.compiled(double, 1_600_000) is None
    assert fast.compiled(double, 1_600_000) is double
    assert fast.compiled(double, 1) is double


def test_it_compiles_where_no_cache_can_be_written(monkeypatch: pytest.MonkeyPatch) -> None:
    numba = pytest.importorskip("numba")
    compile_it = numba.njit

    def refuse(*functions, cache: bool = False, **settings):
        if cache:
            raise RuntimeError("cannot cache function: no locator available")
        return compile_it(*functions, **settings)

    monkeypatch.setattr(numba, "njit", refuse)
    values = np.arange(3)
    fast._compile(double, ())(values)
    assert values.tolist() == [0, 2, 4]


def test_few_rows_do_not_import_numba() -> None:
    environment = {"PYTHONPATH": ":".join(filter(None, sys.path))}
    fresh = subprocess.run(
        [sys.executable, "-c", _LAZY], capture_output=True, check=True, text=True, env=environment
    )
    assert fresh.stdout.strip() == "False"


@pytest.mark.parametrize("rows", [1, 2047, 2048, 5000])
def test_keys_and_words_are_the_same_bytes(rows: int, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("numba")

    def make() -> bytes:
        made = some_keys(rows)
        counters = philox(made.bits[0], (np.arange(rows, dtype=np.uint64), 2**64 - 1, 3, 4))
        return made.bits.tobytes() + made.words(7).tobytes() + counters.tobytes()

    compiled, plain = both(monkeypatch, make)
    assert compiled == plain


def test_other_bytes_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """The comparison above fails when the compiled form computes something else."""

    def wrong(state: np.ndarray, out: np.ndarray) -> None:
        keys._fill(state, out)
        out[-1, -1] ^= np.uint64(1)

    monkeypatch.setattr(
        keys, "compiled", lambda loop, *rest: wrong if fast.available() and loop is keys._fill_loop else None
    )
    one, other = both(monkeypatch, lambda: some_keys(3).words().tobytes())
    assert one != other
