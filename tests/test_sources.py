"""Reading: which files, which rows of them, and what is said when it does not work."""

import bz2
import gc
import gzip
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from aug_assets import sources
from aug_assets.errors import (
    ColumnTypeError,
    MissingColumnError,
    SourceNotFoundError,
    SourceUnreadableError,
    UnknownPartitionError,
)  # fmt: skip
from aug_assets.spec import DatasetSpec
from tests import builders

DAY = builders.DAY
CSV = "id,amount,count,kind,flag,note,fraud\nr1,1.50,3,a,true,hello,0\nr2,2.50,,b,,,1\n"
JSONL = """\
{"id": "r1", "amount": 1.5, "count": 3, "kind": "a", "flag": true, "note": "hello", "fraud": 0}
{"id": "r2", "amount": 2.5, "kind": "b", "count": null, "fraud": 1}
"""


def dataset(uri: Path | str, **source: str) -> DatasetSpec:
    return builders.spec(source={"uri": str(uri), **source})


def put(path: Path, content: str | bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def rows(spec: DatasetSpec, day: str = DAY) -> list[dict]:
    return sources.read(spec, day).to_pylist()


def plain(row: dict) -> dict:
    return {name: value for name, value in row.items() if value is not None}


FIRST = {
    "id": "r1",
    "amount": "1.50",
    "count": "3",
    "kind": "a",
    "flag": "true",
    "note": "hello",
    "fraud": "0",
}


def test_csv_is_text_and_an_empty_field_is_null(tmp_path: Path) -> None:
    put(tmp_path / f"{DAY}.csv", CSV)
    found = rows(dataset(tmp_path / "{date}.csv"))
    assert found[0] == FIRST
    assert plain(found[1]) == {"id": "r2", "amount": "2.50", "kind": "b", "fraud": "1"}


def test_jsonl_is_text(tmp_path: Path) -> None:
    put(tmp_path / f"{DAY}.jsonl", JSONL + "\n")
    found = rows(dataset(tmp_path / "{date}.jsonl"))
    assert found[0] == {**FIRST, "amount": "1.5"}
    assert plain(found[1]) == {"id": "r2", "amount": "2.5", "kind": "b", "fraud": "1"}


@pytest.mark.parametrize(("ending", "pack"), [("gz", gzip.compress), ("bz2", bz2.compress)])
def test_packed_files(tmp_path: Path, ending: str, pack) -> None:
    put(tmp_path / f"{DAY}.csv.{ending}", pack(CSV.encode()))
    put(tmp_path / f"{DAY}.jsonl.{ending}", pack(JSONL.encode()))
    assert rows(dataset(tmp_path / f"{{date}}.csv.{ending}"))[0] == FIRST
    assert len(rows(dataset(tmp_path / f"{{date}}.jsonl.{ending}"))) == 2


def test_patterns_folders_and_the_files_beside_data(tmp_path: Path) -> None:
    for name in ("b", "a"):
        put(tmp_path / DAY / f"part-{name}.csv", CSV.replace("r1", f"{name}1").replace("r2", f"{name}2"))
    put(tmp_path / DAY / "deep" / "part-c.csv", CSV)
    for name in ("_SUCCESS", ".part-a.csv.crc", "_temporary/part-x.csv"):
        put(tmp_path / DAY / name, "not data")
    (tmp_path / DAY / "part-folder.csv").mkdir()
    pattern = [row["id"] for row in rows(dataset(tmp_path / "{date}/part-*.csv"))]
    assert pattern == ["a1", "a2", "b1", "b2"]
    folder = [row["id"] for row in rows(dataset(tmp_path / "{date}", format="csv"))]
    assert folder == ["r1", "r2", "a1", "a2", "b1", "b2"]


def test_environment_variables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path / f"{DAY}.csv", CSV)
    monkeypatch.setenv("RAW_ROOT", str(tmp_path))
    assert len(rows(dataset("${RAW_ROOT}/{date}.csv"))) == 2
    monkeypatch.delenv("RAW_ROOT")
    with pytest.raises(SourceNotFoundError, match="RAW_ROOT"):
        rows(dataset("${RAW_ROOT}/{date}.csv"))


def test_only_declared_columns_are_read_under_their_raw_names(tmp_path: Path) -> None:
    put(tmp_path / f"{DAY}.csv", CSV.replace("amount", "AMT").replace("note", "extra"))
    columns = {k: v for k, v in builders.COLUMNS.items() if k != "note"}
    columns["amount"] = {"type": "float64", "from": "AMT"}
    columns["again"] = {"type": "string", "from": "AMT"}
    spec = builders.spec(source={"uri": str(tmp_path / "{date}.csv")}, columns=columns)
    assert sources.read(spec, DAY).column_names == ["id", "AMT", "count", "kind", "flag", "fraud"]


