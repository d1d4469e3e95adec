"""Rows keep values and types between Arrow and pandas, and the columns have the right roles."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from aug_assets.frames import columns_of, pandas_dtype, table_schema, to_frame, to_table
from aug_assets.operators.base import rounded
from aug_assets.rows import RESERVED, digest, to_hex
from aug_assets.spec import ColumnSpec
from tests import builders

TYPES = ("int32", "int64", "float32", "float64", "string", "category", "bool", "timestamp", "date")
ALL = builders.spec(
    columns={
        **builders.COLUMNS,
        **{f"{kind}_{null}": {"type": kind, "nullable": null} for kind in TYPES for null in (True, False)},
    }
)
VALUES = {
    "string": "ä", "category": "c", "timestamp": pd.Timestamp("2025-01-01 12:00:00.000001", tz="UTC"),
    "date": pd.Timestamp("2025-01-01").date(),
}  # fmt: skip


def full(rows: int, *, nulls: bool) -> pa.Table:
    arrays = []
    for field in table_schema(ALL):
        column = ALL.columns.get(field.name)
        value = VALUES.get(column.type, 1) if column else "0" * 32 if field.name == "row_id" else False
        empty = nulls and column is not None and column.nullable
        if pa.types.is_boolean(field.type):
            value = bool(value)
        arrays.append(pa.array([None if empty and n % 2 else value for n in range(rows)], field.type))
    return pa.Table.from_arrays(arrays, schema=table_schema(ALL))


@pytest.mark.parametrize(("rows", "nulls"), [(4, True), (4, False), (0, False), (1, True)])
def test_to_pandas_and_back(rows: int, nulls: bool) -> None:
    table = full(rows, nulls=nulls)
    frame = to_frame(table, ALL)
    assert all(frame[name].dtype == pandas_dtype(column) for name, column in ALL.columns.items())
    assert list(frame.index) == list(range(rows))
    back = to_table(frame, ALL, table["row_id"], synthetic=False)
    assert back.schema == table.schema
    assert digest(back) == digest(table)


def test_integers_beyond_exact_floats_survive_beside_nulls() -> None:
    table = builders.table(4)
    big = pa.array([2**53 + 1, None, -(2**63), 2**63 - 1])
    table = table.set_column(table.column_names.index("count"), "count", big)
    back = to_table(to_frame(table, builders.spec()), builders.spec(), table["row_id"], synthetic=False)
    assert back["count"].to_pylist() == big.to_pylist()


def test_origin_is_said() -> None:
    rows = to_table(builders.typed(3), builders.spec(), to_hex(builders.row_ids(3)), synthetic=True)
    assert rows["is_synthetic"].to_pylist() == [True] * 3
    assert set(RESERVED) & set(rows.column_names) == {"row_id", "is_synthetic"}


def test_roles() -> None:
    columns = columns_of(builders.spec(), builders.typed())
    assert columns.numeric == ("amount", "count")
    assert columns.categorical == ("kind", "flag")
    kept = {**builders.COLUMNS, "amount": {**builders.COLUMNS["amount"], "synthesize": False}}
    assert columns_of(builders.spec(columns=kept), builders.typed()).numeric == ("count",)


@pytest.mark.parametrize(
    ("values", "dtype", "digits"),
    [
        ([1.0, 2.0], "float64", 0),
        ([1.5, 2.25, np.nan], "float64", 2),
        ([0.1, 0.2], "float32", 1),  # which is 0.10000000149 as float64
        ([1 / 3], "float64", None),
        ([np.nan, np.nan], "float64", None),
        ([], "float64", None),
        ([1e300, 1e-9], "float64", None),
        ([0.1 + 0.2], "float64", None),
        ([123456789.12], "float64", 2),
    ],
)
def test_decimals_are_those_that_the_rows_show(values: list[float], dtype: str, digits: int | None) -> None:
    spec = builders.spec(columns={**builders.COLUMNS, "amount": {"type": dtype, "nullable": True}})
    frame = pd.DataFrame(
        {"amount": np.array(values, dtype), "count": pd.array([1] * len(values), dtype="Int64")}
    )
    assert columns_of(spec, frame).decimals.get("amount") == digits


def test_the_specs_decimals_and_bounds_win() -> None:
    columns = columns_of(builders.spec(), builders.typed().assign(amount=1 / 3))
    assert columns.decimals == {"amount": 2, "count": 0}
    assert columns.bounds == {"amount": (0, 1000), "count": (0, 50)}


@pytest.mark.parametrize("kind", ["int32", "int64"])
def test_a_whole_column_is_bounded_by_its_type(kind: str) -> None:
    spec = builders.spec(columns={**builders.COLUMNS, "count": {"type": kind}})
    columns = columns_of(spec, builders.typed().assign(count=1))
    low, high = rounded(np.array([-1e30, 1e30]), "count", columns)
    limit = np.iinfo(kind)
    assert limit.min <= int(low) < 0 < int(high) <= limit.max


def test_column_specs_have_the_dtype_of_their_nulls() -> None:
    assert pandas_dtype(ColumnSpec(type="int32", nullable=True)) == pd.Int32Dtype()
    assert pandas_dtype(ColumnSpec(type="int32")) == np.dtype("int32")
