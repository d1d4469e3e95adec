"""From real files to source rows: each raw row is a row or in quarantine, once, and never changed."""

# ruff: noqa: DTZ001, E501 - local times are what is tested

import datetime as dt
import gzip
import json
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pandera.pandas as pp
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from aug_assets.broken_text import broken
from aug_assets.errors import AugError, ColumnTypeError, EmptyPartitionError, RejectedPartitionError
from aug_assets.frames import table_schema
from aug_assets.ingest import Ingested, check_limits, ingest
from aug_assets.quarantine import QUARANTINE, quarantined
from aug_assets.rows import digest
from aug_assets.spec import DatasetSpec
from tests import builders

DAY = builders.DAY
HEADER = "id,amount,count,kind,flag,note,fraud"


def csv(
    folder: Path, *lines: str, header: str = HEADER, name: str = f"{DAY}.csv", **changes: Any
) -> Ingested:
    """The lines as a CSV of the day, ingested."""
    (folder / name).write_text("\n".join([header, *lines, ""]))
    return check(ingest(at(folder, "{date}.csv", **changes), DAY), at(folder, "{date}.csv", **changes))


def at(folder: Path, name: str, **changes: Any) -> DatasetSpec:
    return builders.spec(**{"source": {"uri": str(folder / name)}, **changes})


def check(found: Ingested, spec: DatasetSpec) -> Ingested:
    """What holds of every ingested day."""
    assert found.read == found.rows.num_rows + found.quarantine.num_rows
    assert found.rows.schema == table_schema(spec)
    assert found.quarantine.schema == QUARANTINE
    assert found.rows["row_id"].to_pylist() == sorted(set(found.rows["row_id"].to_pylist()), key=_canonical)
    assert all(reasons for reasons in found.quarantine["reasons"].to_pylist())
    for text in found.quarantine["row"].to_pylist():
        json.loads(text, parse_constant=_no_constant)
    for field in found.rows.schema:
        column = spec.columns.get(field.name)
        assert (column is not None and column.nullable) or found.rows[field.name].null_count == 0, field.name
    return found


def _canonical(text: str) -> tuple[int, int]:
    raw = bytes.fromhex(text)
    return int.from_bytes(raw[8:], "little"), int.from_bytes(raw[:8], "little")


def _no_constant(name: str) -> None:
    raise AssertionError(f"{name} is not JSON")


def reasons(found: Ingested) -> dict[str, list[str]]:
    """Reasons by the raw id."""
    rows = [json.loads(text) for text in found.quarantine["row"].to_pylist()]
    return {row["id"]: why for row, why in zip(rows, found.quarantine["reasons"].to_pylist(), strict=True)}


GOOD = "r{n},1.50,3,a,true,hello,0"


def good(*numbers: int) -> list[str]:
    return [GOOD.format(n=n) for n in numbers]


def test_good_rows_are_typed_and_named(tmp_path: Path) -> None:
    found = csv(tmp_path, "r1,1.50,3,a,yes,hello,0", "r2,2,,,,,1")
    by_id = {row["id"]: row for row in found.rows.to_pylist()}
    assert by_id["r1"]["amount"] == 1.5
    assert by_id["r1"]["flag"] is True
    assert by_id["r2"]["count"] is by_id["r2"]["kind"] is by_id["r2"]["flag"] is None
    assert found.reasons == {}


def test_the_order_and_cut_of_files_leave_no_trace(tmp_path: Path) -> None:
    whole = csv(tmp_path, *good(1, 2, 3, 4))
    turned = csv(tmp_path, *good(4, 2, 3, 1))
    (tmp_path / DAY).mkdir()
    for name, numbers in (("x", (3,)), ("y", (1, 4, 2))):
        (tmp_path / DAY / f"{name}.csv").write_text("\n".join([HEADER, *good(*numbers), ""]))
    parts = ingest(at(tmp_path, "{date}/*.csv"), DAY)
    assert digest(whole.rows) == digest(turned.rows) == digest(parts.rows)


