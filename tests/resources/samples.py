"""Rows that the lake tests write, and the shortest ways to write and read a day."""

import datetime as dt

import pyarrow as pa

from resources.delta_table import LakeTable

DAY = {"date": "2026-01-02"}
OTHER_DAY = {"date": "2026-01-03"}

SCHEMA = pa.schema(
    [
        ("i64", pa.int64()),
        ("i32", pa.int32()),
        ("f64", pa.float64()),
        ("f32", pa.float32()),
        ("flag", pa.bool_()),
        ("text", pa.string()),
        ("at", pa.timestamp("us", tz="UTC")),
        ("day", pa.date32()),
        ("words", pa.list_(pa.string())),
        ("weights", pa.map_(pa.string(), pa.float64())),
        ("pixels", pa.binary()),
    ]
)

_FULL = {
    "i64": 2**62,
    "i32": -(2**31),
    "f64": 0.1,
    "f32": 0.5,
    "flag": True,
    "text": "naïve 漢",
    "at": dt.datetime(2026, 1, 2, 3, 4, 5, 678901, dt.UTC),
    "day": dt.date(1969, 12, 31),
    "words": ["a", None, ""],
    "weights": [("k", 1.5), ("z", None)],
    "pixels": b"\x00\xff",
}


def every_type() -> pa.Table:
    """A full row, a row of nulls, a row of empty values."""
    empty = {"f64": float("inf"), "text": "", "words": [], "weights": [], "pixels": b""}
    return pa.Table.from_pylist([_FULL, {}, empty], schema=SCHEMA)


def numbers(*values: int) -> pa.Table:
    return pa.table({"n": pa.array(values, pa.int64())})


def put(
    table: LakeTable, data: pa.Table, partition: dict[str, str] = DAY, name: str = "a", **info: str
) -> int:
    return table.commit([table.write_part(data, partition, name)], partition, data.schema, info)


def values(table: LakeTable, partition: dict[str, str] = DAY, version: int | None = None) -> list[int]:
    return table.read(partition, version)["n"].to_pylist()
