"""Writing, committing and reading a table, on local disk and on S3."""

import datetime as dt
import pickle
from pathlib import Path

import pyarrow as pa
import pytest

from aug_assets.errors import LakeError, UpstreamMissingError
from resources.delta_table import LakeTable, Part
from resources.lake import LakeResource
from tests.resources.samples import DAY, OTHER_DAY, every_type, numbers, put, values


def test_parts_are_invisible_until_the_commit(table: LakeTable) -> None:
    put(table, numbers(1))
    part = table.write_part(numbers(2), DAY, "b")
    assert values(table) == [1]
    table.commit([part], DAY, numbers().schema, {})
    assert values(table) == [2]


def test_a_commit_replaces_exactly_its_partition(table: LakeTable) -> None:
    first = put(table, numbers(1))
    put(table, numbers(2), OTHER_DAY)
    put(table, numbers(3), name="b")
    assert (values(table), values(table, OTHER_DAY)) == ([3], [2])
    assert values(table, version=first) == [1]
    assert table.partitions() == [DAY, OTHER_DAY]
    assert table.partitions(first) == [DAY]


def test_rows_keep_the_order_of_the_part_names(table: LakeTable) -> None:
    parts = [table.write_part(numbers(int(name)), DAY, name) for name in ("2", "0", "1")]
    table.commit(parts, DAY, numbers().schema, {})
    assert values(table) == [0, 1, 2]


def test_the_same_commit_twice_is_the_same_content(table: LakeTable) -> None:
    parts = [table.write_part(numbers(n), DAY, f"p{n}") for n in (1, 2)]
    versions = [table.commit(parts, DAY, numbers().schema, {"turn": str(turn)}) for turn in (1, 2)]
    assert [values(table, version=version) for version in versions] == [[1, 2], [1, 2]]
    assert table.commit_info(versions[1]) == {"turn": "2"}
    table.commit(parts[1:], DAY, numbers().schema, {})
    assert values(table) == [2]


def test_a_commit_without_parts_is_a_recorded_empty_partition(table: LakeTable) -> None:
    put(table, numbers(1))
    version = table.commit([], DAY, numbers().schema, {"why": "all rows were refused"})
    assert table.read(DAY).equals(numbers())
    assert table.partitions() == [DAY]
    assert sum(part.rows for part in table.parts(DAY)) == 0
    assert table.commit_info(version) == {"why": "all rows were refused"}
    table.commit([], DAY, numbers().schema, {})
    put(table, numbers(5), name="later")
    assert values(table) == [5]


def test_columns_are_read_in_the_order_asked(table: LakeTable) -> None:
    put(table, every_type())
    assert table.read(DAY, columns=["text", "i64"]).equals(every_type().select(["text", "i64"]))
    assert table.read(DAY, columns=[]).num_columns == 0
    with pytest.raises(LakeError, match=r"no such column.*nonsense.*Legal: i64, i32"):
        table.read(DAY, columns=["nonsense"])


def test_what_is_missing_is_named(table: LakeTable) -> None:
    assert table.version() is None
    with pytest.raises(UpstreamMissingError, match="no such table"):
        table.read(DAY)
    put(table, numbers(1))
    with pytest.raises(UpstreamMissingError, match=r"no such partition.*2026-01-03"):
        table.read(OTHER_DAY)
    with pytest.raises(UpstreamMissingError, match=r"no such version.*version 7\S* Legal: 0 to 1"):
        table.read(DAY, version=7)
    with pytest.raises(UpstreamMissingError):
        table.commit_info(7)
    assert table.version() == 1


def test_a_removed_file_is_a_typed_error(table: LakeTable) -> None:
    put(table, numbers(1))
    table.storage.filesystem().rm_file(table.storage.path(table.parts(DAY)[0].path))
    with pytest.raises(UpstreamMissingError, match="a file is not there"):
        table.read(DAY)


def test_parts_are_listed_and_read_elsewhere(table: LakeTable) -> None:
    parts = [table.write_part(numbers(*range(n)), DAY, f"p{n}") for n in (2, 3)]
    version = table.commit(parts, DAY, numbers().schema, {})
    travelled: LakeTable = pickle.loads(pickle.dumps(table))
    listed = pickle.loads(pickle.dumps(travelled.parts(DAY, version)))
    assert [(part.path, part.rows, part.size) for part in listed] == [(p.path, p.rows, p.size) for p in parts]
    assert travelled.read(DAY, version).equals(table.read(DAY))


def test_batches_have_the_asked_size_and_all_rows(table: LakeTable) -> None:
    parts = [table.write_part(numbers(*range(n, n + 5)), DAY, f"p{n}") for n in (0, 5)]
    table.commit(parts, DAY, numbers().schema, {})
    batches = list(table.iter_batches(DAY, rows=3))
    assert [len(batch) for batch in batches] == [3, 2, 3, 2]
    assert pa.Table.from_batches(batches)["n"].to_pylist() == list(range(10))


def test_history_says_who_wrote_what(table: LakeTable) -> None:
    put(table, numbers(1), run="r1")
    put(table, numbers(2), OTHER_DAY, run="r2")
    latest, earlier, creation = table.history()
    assert [(entry.version, entry.partition, entry.info) for entry in (latest, earlier)] == [
        (2, OTHER_DAY, {"run": "r2"}),
        (1, DAY, {"run": "r1"}),
    ]
    assert (creation.version, creation.partition, creation.info) == (0, {}, {})
    assert abs(dt.datetime.now(dt.UTC) - latest.time) < dt.timedelta(minutes=1)
    assert table.history(1) == [latest]
    assert (table.commit_info(1), table.commit_info(2)) == ({"run": "r1"}, {"run": "r2"})


@pytest.mark.parametrize(
    ("partition", "name"),
    [
        ({"date": "2026-1-2"}, "a"),
        ({"date": "../../etc"}, "a"),
        ({"date": "20260102"}, "a"),
        ({"day": "2026-01-02"}, "a"),
        ({}, "a"),
        (DAY, "a/b"),
        (DAY, ""),
    ],
)
def test_what_cannot_be_a_path_is_refused(tmp_path: Path, partition: dict[str, str], name: str) -> None:
    table = LakeResource(uri=str(tmp_path)).table("t", "d", "s")
    with pytest.raises(LakeError, match="Legal: "):
        table.write_part(numbers(1), partition, name)
    assert list(tmp_path.rglob("*")) == []


def test_a_part_of_another_day_is_refused(table: LakeTable) -> None:
    part = table.write_part(numbers(1), OTHER_DAY, "a")
    with pytest.raises(LakeError, match="another partition"):
        table.commit([part], DAY, numbers().schema, {})
    assert table.version() is None


def test_a_table_may_have_two_partition_columns(lake: LakeResource) -> None:
    table = lake.table("t", "d", "s", ("date", "region"))
    north, south = ({**DAY, "region": name} for name in ("north", "south"))
    put(table, numbers(1), north)
    put(table, numbers(2), south)
    put(table, numbers(3), north, name="b")
    assert (values(table, north), values(table, south)) == ([3], [2])
    assert table.partitions() == [north, south]
    with pytest.raises(LakeError, match="partitioned by other columns"):
        put(lake.table("t", "d", "s"), numbers(1))


def test_a_part_survives_pickling(table: LakeTable) -> None:
    part = table.write_part(numbers(1, 2), DAY, "a")
    assert pickle.loads(pickle.dumps(part)) == part
    assert (part.rows, part.path) == (2, "date=2026-01-02/a.parquet")
    assert isinstance(part, Part)