ONE_BAD = {
    "r9,-1,3,a,true,x,0": ["min:amount", "rule:amount_ge_0"],
    "r9,1001,3,a,true,x,0": ["max:amount"],
    "r9,inf,3,a,true,x,0": ["finite:amount", "max:amount"],
    "r9,nan,3,a,true,x,0": ["not_null:amount"],
    "r9,,3,a,true,x,0": ["not_null:amount"],
    "r9,one,3,a,true,x,0": ["type:amount"],
    "r9,1,3.5,a,true,x,0": ["type:count"],
    "r9,1,9007199254740993,a,true,x,0": ["max:count"],
    "r9,1,3,z,true,x,0": ["values:kind"],
    "r9,1,3,a,maybe,x,0": ["type:flag"],
    "r9,1,3,a,true,x,2": ["values:fraud"],
    "r9,1,3,a,true,x,": ["not_null:fraud"],
    f"r9,1,3,a,true,{'x' * 10_000},0": ["max_length:note"],
    "r9,one,3,z,true,x,": ["not_null:fraud", "type:amount"],
}


@pytest.mark.parametrize("line", ONE_BAD, ids=lambda line: line[:30])
def test_a_bad_row_is_quarantined_with_its_reasons_and_as_it_was(tmp_path: Path, line: str) -> None:
    found = csv(tmp_path, *good(1, 2, 3), line, rules=["amount >= 0"])
    assert reasons(found) == {"r9": sorted(ONE_BAD[line])}
    assert found.rows.num_rows == 3
    assert found.reasons == dict.fromkeys(sorted(ONE_BAD[line]), 1)
    raw = json.loads(found.quarantine["row"][0].as_py())
    assert [raw[name] or "" for name in HEADER.split(",")] == line.split(",")


def test_a_missing_number_is_not_judged_as_a_zero(tmp_path: Path) -> None:
    """Neither by the rules nor as the double of a row whose zero is real."""
    columns = {**builders.COLUMNS, "count": {"type": "int64", "unique": True}}
    lines = ["r1,1,0,a,,,0", "r2,1,,a,,,0", "r3,1,,a,,,0", "r4,1,7,a,,,0"]
    found = csv(tmp_path, *lines, columns=columns, rules=["count >= 0", "fraud <= amount"])
    assert reasons(found) == {"r2": ["not_null:count"], "r3": ["not_null:count"]}


def test_a_nan_beside_a_null_is_refused_too(tmp_path: Path) -> None:
    table = builders.table(8).drop_columns(["row_id", "is_synthetic"])
    amounts = [*[1.0] * 5, float("nan"), None, float("inf")]
    table = table.set_column(table.column_names.index("amount"), "amount", pa.array(amounts))
    pq.write_table(table, tmp_path / f"{DAY}.parquet")
    spec = at(tmp_path, "{date}.parquet")
    found = check(ingest(spec, DAY), spec)
    assert found.rows.num_rows == 5
    assert found.reasons == {"finite:amount": 1, "max:amount": 1, "not_null:amount": 2}


def test_a_nan_where_nulls_are_legal_is_a_null(tmp_path: Path) -> None:
    columns = {**builders.COLUMNS, "amount": {"type": "float64", "nullable": True}}
    found = csv(tmp_path, "r1,nan,3,a,true,x,0", columns=columns)
    assert found.rows["amount"].to_pylist() == [None]


# --- keys --------------------------------------------------------------------------------------------------
def test_of_equal_rows_the_first_is_kept_and_of_different_ones_none(tmp_path: Path) -> None:
    found = csv(
        tmp_path, *good(1, 1, 1), *good(2), "r2,9,3,a,true,hello,0", *good(3), "r4,,,,,,1", "r4,,,,,,1"
    )
    assert sorted(found.rows["id"].to_pylist()) == ["r1", "r3"]
    assert found.reasons == {"duplicate_key": 2, "duplicate_row": 3, "not_null:amount": 2}


