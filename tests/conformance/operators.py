"""What every operator must hold, built in or plugged in: inherit, name the operator, and run.

    class TestMine(OperatorConformance):
        operator = "mine"
        params = {"strength": 0.5}

Override ``example`` and ``roles`` where an operator needs rows of another kind. A plug-in that is not
registered yet sets ``implementation`` to its class.
"""

# ruff: noqa: PD011 - `values` here are what an operator drew

import atexit
import pickle
import random
import struct
import subprocess
import sys
from functools import lru_cache
from typing import Any, ClassVar

import numpy as np
import pandas as pd
import pytest

from aug_assets import operators
from aug_assets.errors import TooFewParentsError
from aug_assets.frames import columns_of
from aug_assets.keys import RowKeys, row_keys, step_key
from aug_assets.operators.base import Columns, Drawn, Operator
from tests import builders

_FRESH = """
import pickle, struct, sys
source = sys.stdin.buffer
while head := source.read(8):
    operator, params, parents, columns, keys = pickle.loads(source.read(struct.unpack("<q", head)[0]))
    rows = parents.iloc[keys.parent].reset_index(drop=True)
    drawn = pickle.dumps(operator.draw(operator.fit(parents, columns, params), params, keys, rows))
    sys.stdout.buffer.write(struct.pack("<q", len(drawn)) + drawn)
    sys.stdout.buffer.flush()
"""


_drawn: dict[type, Any] = {}


@lru_cache(maxsize=1)  # one for all operators: most of its time goes into imports
def _another_process() -> subprocess.Popen[bytes]:
    environment = {"PYTHONHASHSEED": "4242", "PYTHONPATH": ":".join(filter(None, sys.path))}
    started = subprocess.Popen(
        [sys.executable, "-c", _FRESH], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment
    )
    atexit.register(_end, started)
    return started


def _end(process: subprocess.Popen[bytes]) -> None:
    process.stdin.close()
    process.wait(10)
    process.stdout.close()


def drawn_elsewhere(*sent: Any) -> Drawn:
    """What an operator draws in a process of its own, of another hash seed."""
    process, body = _another_process(), pickle.dumps(sent)
    process.stdin.write(struct.pack("<q", len(body)) + body)
    process.stdin.flush()
    head = process.stdout.read(8)
    if not head:
        _another_process.cache_clear()
        pytest.fail("the other process ended; its error stands above")
    return pickle.loads(process.stdout.read(struct.unpack("<q", head)[0]))


