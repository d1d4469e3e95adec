"""Ids and digests: they name content, and nothing but content."""

# ruff: noqa: E501 - tables read better wide

import datetime as dt
from itertools import pairwise

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aug_assets.rows import PROVENANCE, TableDigest, digest, from_hex, order, source_ids, to_hex

bits = st.lists(st.tuples(*[st.integers(0, 2**64 - 1)] * 2), max_size=20).map(
    lambda pairs: np.array(pairs, np.uint64).reshape(-1, 2)
)
texts = st.lists(st.none() | st.text(max_size=8), min_size=1, max_size=30)


@given(bits)
def test_hex_and_back(ids: np.ndarray) -> None:
    text = to_hex(ids)
    assert all(len(t) == 32 for t in text.to_pylist())
    np.testing.assert_array_equal(from_hex(text), ids)
    if len(ids) > 2:
        np.testing.assert_array_equal(from_hex(text[1:-1]), ids[1:-1])


@given(bits)
def test_order_is_total_and_free_of_the_order_it_gets(ids: np.ndarray) -> None:
    ids = np.unique(ids, axis=0)
    ranked = ids[order(ids)]
    np.testing.assert_array_equal(ranked, ids[::-1][order(ids[::-1])])


def test_source_ids_name_the_key_and_the_dataset() -> None:
    def ids(dataset: str, *columns: list) -> list:
        return source_ids(dataset, [pa.array(c) for c in columns], len(columns[0])).tolist()

    assert ids("a", ["x", "y"]) == ids("a", ["y", "x"])[::-1]
    assert ids("a", ["x"]) != ids("b", ["x"])
    assert ids("a", ["ab"], ["c"]) != ids("a", ["a"], ["bc"])
    assert ids("a", [1]) == ids("a", ["1"])
    assert ids("a", [None, "null"])[0] != ids("a", [None, "null"])[1]
    assert ids("a", [None]) != ids("a", [""])


def test_the_golden_id() -> None:
    """If it changes, a day ingested again gives every row another name."""
    assert source_ids("payments/card_fraud", [pa.array(["t-1"])], 1).tolist() == [
        [10018106596793558908, 2702355677736569918]
    ]


def mixed(notes: list[str | None]) -> pa.Table:
    n = len(notes)
    return pa.table(
        {
            "s": pa.array(notes, pa.string()),
            "long": pa.array(notes, pa.large_string()),
            "i": pa.array([None if i % 3 == 0 else i for i in range(n)], pa.int64()),
            "f": pa.array([None if i % 4 == 0 else i / 7 for i in range(n)], pa.float32()),
            "b": pa.array([None if i % 5 == 0 else i % 2 == 0 for i in range(n)], pa.bool_()),
            "t": pa.array([dt.datetime(2025, 1, 1, tzinfo=dt.UTC)] * n, pa.timestamp("us", "UTC")),
            "d": pa.array([dt.date(2025, 1, 1)] * n, pa.date32()),
            "l": pa.array([None if i % 3 == 1 else ["x"] * (i % 3) for i in range(n)], pa.list_(pa.string())),
            "m": pa.array([[("k", float(i))] for i in range(n)], pa.map_(pa.string(), pa.float64())),
        }
    )


@settings(max_examples=30)
@given(texts, st.lists(st.integers(0, 30), max_size=4))
def test_cuts_leave_no_trace(notes: list[str | None], cuts: list[int]) -> None:
    table = mixed(notes)
    ends = sorted({0, len(notes), *(min(c, len(notes)) for c in cuts)})
    pieces = [table.slice(a, b - a) for a, b in pairwise(ends)]
    fed = TableDigest(table.schema)
    for piece in pieces:
        fed.update(piece)
    assert fed.hexdigest() == digest(table)
    assert digest(pa.concat_tables([table[:0], *pieces])) == digest(table)
    assert digest(table.take(pa.array(range(len(notes)), pa.int64()))) == digest(table)


@settings(max_examples=30)
@given(texts)
def test_slices_of_larger_tables_are_their_rows(notes: list[str | None]) -> None:
    table = mixed(["before", *notes, "after"])
    inner = table.slice(1, len(notes))
    copied = pa.Table.from_batches([pa.record_batch(b.to_pydict(), b.schema) for b in inner.to_batches()])
    assert digest(inner) == digest(copied)