def test_a_key_that_differs_only_as_text_is_the_same_key(tmp_path: Path) -> None:
    columns = {**builders.COLUMNS, "id": {"type": "int64"}}
    found = csv(tmp_path, "7,1,3,a,,x,0", "07,1,3,a,,y,0", "8,1,3,a,,x,0", columns=columns)
    assert found.rows["id"].to_pylist() == [8]
    assert found.reasons == {"duplicate_key": 2}


def test_rows_without_a_key_are_not_each_others_doubles(tmp_path: Path) -> None:
    found = csv(tmp_path, *good(1), ",1,3,a,true,x,0", ",2,3,a,true,x,0")
    assert found.reasons == {"not_null:id": 2}


def test_a_key_of_two_columns(tmp_path: Path) -> None:
    found = csv(tmp_path, *good(1), "r1,1.50,3,b,true,hello,0", "r1,1.50,3,b,true,hello,0", key=["id", "kind"],
                columns={**builders.COLUMNS, "kind": {"type": "category"}})  # fmt: skip
    assert found.rows.num_rows == 2
    assert found.reasons == {"duplicate_row": 1}


def test_many_rows_of_one_key(tmp_path: Path) -> None:
    found = csv(tmp_path, *[f"r1,{n},3,a,true,x,0" for n in range(500)])
    assert found.reasons == {"duplicate_key": 500}
    assert found.rows.num_rows == 0


def test_ids_do_not_depend_on_the_format(tmp_path: Path) -> None:
    columns = {**builders.COLUMNS, "id": {"type": "int64"}}
    text = csv(tmp_path, "7,1.5,3,a,true,x,0", columns=columns)
    row = {"id": 7, "amount": 1.5, "count": 3, "kind": "a", "flag": True, "note": "x", "fraud": 0}
    (tmp_path / f"{DAY}.jsonl").write_text(json.dumps(row))
    pq.write_table(pa.Table.from_pylist([row]), tmp_path / f"{DAY}.parquet")
    floats = pa.Table.from_pylist([{**row, "id": 7.0, "fraud": 0.0}])  # integers that pandas made floats
    (tmp_path / "floats").mkdir()
    pq.write_table(floats, tmp_path / "floats" / f"{DAY}.parquet")
    for name in ("{date}.jsonl", "{date}.parquet", "floats/{date}.parquet"):
        assert digest(ingest(at(tmp_path, name, columns=columns), DAY).rows) == digest(text.rows), name


# --- days --------------------------------------------------------------------------------------------------
def test_an_empty_day_is_an_error_unless_allowed(tmp_path: Path) -> None:
    found = csv(tmp_path)
    assert found.read == 0
    with pytest.raises(EmptyPartitionError):
        check_limits(at(tmp_path, "{date}.csv"), DAY, found)
    check_limits(at(tmp_path, "{date}.csv", limits={"allow_empty": True}), DAY, found)


def test_an_empty_parquet_and_an_empty_day_under_a_model(tmp_path: Path) -> None:
    pq.write_table(builders.table(0).drop_columns(["row_id", "is_synthetic"]), tmp_path / f"{DAY}.parquet")
    spec = at(tmp_path, "{date}.parquet", model=f"{__name__}:EnoughFraud", rules=["amount >= 0"])
    assert check(ingest(spec, DAY), spec).read == 0


def test_all_rows_bad(tmp_path: Path) -> None:
    found = csv(tmp_path, *[f"r{n},x,3,a,true,x,0" for n in range(20)])
    assert (found.rows.num_rows, found.quarantine.num_rows) == (0, 20)
    with pytest.raises(RejectedPartitionError, match="20 of 20") as caught:
        check_limits(at(tmp_path, "{date}.csv"), DAY, found)
    assert "type:amount" in caught.value.seen