class OperatorConformance:
    """Inherit this; see the module."""

    operator: ClassVar[str]
    params: ClassVar[dict[str, Any]] = {}
    implementation: ClassVar[type[Operator] | None] = None
    copies: ClassVar[int] = 3
    parents: ClassVar[int] = 40
    nulls_follow_parent: ClassVar[bool] = True  # False: nulls are drawn like any other value

    # --- what a subclass may replace -------------------------------------------------------------------
    def example(self, rows: int = 40) -> pd.DataFrame:
        """Parents of mixed types, with nulls in every nullable column."""
        return builders.typed(rows)

    def roles(self, parents: pd.DataFrame) -> Columns:
        """The roles of their columns."""
        return columns_of(builders.spec(), parents)

    # --- shorthand -------------------------------------------------------------------------------------
    @property
    def cls(self) -> type[Operator]:
        return self.implementation or operators.get(self.operator)

    @property
    def step(self) -> Any:
        return self.cls.Params.model_validate({"operator": self.cls.name, **self.params})

    def keys(self, parents: int, copies: int | None = None, copy_from: int = 0) -> RowKeys:
        copies = self.copies if copies is None else copies
        parent = np.repeat(np.arange(parents, dtype=np.int64), copies)
        copy = np.tile(np.arange(copy_from, copy_from + copies, dtype=np.int32), parents)
        return row_keys(step_key("lab/small", builders.DAY, "step"), builders.row_ids(parents), parent, copy)

    def fit(self, parents: pd.DataFrame) -> Any:
        return self.cls.fit(parents, self.roles(parents), self.step)

    def draw(self, state: Any, keys: RowKeys, parents: pd.DataFrame) -> Drawn:
        return self.cls.draw(state, self.step, keys, parents.iloc[keys.parent].reset_index(drop=True))

    def whole(self) -> tuple[pd.DataFrame, Any, RowKeys, Drawn]:
        """Parents, state, keys and what was drawn; the same objects for all tests of a class, to look at."""
        if type(self) not in _drawn:
            _drawn.clear()
            _drawn[type(self)] = self.anew()
        return _drawn[type(self)]

    def anew(self) -> tuple[pd.DataFrame, Any, RowKeys, Drawn]:
        parents = self.example(self.parents)
        state, keys = self.fit(parents), self.keys(len(parents))
        return parents, state, keys, self.draw(state, keys, parents)

    # --- same keys, same rows --------------------------------------------------------------------------
    def test_deterministic(self) -> None:
        assert_same(self.anew()[3], self.anew()[3])

    def test_other_keys_draw_other_numbers(self) -> None:
        parents, state, _, drawn = self.whole()
        other = self.draw(state, self.keys(len(parents), copy_from=self.copies), parents)
        assert any((drawn.values[name] != other.values[name]).any() for name in drawn.values)

    @pytest.mark.parametrize("size", [1, 7, 64])
    def test_bit_identical_for_any_chunk_size_and_order(self, size: int) -> None:
        parents, state, keys, drawn = self.whole()
        rows = len(keys) if size > 1 else 18  # each piece costs a frame, and eighteen of one row say it
        stretches = [slice(at, at + size) for at in range(0, rows, size)][::-1]
        pieces = [self.draw(state, keys[part], parents) for part in stretches][::-1]
        values = {name: column[:rows] for name, column in drawn.values.items()}
        assert_same(Drawn(drawn.rows.iloc[:rows], drawn.parents[:rows], values), joined(pieces))

    def test_bit_identical_for_rows_in_any_order(self) -> None:
        parents, state, keys, drawn = self.whole()
        mixed = np.random.Generator(np.random.Philox(key=5)).permutation(len(keys))
        back = np.argsort(mixed)
        other = self.draw(state, keys[mixed], parents)
        values = {name: column[back] for name, column in other.values.items()}
        rows = other.rows.iloc[back].reset_index(drop=True)
        assert_same(drawn, Drawn(rows, other.parents[back], values))

    def test_state_pickles_and_draws_the_same(self) -> None:
        parents, state, keys, drawn = self.whole()
        assert_same(drawn, self.draw(pickle.loads(pickle.dumps(state)), keys, parents))

    def test_another_process_with_another_hash_seed_draws_the_same(self) -> None:
        parents, _, keys, drawn = self.whole()
        assert_same(drawn, drawn_elsewhere(self.cls, self.step, parents, self.roles(parents), keys))

    def test_touches_no_global_random_state(self) -> None:
        before = random.getstate(), pickle.dumps(np.random.get_state())  # noqa: NPY002 - the state itself is meant
        self.whole()
        assert (random.getstate(), pickle.dumps(np.random.get_state())) == before  # noqa: NPY002

    # --- what a row may be -----------------------------------------------------------------------------
    def test_columns_and_dtypes_are_kept(self) -> None:
        parents, _, keys, drawn = self.whole()
        pd.testing.assert_series_equal(drawn.rows.dtypes, parents.dtypes)
        assert list(drawn.rows.index) == list(range(len(keys)))

    def test_provenance_is_complete(self) -> None:
        parents, _, keys, drawn = self.whole()
        assert drawn.parents.shape[0] == len(keys)
        assert drawn.parents.shape[1] >= 1
        assert np.issubdtype(drawn.parents.dtype, np.integer)
        np.testing.assert_array_equal(drawn.parents[:, 0], keys.parent)
        assert drawn.parents.min() >= 0
        assert drawn.parents.max() < len(parents)
        assert drawn.values, "an operator that draws nothing makes copies"
        for name, column in drawn.values.items():
            assert column.shape == (len(keys),), name
            assert column.dtype == np.float64, name
            assert not np.isinf(column).any(), name
            assert not np.isnan(column).all(), name

    def test_values_hold_bounds_and_decimals(self) -> None:
        parents, _, _, drawn = self.whole()
        columns = self.roles(parents)
        for name in columns.numeric:
            values = drawn.rows[name].dropna().to_numpy(np.float64)
            low, high = columns.bounds[name]
            assert ((values >= low) & (values <= high)).all(), name
            if name in columns.decimals:
                np.testing.assert_array_equal(np.round(values, columns.decimals[name]), values, err_msg=name)

    def test_categories_are_ones_that_were_seen(self) -> None:
        parents, _, _, drawn = self.whole()
        for name in self.roles(parents).categorical:
            assert set(drawn.rows[name].dropna()) <= set(parents[name].dropna()), name

    def test_columns_without_a_role_are_the_parents(self) -> None:
        parents, _, keys, drawn = self.whole()
        columns = self.roles(parents)
        changed = {name for names in columns.kinds.values() for name in names}
        for name in set(parents.columns) - {*columns.numeric, *columns.categorical, *changed}:
            expected = parents[name].iloc[keys.parent].reset_index(drop=True)
            pd.testing.assert_series_equal(drawn.rows[name], expected)

    def test_inputs_are_not_changed(self) -> None:
        parents = self.example()
        kept = parents.copy(deep=True)
        state, keys = self.fit(parents), self.keys(len(parents))
        before = pickle.dumps((state, keys))
        rows = parents.iloc[keys.parent].reset_index(drop=True)
        rows_kept = rows.copy(deep=True)
        self.cls.draw(state, self.step, keys, rows)
        pd.testing.assert_frame_equal(parents, kept)
        pd.testing.assert_frame_equal(rows, rows_kept)
        assert pickle.dumps((state, keys)) == before

    # --- the edges -------------------------------------------------------------------------------------
    def test_no_keys_make_no_rows(self) -> None:
        parents = self.example()
        drawn = self.draw(self.fit(parents), self.keys(len(parents), copies=0), parents)
        assert len(drawn.rows) == 0
        assert drawn.parents.shape[0] == 0
        pd.testing.assert_series_equal(drawn.rows.dtypes, parents.dtypes)

    @pytest.mark.parametrize("rows", [0, 1, 2])
    def test_few_parents_work_or_are_refused_by_name(self, rows: int) -> None:
        parents = self.example(rows)
        try:
            state = self.fit(parents)
        except TooFewParentsError as error:
            told = error
        else:
            assert rows > 0, "no parents and yet a state"
            assert len(self.draw(state, self.keys(rows), parents).rows) == rows * self.copies
            return
        assert told.legal
        assert told.seen == str(rows)

    def test_columns_of_nulls_only(self) -> None:
        parents = self.example()
        empty = [name for name in parents if parents[name].isna().any()]
        assert empty, "the example has no nulls, so this proves nothing"
        for name in empty:
            parents[name] = pd.Series([None] * len(parents), dtype=parents[name].dtype)
        drawn = self.draw(self.fit(parents), self.keys(len(parents)), parents)
        for name in empty:
            assert drawn.rows[name].isna().all(), name
            assert drawn.rows[name].dtype == parents[name].dtype

    def test_nulls_stay_where_numbers_are_null(self) -> None:
        if not self.nulls_follow_parent:
            pytest.skip("this operator draws nulls")
        parents, _, keys, drawn = self.whole()
        for name in self.roles(parents).numeric:
            missing = parents[name].isna().to_numpy()[keys.parent]
            np.testing.assert_array_equal(drawn.rows[name].isna().to_numpy(), missing, err_msg=name)

    def test_nulls_are_drawn_as_often_as_the_parents_have_them(self) -> None:
        if self.nulls_follow_parent:
            pytest.skip("this operator keeps nulls where they are")
        parents = self.example()
        drawn = self.draw(self.fit(parents), self.keys(len(parents), copies=50), parents)
        for name in parents.columns[parents.isna().any()]:
            share = parents[name].isna().mean()
            assert drawn.rows[name].isna().mean() == pytest.approx(share, abs=0.1), name

    def test_a_category_seen_once(self) -> None:
        parents = self.example()
        for name in self.roles(parents).categorical:
            if pd.api.types.is_string_dtype(parents[name].dtype):
                parents.loc[0, name] = "only here"
        drawn = self.draw(self.fit(parents), self.keys(len(parents)), parents)
        assert len(drawn.rows) == len(parents) * self.copies

    def test_rows_that_are_all_alike(self) -> None:
        parents = self.example().iloc[[3] * 24].reset_index(drop=True)
        drawn = self.draw(self.fit(parents), self.keys(24), parents)
        columns = self.roles(parents)
        for name in (*columns.numeric, *columns.categorical):
            assert len(drawn.rows[name].unique()) == 1, name


def assert_same(one: Drawn, other: Drawn) -> None:
    """Equal to the last bit."""
    pd.testing.assert_frame_equal(one.rows, other.rows, check_exact=True)
    np.testing.assert_array_equal(one.parents, other.parents)
    mine, others = _told(one), _told(other)
    assert mine.keys() == others.keys()
    for name, column in mine.items():
        assert column.tobytes() == others[name].tobytes(), name


def _told(drawn: Drawn) -> dict[str, Any]:
    """What some row drew: where a draw has many rows, one that another part of them drew is there as well."""
    return {name: column for name, column in drawn.values.items() if not np.isnan(column).all()}


def joined(pieces: list[Drawn]) -> Drawn:
    """Pieces below each other."""
    names = dict.fromkeys(name for p in pieces for name in p.values)
    values = {
        name: np.concatenate([p.values.get(name, np.full(len(p.rows), np.nan)) for p in pieces])
        for name in names
    }
    rows = pd.concat([p.rows for p in pieces], ignore_index=True)
    return Drawn(rows, np.concatenate([p.parents for p in pieces]), values)