def test_a_byte_order_mark_quotes_and_line_breaks_in_values(tmp_path: Path) -> None:
    text = '\ufeff"id",amount,count,kind,flag,note,fraud\r\nr1,1,1,a,1,"two\nlines, ""quoted""",0\r\n'
    put(tmp_path / f"{DAY}.csv", text)
    found = rows(dataset(tmp_path / "{date}.csv"))
    assert [row["id"] for row in found] == ["r1"]
    assert found[0]["note"] == 'two\nlines, "quoted"'


def test_a_header_alone_is_an_empty_day(tmp_path: Path) -> None:
    put(tmp_path / f"{DAY}.csv", CSV.splitlines()[0] + "\n")
    assert sources.read(dataset(tmp_path / "{date}.csv"), DAY).num_rows == 0
    put(tmp_path / f"{DAY}.jsonl", "\n")
    assert sources.read(dataset(tmp_path / "{date}.jsonl"), DAY).num_rows == 0


def test_parquet_parts_of_different_making(tmp_path: Path) -> None:
    one = builders.table(4).drop_columns(["row_id", "is_synthetic"])
    two = one.set_column(3, "kind", one["kind"].dictionary_encode())
    two = two.set_column(2, "count", one["count"].cast(pa.int32()))
    for name, table in (("a", one), ("b", two)):
        (tmp_path / DAY).mkdir(exist_ok=True)
        pq.write_table(table, tmp_path / DAY / f"{name}.parquet")
    found = sources.read(dataset(tmp_path / "{date}"), DAY)
    assert found.num_rows == 8
    assert found["kind"].to_pylist() == one["kind"].to_pylist() * 2


# --- what does not work ------------------------------------------------------------------------------------
def parquet_bytes(tmp_path: Path, table: pa.Table | None = None) -> bytes:
    path = tmp_path / "whole.parquet"
    pq.write_table(table if table is not None else builders.table(400), path)
    return path.read_bytes()