@pytest.mark.parametrize(("bad", "refused"), [(1, False), (2, True)])
def test_the_share_of_bad_rows_decides(tmp_path: Path, bad: int, refused: bool) -> None:
    found = csv(tmp_path, *good(*range(20 - bad)), *[f"x{n},x,3,a,true,x,0" for n in range(bad)])
    limits = at(tmp_path, "{date}.csv", limits={"max_rejected_share": 0.05})
    try:
        check_limits(limits, DAY, found)
    except RejectedPartitionError:
        assert refused
    else:
        assert not refused


class EnoughFraud(pp.DataFrameModel):
    @pp.dataframe_check(name="enough_fraud")
    @classmethod
    def _share(cls, frame: pd.DataFrame) -> bool:
        return bool(frame["fraud"].mean() > 0.5)


class FraudIsDear(pp.DataFrameModel):
    @pp.dataframe_check(name="fraud_is_dear")
    @classmethod
    def _row(cls, frame: pd.DataFrame) -> pd.Series:
        return (frame["fraud"] == 0) | (frame["amount"] > 10)


def test_a_model_of_ones_own(tmp_path: Path) -> None:
    lines = [*good(1, 2), "r3,5,3,a,true,x,1", "r4,50,3,a,true,x,1"]
    found = csv(tmp_path, *lines, model=f"{__name__}:FraudIsDear")
    assert reasons(found) == {"r3": ["fraud_is_dear"]}
    whole = csv(tmp_path, *lines, "r5,x,3,a,true,x,1", model=f"{__name__}:EnoughFraud")
    assert {r: why for r, why in reasons(whole).items() if r != "r5"} == {
        row: ["enough_fraud"] for row in ("r1", "r2", "r3", "r4")
    }


# --- formats -----------------------------------------------------------------------------------------------
def test_json_lines_of_mixed_types(tmp_path: Path) -> None:
    rows = [
        {"id": "r1", "amount": "1.5", "count": 3.0, "flag": "true", "fraud": "0"},
        {"id": 2, "amount": True, "count": 2**53 + 1, "fraud": 0},
        {"id": "r3", "amount": 1, "count": "3", "flag": 0, "note": {"a": [1, None]}, "fraud": False},
        {"id": "r4", "amount": [1], "kind": "a", "fraud": 1.0},
        {"id": "r5", "amount": 1e999, "fraud": 1},
    ]
    (tmp_path / f"{DAY}.jsonl").write_text("\n".join(json.dumps(row) for row in rows))
    spec = at(tmp_path, "{date}.jsonl")
    found = check(ingest(spec, DAY), spec)
    assert reasons(found) == {
        "2": ["type:amount"],
        "r3": ["type:fraud"],
        "r4": ["type:amount"],
        "r5": ["finite:amount", "max:amount"],
    }
    assert found.rows.to_pylist()[0]["count"] == 3


def test_packed_csv(tmp_path: Path) -> None:
    (tmp_path / f"{DAY}.csv.gz").write_bytes(gzip.compress("\n".join([HEADER, *good(1, 2), ""]).encode()))
    assert ingest(at(tmp_path, "{date}.csv.gz"), DAY).rows.num_rows == 2


def test_dictionary_columns_and_odd_types_of_parquet(tmp_path: Path) -> None:
    frame = builders.frame(8).astype(
        {"kind": "category", "note": "category", "id": "category", "fraud": "float64"}
    )
    pq.write_table(pa.Table.from_pandas(frame, preserve_index=False), tmp_path / f"{DAY}.parquet")
    spec = at(tmp_path, "{date}.parquet")
    found = check(ingest(spec, DAY), spec)
    assert found.quarantine.num_rows == 0
    assert digest(found.rows) == digest(builders.table(8))


def test_a_wrong_type_in_a_typed_file_is_a_wrong_file(tmp_path: Path) -> None:
    frame = builders.frame(8).assign(amount="1.5")
    pq.write_table(pa.Table.from_pandas(frame, preserve_index=False), tmp_path / f"{DAY}.parquet")
    with pytest.raises(ColumnTypeError, match="'amount'"):
        ingest(at(tmp_path, "{date}.parquet"), DAY)


