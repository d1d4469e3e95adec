"""Provenance rows of one step, as stored and as read."""

import pickle

import numpy as np
import pyarrow as pa
import pytest

from aug_assets.errors import ProvenanceError
from aug_assets.keys import RowKeys, row_keys, step_key
from aug_assets.operators.base import Drawn
from aug_assets.provenance import RECORD, record, whole
from aug_assets.rows import PROVENANCE, to_hex

STEP, LAST = step_key("lab/small", "2026-01-01", "draw"), step_key("lab/small", "2026-01-01", "last")
PARENTS = np.arange(8, dtype=np.uint64).reshape(4, 2)
SAME = {
    "branch": "b", "step": 0, "operator": "trivial", "operator_version": "2", "recipe_digest": "r",
    "source_digest": "s", "key": STEP, "row_id": LAST,
}  # fmt: skip


def _keys(parent: list[int], copy: list[int]) -> RowKeys:
    return row_keys(STEP, PARENTS, np.array(parent, np.int64), np.array(copy, np.int32))


def _drawn(parents: list[list[int]]) -> Drawn:
    return Drawn(None, np.array(parents, np.int64), {})


def test_what_a_row_did_not_draw_is_not_told() -> None:
    values = {"sigma_px": np.array([1.5, np.nan, np.nan]), "visibility_m": np.array([np.nan, np.nan, 80.0])}
    drawn = Drawn(None, np.zeros((3, 1), np.int64), values)
    told = whole(record(PARENTS, _keys([0, 0, 0], [0, 1, 2]), drawn, SAME))
    assert told.column("drawn").to_pylist() == [[("sigma_px", 1.5)], [], [("visibility_m", 80.0)]]


def test_keys_and_ids_are_those_that_the_steps_drew() -> None:
    keys = _keys([2, 0, 3], [1, 0, 4])
    stored = record(PARENTS, keys, _drawn([[2, 1], [0, -1], [3, 0]]), SAME)
    named = row_keys(LAST, PARENTS, keys.parent, keys.copy)
    told = whole(stored)
    assert stored.schema == RECORD
    assert told.schema == PROVENANCE
    assert told.column("key").to_pylist() == to_hex(keys.bits).to_pylist()
    assert told.column("row_id").to_pylist() == to_hex(named.bits).to_pylist()
    ids = to_hex(PARENTS).to_pylist()
    assert told.column("parents").to_pylist() == [[ids[2], ids[1]], [ids[0]], [ids[3], ids[0]]]
    assert told.column("step").to_pylist() == [0, 0, 0]
    assert told.column("copy").to_pylist() == [1, 0, 4]


def test_a_row_whose_data_came_from_others_keeps_the_parent_that_its_key_follows() -> None:
    """A generator may fill a row with other rows' values, or with nobody's."""
    keys = _keys([2, 0, 1], [0, 0, 0])
    stored = record(PARENTS, keys, _drawn([[1], [-1], [1]]), SAME)
    ids = to_hex(PARENTS).to_pylist()
    assert stored.column("parent").to_pylist() == [ids[2], ids[0], None]
    assert whole(stored).column("key").to_pylist() == to_hex(keys.bits).to_pylist()


def test_steps_of_several_kinds_in_one_table() -> None:
    first = record(PARENTS, _keys([0, 1], [0, 0]), _drawn([[0], [1]]), SAME)
    other = record(PARENTS, _keys([0, 1], [0, 0]), _drawn([[0], [1]]), {**SAME, "step": 1, "key": LAST})
    both = pa.concat_tables([first, other])
    told = whole(both.take(pa.array([0, 2, 1, 3])))
    assert told.column("step").to_pylist() == [0, 1, 0, 1]
    assert told.equals(pa.concat_tables([whole(first), whole(other)]).take(pa.array([0, 2, 1, 3])))


def test_nothing_is_read_as_nothing() -> None:
    assert whole(RECORD.empty_table()).equals(PROVENANCE.empty_table())


@pytest.mark.parametrize("column", ["made_by", "copy", "parents"])
def test_a_row_that_does_not_say_how_it_was_made_is_refused(column: str) -> None:
    stored = record(PARENTS, _keys([0, 1], [0, 0]), _drawn([[0], [1]]), SAME)
    kind = RECORD.field(column).type
    broken = stored.set_column(stored.column_names.index(column), column, pa.nulls(2, kind))
    with pytest.raises(ProvenanceError, match=r"2 (rows )?without") as caught:
        whole(broken)
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)