def test_what_lies_in_a_null_slot_does_not_count() -> None:
    valid = pa.array([True, False, True]).buffers()[1]
    tables = []
    for garbage in (0, 99):
        values = pa.py_buffer(np.array([1, garbage, 3], np.int64).tobytes())
        tables.append(pa.table({"x": pa.Array.from_buffers(pa.int64(), 3, [valid, values])}))
    assert (
        tables[0]["x"].chunk(0).buffers()[1].to_pybytes() != tables[1]["x"].chunk(0).buffers()[1].to_pybytes()
    )
    assert digest(tables[0]) == digest(tables[1])


BASE = mixed([f"n{i}" for i in range(12)])


@pytest.mark.parametrize("name", BASE.column_names)
@pytest.mark.parametrize("row", [0, 5, 11])
def test_any_single_change_counts(name: str, row: int) -> None:
    values = BASE[name].to_pylist()
    kind = BASE.schema.field(name).type
    other = {
        "s": "n", "long": "n", "i": 77, "f": 0.5, "b": values[row] is not True, "l": ["y", "z"], "m": [("k", -1.0)],
        "t": dt.datetime(2025, 1, 1, 0, 0, 0, 1, tzinfo=dt.UTC), "d": dt.date(2025, 1, 2),
    }[name]  # fmt: skip
    for change in (other, None):
        if change == values[row]:
            continue
        changed = [*values[:row], change, *values[row + 1 :]]
        table = BASE.set_column(BASE.column_names.index(name), name, pa.array(changed, kind))
        assert digest(table) != digest(BASE), change


def test_names_types_order_and_number_of_rows_count() -> None:
    variants = [
        BASE,
        BASE.rename_columns(["z", *BASE.column_names[1:]]),
        BASE.set_column(2, "i", BASE["i"].cast(pa.int32())),
        BASE.take(pa.array([1, 0, *range(2, 12)])),
        BASE[:11],
        BASE[:0],
        BASE.select(BASE.column_names[::-1]),
        BASE.drop_columns(["s"]),
    ]
    assert len({digest(v) for v in variants}) == len(variants)


def test_values_do_not_move_between_neighbours() -> None:
    shifted = [pa.table({"a": ["ab", "c"]}), pa.table({"a": ["a", "bc"]})]
    nulls = [pa.table({"a": pa.array(v, pa.list_(pa.int64()))}) for v in ([[], [1]], [[1], []], [None, [1]])]
    assert len({digest(t) for t in (*shifted, *nulls)}) == 5


@pytest.mark.parametrize(
    "array",
    [
        pa.array([{"a": 1}]).cast(pa.struct([("a", pa.decimal128(25, 2))])),
        pa.array(["x"]).dictionary_encode(),
        pa.array([pd.Timestamp(0)]).cast(pa.string()).cast(pa.string_view()),
        pa.array([1]).cast(pa.decimal128(25, 2)),
    ],
    ids=["struct", "dictionary", "view", "decimal"],
)
def test_types_without_bytes_of_their_own_are_refused(array: pa.Array) -> None:
    """Their numpy form is objects, whose bytes are addresses: a digest that differs from run to run."""
    with pytest.raises(TypeError, match="cast them first"):
        digest(pa.table({"x": array}))


def test_structs_are_digested_field_by_field() -> None:
    kind = pa.struct([("a", pa.binary()), ("b", pa.list_(pa.int32()))])
    rows = [{"a": b"x", "b": [1, 2]}, {"a": b"", "b": []}, None, {"a": None, "b": [3]}]
    whole = pa.table({"s": pa.array(rows, kind)})
    cut = pa.table({"s": pa.chunked_array([pa.array(rows[:1], kind), pa.array(rows[1:], kind)])})
    assert digest(cut) == digest(whole)
    others = [[rows[1], rows[0], *rows[2:]], [*rows[:2], {"a": None, "b": None}, rows[3]], rows[:3]]
    assert len({digest(whole), *(digest(pa.table({"s": pa.array(o, kind)})) for o in others)}) == 4


def test_provenance_can_be_digested() -> None:
    assert digest(PROVENANCE.empty_table()) != digest(BASE[:0])