def test_payloads_hold_what_json_has_no_word_for(tmp_path: Path) -> None:
    table = pa.table(
        {
            "id": ["a", "b"],
            "amount": [float("-inf"), float("nan")],
            "count": pa.array([2**63 - 1, None]),
            "kind": pa.array([b"\xff", b"a"]),
            "flag": [True, None],
            "note": pa.array([dt.datetime(2025, 1, 1, 0, 0, 0, 1), None], pa.timestamp("ns")),
            "fraud": [0, 0],
        }
    )
    pq.write_table(table, tmp_path / f"{DAY}.parquet")
    spec = at(tmp_path, "{date}.parquet")
    found = check(ingest(spec, DAY), spec)
    rows = {row["id"]: row for row in map(json.loads, found.quarantine["row"].to_pylist())}
    assert rows["a"]["amount"] == "-inf"
    assert rows["b"]["amount"] == "nan"
    assert rows["a"]["count"] == 2**63 - 1
    assert rows["a"]["note"].startswith("2025-01-01 00:00:00.000001")


@pytest.mark.parametrize(
    "kind", [pa.string(), pa.large_string(), pa.dictionary(pa.int32(), pa.string())], ids=str
)
def test_text_that_is_no_utf8_is_its_own_rows_fault(tmp_path: Path, kind: pa.DataType) -> None:
    """Arrow reads such bytes from Parquet as if they were text."""

    def text(*values: bytes) -> pa.Array:
        return pa.array(values, pa.binary()).view(pa.string()).cast(kind)

    frame = builders.frame(4).drop(columns=["id", "kind"])
    table = pa.Table.from_pandas(frame, preserve_index=False)
    table = table.append_column("id", text(b"a", b"b", b"\xff\xfe", b"d"))
    table = table.append_column("kind", text(b"caf\xe9", b"a", b"a", b"a"))
    pq.write_table(table, tmp_path / f"{DAY}.parquet", row_group_size=2)
    spec = at(tmp_path, "{date}.parquet")
    found = check(ingest(spec, DAY), spec)
    assert found.reasons == {"type:id": 1, "type:kind": 1}
    assert sorted(found.rows["id"].to_pylist()) == ["b", "d"]
    held = {row["id"]: row["kind"] for row in map(json.loads, found.quarantine["row"].to_pylist())}
    assert held == {"a": r"caf\xe9", r"\xff\xfe": "a"}


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        ("csv", [HEADER.encode(), b"a,1,1,caf\xe9,1,,0", b"b,1,1,a,1,,0"]),
        ("jsonl", [
            b'{"id": "a", "amount": 1, "count": 1, "kind": "caf\xe9", "flag": 1, "fraud": 0, "note": null}',
            b'{"id": "c", "amount": 1, "count": 1, "kind": "\\ud800", "flag": 1, "fraud": 0, "note": "caf\xe9"}',
            b'{"id": "b", "amount": 1, "count": 1, "kind": "a", "flag": 1, "fraud": 0, "note": null}',
        ]),
    ],
)  # fmt: skip
def test_so_it_is_in_files_of_lines(tmp_path: Path, name: str, lines: list[bytes]) -> None:
    (tmp_path / f"{DAY}.{name}").write_bytes(b"\n".join([*lines, b""]))
    spec = at(tmp_path, f"{{date}}.{name}")
    found = check(ingest(spec, DAY), spec)
    assert found.rows["id"].to_pylist() == ["b"]
    assert found.reasons["type:kind"] == found.quarantine.num_rows
    held = {row["id"]: row["kind"] for row in map(json.loads, found.quarantine["row"].to_pylist())}
    assert held["a"] == r"caf\xe9"


def test_boxes_with_labels_that_are_no_utf8_are_their_own_rows_fault() -> None:
    told = [[{"label": b"cat", "x": 1}], [{"label": b"\xff", "x": 2}], None]
    boxes = pa.chunked_array([pa.array(told, _listed(pa.binary())).cast(_listed(pa.string()), safe=False)])
    assert broken(boxes).tolist() == [False, True, False]
    held = quarantined(pa.array(["a", "b", "c"]), {"bad": np.ones(3, bool)}, pa.table({"boxes": boxes}))
    assert json.loads(held["row"][1].as_py()) == {"boxes": [{"label": r"\xff", "x": 2}]}


