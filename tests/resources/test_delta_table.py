import datetime as dt
import pickle
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable

from aug_assets.errors import CommitConflictError, LakeError, UpstreamMissingError
from resources import delta_commit, delta_log
from resources.delta_table import LakeTable, Part
from resources.lake import LakeResource
from tests.resources.samples import DAY, OTHER_DAY, SCHEMA, every_type, numbers


@pytest.fixture
def table(lake: LakeResource) -> LakeTable:
    return lake.table("payments", "card_fraud", "source")


def put(
    table: LakeTable, data: pa.Table, partition: dict[str, str] = DAY, name: str = "a", **info: str
) -> int:
    return table.commit([table.write_part(data, partition, name)], partition, data.schema, info)


def values(table: LakeTable, partition: dict[str, str] = DAY, version: int | None = None) -> list[int]:
    return table.read(partition, version)["n"].to_pylist()


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


def test_parts_are_read_one_by_one_elsewhere(table: LakeTable) -> None:
    parts = [table.write_part(numbers(*range(n)), DAY, f"p{n}") for n in (2, 3)]
    version = table.commit(parts, DAY, numbers().schema, {})
    travelled: LakeTable = pickle.loads(pickle.dumps(table))
    listed = pickle.loads(pickle.dumps(travelled.parts(DAY, version)))
    assert [(part.path, part.rows, part.size) for part in listed] == [(p.path, p.rows, p.size) for p in parts]
    chunks = [travelled.read_part(part, travelled.schema(version)) for part in listed]
    assert pa.concat_tables(chunks).equals(table.read(DAY))


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


def test_only_text_is_dictionary_encoded(tmp_path: Path) -> None:
    table = LakeResource(uri=str(tmp_path)).table("t", "d", "s")
    group = pq.ParquetFile(
        tmp_path / "t/d/s" / table.write_part(every_type(), DAY, "a").path
    ).metadata.row_group(0)
    columns = [group.column(index) for index in range(group.num_columns)]
    encoded = {
        column.path_in_schema
        for column in columns
        if "PLAIN_DICTIONARY" in str(column.encodings) or "RLE_DICTIONARY" in str(column.encodings)
    }
    assert encoded == {"text", "words.list.element", "weights.key_value.key"}
    assert {column.compression for column in columns} == {"ZSTD"}


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


def test_first_writers_of_a_table_lose_nothing(table: LakeTable) -> None:
    days = [{"date": f"2026-01-{day:02}"} for day in range(1, 9)]
    with ThreadPoolExecutor(8) as pool:
        versions = list(pool.map(lambda day: put(table, numbers(int(day["date"][-2:])), day), days))
    assert sorted(versions) == list(range(1, 9))
    assert [values(table, day) for day in days] == [[n] for n in range(1, 9)]


def test_of_two_writers_of_one_day_one_wins_whole(table: LakeTable) -> None:
    put(table, numbers(0), OTHER_DAY)
    parts = [[table.write_part(numbers(n, n), DAY, f"w{n}-{i}") for i in range(2)] for n in range(6)]
    with ThreadPoolExecutor(6) as pool:
        versions = list(pool.map(lambda mine: table.commit(mine, DAY, numbers().schema, {}), parts))
    for writer, version in enumerate(versions):
        assert values(table, version=version) == [writer] * 4
    assert len(set(versions)) == 6


def beaten_by_a_rival(table: LakeTable, monkeypatch: pytest.MonkeyPatch, times: int) -> None:
    """Let another writer commit between the moment a commit is computed and the moment it is tried."""
    original, rounds = delta_commit._try_commit, iter(range(times))

    def raced(opened: DeltaTable, change: delta_commit.Replacement) -> Exception | None:
        if (turn := next(rounds, None)) is not None:
            rival = delta_log.open_table(table.storage)
            part = table.write_part(numbers(turn), OTHER_DAY, f"rival{turn}")
            theirs = delta_commit.Replacement([part], OTHER_DAY, change.schema, ("date",), {})
            assert original(rival, theirs) is None
        return original(opened, change)

    monkeypatch.setattr(delta_commit, "_try_commit", raced)


def test_lost_races_are_tried_again(table: LakeTable, monkeypatch: pytest.MonkeyPatch) -> None:
    put(table, numbers(9), OTHER_DAY)
    beaten_by_a_rival(table, monkeypatch, times=3)
    assert put(table, numbers(1)) == 5
    assert (values(table), values(table, OTHER_DAY)) == ([1], [2])


def test_races_that_are_always_lost_end(table: LakeTable, monkeypatch: pytest.MonkeyPatch) -> None:
    put(table, numbers(9), OTHER_DAY)
    monkeypatch.setattr(delta_commit, "ATTEMPTS", 4)
    beaten_by_a_rival(table, monkeypatch, times=100)
    with pytest.raises(CommitConflictError, match="4 attempts") as caught:
        put(table, numbers(1))
    assert caught.value.transient
    assert table.partitions() == [OTHER_DAY]


def test_a_failure_that_is_no_race_ends_at_once(table: LakeTable, monkeypatch: pytest.MonkeyPatch) -> None:
    from deltalake.exceptions import CommitFailedError

    put(table, numbers(1))
    calls: list[int] = []

    def refuse(*_: object) -> Exception:
        calls.append(1)
        return CommitFailedError("the log says no")

    monkeypatch.setattr(delta_commit, "_try_commit", refuse)
    with pytest.raises(LakeError, match="the log says no"):
        put(table, numbers(2), name="b")
    assert len(calls) == 3


def test_failed_upkeep_does_not_deny_the_commit(
    table: LakeTable, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(*_: object) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr(delta_log, "CHECKPOINT_EVERY", 1)
    monkeypatch.setattr(DeltaTable, "create_checkpoint", full)
    assert put(table, numbers(1)) == 1
    assert "upkeep failed" in caplog.text
    assert values(table) == [1]


def test_checkpoints_are_made_and_old_versions_stay(
    table: LakeTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delta_log, "CHECKPOINT_EVERY", 3)
    for n in range(7):
        put(table, numbers(n), name=f"p{n}")
    log = table.storage.filesystem().ls(table.storage.path("_delta_log"), detail=False)
    assert sum(name.endswith(".checkpoint.parquet") for name in log) == 2
    assert [values(table, version=version) for version in range(1, 8)] == [[n] for n in range(7)]


def test_a_part_survives_pickling(table: LakeTable) -> None:
    part = table.write_part(numbers(1, 2), DAY, "a")
    assert pickle.loads(pickle.dumps(part)) == part
    assert (part.rows, part.path) == (2, "date=2026-01-02/a.parquet")
    assert isinstance(part, Part)