UNREADABLE = {
    "an empty file.csv": b"",
    "bytes.csv": bytes(range(256)) * 40,
    "ragged.csv": CSV.encode() + b"r3,1\n",
    "cut.csv.gz": gzip.compress(CSV.encode() * 50)[:-30],
    "not packed.csv.gz": CSV.encode(),
    "spoilt.csv.gz": gzip.compress(CSV.encode() * 50)[:60] + b"\0" * 40,
    "a broken line.jsonl": (JSONL + '{"id": "r3", "amo').encode(),
    "a list.jsonl": (JSONL + "[1, 2]\n").encode(),
    "a number.jsonl": (JSONL + "5\n").encode(),
    "bytes.jsonl": b"\xff\xfe\n",
    "deep.jsonl": b'{"a":' + b"[" * 200_000 + b"\n",
    "nothing.parquet": b"",
    "text.parquet": CSV.encode(),
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_a_file_that_cannot_be_parsed_says_which(tmp_path: Path, name: str) -> None:
    content = UNREADABLE[name]
    path = put(tmp_path / f"{DAY} {name}", content)
    gc.collect()  # what other tests left must not be cleared away at the bottom of a deep recursion
    with pytest.raises((SourceUnreadableError, MissingColumnError)) as caught:
        rows(dataset(str(path).replace(DAY, "{date}")))
    assert caught.value.todo
    assert len(str(caught.value)) < 1500


@pytest.mark.parametrize("keep", [0.1, 0.5, 0.99])
def test_truncated_parquet(tmp_path: Path, keep: float) -> None:
    whole = parquet_bytes(tmp_path)
    put(tmp_path / f"{DAY}.parquet", whole[: int(len(whole) * keep)])
    with pytest.raises(SourceUnreadableError, match="cannot be parsed"):
        rows(dataset(tmp_path / "{date}.parquet"))


def test_parquet_with_spoilt_pages(tmp_path: Path) -> None:
    whole = bytearray(parquet_bytes(tmp_path, builders.table(400).drop_columns(["row_id"])))
    half = len(whole) // 2
    whole[4:half] = b"\xff" * (half - 4)  # the footer is whole, the pages are not
    put(tmp_path / f"{DAY}.parquet", bytes(whole))
    with pytest.raises(SourceUnreadableError):
        rows(dataset(tmp_path / "{date}.parquet"))


def test_the_line_that_is_no_json_is_named(tmp_path: Path) -> None:
    path = put(tmp_path / f"{DAY}.jsonl", JSONL + "{broken\n")
    with pytest.raises(SourceUnreadableError, match=f"{path}:3"):
        rows(dataset(tmp_path / "{date}.jsonl"))


@pytest.mark.parametrize("uri", ["none-{date}.csv", "none-{date}/*.csv", "empty-{date}/", "{date}.parquet"])
def test_no_file(tmp_path: Path, uri: str) -> None:
    (tmp_path / f"empty-{DAY}").mkdir()
    with pytest.raises(SourceNotFoundError, match="no such file") as caught:
        rows(dataset(f"{tmp_path}/{uri}"))
    assert DAY in caught.value.seen


def test_an_unknown_sample_names_the_known() -> None:
    with pytest.raises(SourceNotFoundError, match="card_fraud"):
        rows(dataset("sample://nothing"))


def test_an_unknown_protocol() -> None:
    with pytest.raises(SourceUnreadableError, match="nope"):
        rows(dataset("nope://x/{date}.csv"))


@pytest.mark.parametrize("ending", ["csv", "jsonl", "parquet"])
def test_a_missing_column_names_it_and_those_there_are(tmp_path: Path, ending: str) -> None:
    content = {
        "csv": CSV.replace("amount", "amt").encode(),
        "jsonl": JSONL.replace("amount", "amt").encode(),
        "parquet": parquet_bytes(tmp_path, builders.table(4).drop_columns(["amount"])),
    }[ending]
    put(tmp_path / f"{DAY}.{ending}", content)
    with pytest.raises(MissingColumnError) as caught:
        rows(dataset(f"{tmp_path}/{{date}}.{ending}"))
    assert caught.value.seen == "['amount']"
    assert "kind" in caught.value.legal


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_a_column_that_is_there_twice(tmp_path: Path, ending: str) -> None:
    table = builders.table(4).drop_columns(["row_id", "is_synthetic"])
    twice = pa.table([*table.columns, table["amount"]], names=[*table.column_names, "amount"])
    header, *lines = CSV.splitlines()
    text = "\n".join([header + ",amount", *(line + ",9" for line in lines)])
    put(tmp_path / f"{DAY}.{ending}", parquet_bytes(tmp_path, twice) if ending == "parquet" else text)
    with pytest.raises((MissingColumnError, SourceUnreadableError), match=r"twice|duplicate"):
        rows(dataset(f"{tmp_path}/{{date}}.{ending}"))


def test_files_whose_types_cannot_meet(tmp_path: Path) -> None:
    table = builders.table(4)
    (tmp_path / DAY).mkdir()
    pq.write_table(table, tmp_path / DAY / "a.parquet")
    pq.write_table(table.set_column(3, "amount", pa.array(["x"] * 4)), tmp_path / DAY / "b.parquet")
    with pytest.raises((SourceUnreadableError, MissingColumnError)):
        rows(dataset(tmp_path / "{date}"))


@pytest.mark.parametrize(
    "day", ["2024-12-31", "2025-02-01", "2025-13-01", "yesterday", "", "2025-01-02T00:00"]
)
def test_a_date_that_is_no_partition(day: str) -> None:
    spec = builders.spec(partitions={"start": "2025-01-01", "end": "2025-02-01"})
    with pytest.raises(UnknownPartitionError, match="2025-01-01") as caught:
        sources.read(spec, day)
    assert caught.value.seen == repr(day)


@pytest.mark.parametrize("kind", [pa.string(), pa.int64(), pa.date32()])
def test_rows_cannot_be_dated_by_what_is_no_timestamp(tmp_path: Path, kind: pa.DataType) -> None:
    table = builders.table(4).append_column("when", pa.nulls(4, kind))
    pq.write_table(table, tmp_path / "all.parquet")
    columns = {**builders.COLUMNS, "when": {"type": "timestamp", "nullable": True}}
    spec = builders.spec(source={"uri": str(tmp_path / "all.parquet"), "timestamp": "when"}, columns=columns)
    with pytest.raises(ColumnTypeError, match="dates the rows"):
        sources.read(spec, DAY)


def test_outside_and_belongs_cut_the_days_without_a_gap() -> None:
    zone = {"start": "2025-01-01", "timezone": "Asia/Kathmandu"}
    columns = {**builders.COLUMNS, "when": {"type": "timestamp", "nullable": True}}
    spec = builders.spec(source={"uri": "/x.csv", "timestamp": "when"}, partitions=zone, columns=columns)
    quarter = 15 * 60 * 1_000_000
    first = 1_735_668_900_000_000  # 2025-01-01 in Kathmandu
    times = [first + n * quarter for n in range(-8, 3 * 96)]
    when = pa.chunked_array([pa.array([*times, None], pa.timestamp("us", "UTC"))])
    days = ["2025-01-01", "2025-01-02", "2025-01-03"]
    count = [pc.sum(sources.belongs(spec, day, when)).as_py() for day in days]
    assert count == [97, 96, 96]  # the null is the first day's
    assert pc.sum(sources.outside(spec, days[0], when)).as_py() == len(times) - 96