def _listed(label: pa.DataType) -> pa.DataType:
    return pa.list_(pa.struct([("label", label), ("x", pa.int64())]))


def test_quarantine_holds_the_raw_row_not_the_typed_one(tmp_path: Path) -> None:
    found = csv(tmp_path, 'r1, 1.50 ,3,z,YES,\u00e9 "q" \\,0', rules=[])
    text = found.quarantine["row"][0].as_py()
    assert json.loads(text)["amount"] == " 1.50 "
    assert json.loads(text)["flag"] == "YES"
    assert "\u00e9" in text


# --- a file of many days -----------------------------------------------------------------------------------
ZONE = "America/New_York"
DAYS = [f"2025-11-{n:02d}" for n in range(1, 5)]  # the clocks go back on the 2nd
TIMED = {
    **builders.COLUMNS,
    "when": {"type": "timestamp"},
    "serial": {"type": "string", "nullable": True, "unique": True},
}


def many_days(local: bool) -> list[dict[str, Any]]:
    """Rows every half hour over four days, with undated, doubtful, bad and repeated ones among them."""
    start = pd.Timestamp("2025-11-01", tz=None if local else ZONE)
    times = [start + pd.Timedelta(minutes=30 * n) for n in range(4 * 48 + (0 if local else 2))]
    rows = [
        {"id": f"r{n:03d}", "amount": 1.5, "count": 1, "kind": "a", "flag": True, "note": None, "fraud": n % 2,
         "when": t.to_pydatetime(), "serial": f"{t:%H:%M%z}"}
        for n, t in enumerate(times)
    ]  # fmt: skip
    rows += [{**rows[0], "id": "no time", "when": None, "serial": None}]
    rows += [{**rows[60], "id": "bad", "amount": -1.0, "serial": None}]
    rows += [rows[150]]
    return rows


