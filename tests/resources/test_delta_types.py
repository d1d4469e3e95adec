"""Which columns a table holds, how they come back and how they change."""

import datetime as dt
import io

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable

from aug_assets.errors import LakeError
from resources.delta_table import LakeTable
from tests.resources.samples import DAY, OTHER_DAY, SCHEMA, every_type, numbers, put, values


def test_every_type_comes_back_equal(table: LakeTable) -> None:
    put(table, every_type())
    back = table.read(DAY)
    assert back.schema.equals(SCHEMA)
    assert back.equals(every_type())


@pytest.mark.parametrize(
    "rows", [every_type().slice(0, 0), every_type().slice(1, 1)], ids=["no rows", "nulls"]
)
def test_tables_without_values_come_back_equal(table: LakeTable, rows: pa.Table) -> None:
    put(table, rows)
    assert table.read(DAY).equals(rows)


def test_encodings_of_strings_come_back_as_plain_strings(table: LakeTable) -> None:
    text = pa.array(["x", None, "y", "x"])
    rows = pa.table({"d": text.dictionary_encode(), "l": text.cast(pa.large_string())})
    put(table, rows)
    assert table.read(DAY).equals(pa.table({"d": text, "l": text}))


@pytest.mark.parametrize(
    "kind",
    [pa.timestamp("ns", tz="UTC"), pa.timestamp("us"), pa.uint64(), pa.time64("us"), pa.null()],
    ids=str,
)
def test_types_that_would_change_are_refused(table: LakeTable, kind: pa.DataType) -> None:
    with pytest.raises(LakeError, match=r"column of this type.*c: .*Legal: bool"):
        table.write_part(pa.table({"c": pa.nulls(1, kind)}), DAY, "a")


def test_a_new_column_is_null_in_older_days_and_a_dropped_one_in_younger(table: LakeTable) -> None:
    before = put(table, numbers(1))
    put(table, pa.table({"extra": ["x"]}), OTHER_DAY)
    assert table.read(DAY).to_pylist() == [{"n": 1, "extra": None}]
    assert table.read(OTHER_DAY).to_pylist() == [{"n": None, "extra": "x"}]
    assert table.read(DAY, before).column_names == ["n"]
    assert table.schema().names == ["n", "extra"]


def test_a_column_that_changes_its_type_is_refused_and_nothing_changes(table: LakeTable) -> None:
    version = put(table, numbers(1))
    with pytest.raises(LakeError, match=r"n is int64, the commit has string.*new name"):
        put(table, pa.table({"n": ["1"]}), OTHER_DAY)
    assert table.version() == version
    assert values(table) == [1]


def test_an_outside_reader_filters_by_a_real_date(table: LakeTable) -> None:
    put(table, numbers(1, 2))
    put(table, numbers(3), OTHER_DAY)
    outside = DeltaTable(table.uri, storage_options=table.storage.storage_options())
    assert str(outside.schema().fields[-1].type) == 'PrimitiveType("date")'
    frame = outside.to_pandas(filters=[("date", "=", dt.date(2026, 1, 2))])
    assert frame["n"].tolist() == [1, 2]
    assert set(frame["date"]) == {dt.date(2026, 1, 2)}
    assert len(outside.to_pandas()) == 3


def test_equal_rows_are_equal_bytes(table: LakeTable) -> None:
    parts = [table.write_part(every_type(), DAY, name) for name in ("a", "b")]
    first, second = (table.storage.get(part.path) for part in parts)
    assert first == second


def dictionaries(table: LakeTable, rows: pa.Table) -> set[str]:
    part = table.write_part(rows, DAY, "a")
    group = pq.ParquetFile(io.BytesIO(table.storage.get(part.path))).metadata.row_group(0)
    columns = [group.column(index) for index in range(group.num_columns)]
    assert {column.compression for column in columns} == {"ZSTD"}
    return {
        column.path_in_schema
        for column in columns
        if "PLAIN_DICTIONARY" in str(column.encodings) or "RLE_DICTIONARY" in str(column.encodings)
    }


def test_what_repeats_is_dictionary_encoded_and_no_unique_id(table: LakeTable) -> None:
    numbers = range(400)
    rows = pa.table(
        {
            "id": [f"{n:032x}" for n in numbers],
            "word": [str(n % 3) for n in numbers],
            "whole": [n % 3 for n in numbers],
            "counter": list(numbers),
            "part": [n / 7 for n in numbers],
            "words": [["a"]] * 400,
        }
    )
    assert dictionaries(table, rows) == {"word", "whole", "words.list.element"}