def write_days(folder: Path, ending: str, *, local: bool) -> DatasetSpec:
    rows = many_days(local)
    frame = pd.DataFrame(rows)
    path = folder / f"all.{ending}"
    texts = [None if r["when"] is None else r["when"].isoformat() for r in rows]
    if ending == "parquet":
        kind = pa.timestamp("us", None if local else ZONE)
        stamps = [None if r["when"] is None else pd.Timestamp(r["when"]).value // 1000 for r in rows]
        table = pa.Table.from_pylist([{k: v for k, v in r.items() if k != "when"} for r in rows])
        pq.write_table(table.append_column("when", pa.array(stamps, kind)), path)
    elif ending == "csv":
        frame.assign(when=texts).to_csv(path, index=False)
    else:
        path.write_text("\n".join(json.dumps({**r, "when": t}) for r, t in zip(rows, texts, strict=True)))
    return builders.spec(
        source={"uri": str(path), "timestamp": "when"}, columns=TIMED,
        partitions={"start": DAYS[0], "end": "2025-11-05", "timezone": ZONE},
    )  # fmt: skip


@pytest.mark.parametrize("local", [False, True], ids=["offsets", "local"])
@pytest.mark.parametrize("ending", ["parquet", "csv", "jsonl"])
def test_the_days_of_a_file_add_up_to_its_rows(tmp_path: Path, ending: str, local: bool) -> None:
    spec = write_days(tmp_path, ending, local=local)
    days = {day: check(ingest(spec, day), spec) for day in DAYS}
    rows = many_days(local)
    assert sum(found.read for found in days.values()) == len(rows)
    seen = [r for f in days.values() for r in f.rows["id"].to_pylist()]
    seen += [json.loads(text)["id"] for f in days.values() for text in f.quarantine["row"].to_pylist()]
    assert sorted(seen) == sorted(row["id"] for row in rows)
    assert reasons(days[DAYS[0]]) == {"no time": ["not_null:when"]}
    assert reasons(days["2025-11-02"])["bad"] == ["min:amount"]
    assert days["2025-11-04"].reasons == {"duplicate_row": 1}
    for day, found in days.items():
        assert {t.astimezone(_zone()).date().isoformat() for t in found.rows["when"].to_pylist()} == {day}


@pytest.mark.parametrize("ending", ["parquet", "csv", "jsonl"])
def test_hours_that_come_twice_are_quarantined_on_their_day(tmp_path: Path, ending: str) -> None:
    spec = write_days(tmp_path, ending, local=True)
    found = ingest(spec, "2025-11-02")
    assert found.reasons == {"min:amount": 1, "time:when": 2}
    assert ingest(write_days(tmp_path, ending, local=False), "2025-11-02").reasons == {"min:amount": 1}


@pytest.mark.parametrize("ending", ["csv", "jsonl"])
def test_times_that_cannot_be_read_belong_to_the_first_day_once(tmp_path: Path, ending: str) -> None:
    spec = write_days(tmp_path, ending, local=False)
    path = tmp_path / f"all.{ending}"
    path.write_text(path.read_text().replace("2025-11-03T12:00:00-05:00", "noon"))
    assert [ingest(spec, day).reasons.get("time:when", 0) for day in DAYS] == [1, 0, 0, 0]


def test_a_row_of_another_day_in_a_days_file_is_quarantined(tmp_path: Path) -> None:
    header = HEADER + ",when"
    lines = [*(g + ",2025-01-02T10:00:00Z" for g in good(1)), *(g + ",2025-01-03T00:00:00Z" for g in good(2))]
    columns = {**builders.COLUMNS, "when": {"type": "timestamp"}}
    source = {"uri": str(tmp_path / "{date}.csv"), "timestamp": "when"}
    found = csv(tmp_path, *lines, header=header, columns=columns, source=source)
    assert reasons(found) == {"r2": ["outside_day:when"]}


@pytest.mark.parametrize(
    "zone", ["America/Sao_Paulo", "Africa/Cairo", "Asia/Kathmandu", "Pacific/Apia", "UTC"]
)
def test_no_row_falls_between_days_where_midnight_is_missing_or_doubled(tmp_path: Path, zone: str) -> None:
    """Sao Paulo skipped midnight in 2018, Cairo does each spring, and Apia skipped a whole day in 2011."""
    first = {"America/Sao_Paulo": "2018-11-02", "Pacific/Apia": "2011-12-28"}.get(zone, "2025-04-23")
    days = [(dt.date.fromisoformat(first) + dt.timedelta(days=n)).isoformat() for n in range(5)]
    local = pd.date_range(days[0], periods=5 * 48, freq="30min")
    table = pa.table(
        {
            **{
                n: [v] * len(local)
                for n, v in zip(HEADER.split(",")[1:], (1.0, 1, "a", True, "x", 0), strict=True)
            },
            "id": [f"r{n}" for n in range(len(local))],
            "when": pa.array(local.to_pydatetime(), pa.timestamp("us")),
        }
    )
    pq.write_table(table, tmp_path / "all.parquet")
    (tmp_path / "all.csv").write_text(table.to_pandas().to_csv(index=False))
    for name in ("all.parquet", "all.csv"):
        spec = builders.spec(
            source={"uri": str(tmp_path / name), "timestamp": "when"},
            columns={**builders.COLUMNS, "when": {"type": "timestamp"}},
            partitions={"start": days[0], "timezone": zone},
        )
        assert sum(ingest(spec, day).read for day in days) == len(local), name


def _zone() -> dt.tzinfo:
    return ZoneInfo(ZONE)


def test_every_error_of_a_day_is_a_typed_one(tmp_path: Path) -> None:
    (tmp_path / f"{DAY}.csv").write_bytes(b"\x00\xff" * 999)
    with pytest.raises(AugError):
        ingest(at(tmp_path, "{date}.csv"), DAY)
