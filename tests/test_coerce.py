"""Raw values to declared types: exactly, the same whatever else is in the column, or marked."""

# ruff: noqa: DTZ001, E501 - local times are what is tested

import datetime as dt
import decimal

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aug_assets.coerce import coerce
from aug_assets.errors import ColumnTypeError
from tests import builders

UTC = dt.UTC


def read(
    kind: str, values: pa.Array | list, *, zone: str = "UTC", typed_file: bool = False
) -> tuple[list, list]:
    """The values as read, and which were refused."""
    spec = builders.spec(
        columns={"id": {"type": "string"}, "x": {"type": kind, "nullable": True}, "n": {"type": "int64"}},
        label=None, recipe=[builders.branch(rows="all", label_value=None)],
        partitions={"start": "2025-01-01", "timezone": zone},
    )  # fmt: skip
    array = values if isinstance(values, pa.Array | pa.ChunkedArray) else pa.array(values)
    raw = pa.table({"id": ["i"] * len(array), "x": array, "n": [1] * len(array)})
    found = coerce(raw, spec, typed_file=typed_file)
    bad = [mask for reason, mask in found.failures.items() if reason.endswith(":x")]
    return found.table["x"].to_pylist(), bad[0].tolist() if bad else [False] * len(array)


GOOD = {
    "int64": [("1", 1), ("-7", -7), (" 7 ", 7), ("+7", 7), ("1.0", 1), ("1e3", 1000), ("007", 7), ("0x1F", 31),
              ("9007199254740993", 2**53 + 1), ("9223372036854775807", 2**63 - 1), ("-9223372036854775808", -(2**63))],
    "int32": [("2147483647", 2**31 - 1)],
    "float64": [("1.5", 1.5), (" 1.5", 1.5), ("1e3", 1000.0), ("+1", 1.0), (".5", 0.5), ("-0", 0.0)],
    "bool": [("true", True), ("FALSE", False), ("1", True), ("0", False), ("yes", True), ("no", False), ("t", True),
             ("1.0", True), (" F ", False)],
    "date": [("2025-01-02", dt.date(2025, 1, 2)), ("2025-01-02T10:00:00", dt.date(2025, 1, 2)), ("20250102", dt.date(2025, 1, 2))],
}  # fmt: skip
BAD = {
    "int64": ["1.5", "x", "1_000", "1,5", "9223372036854775808", "inf", "--1", "0x", "NaN?", "1e400"],
    "int32": ["2147483648"],
    "float64": ["x", "1,5", "1_0", "0x1F"],
    "bool": ["2", "maybe", "-1", "truee"],
    "date": ["2025-02-30", "tomorrow", "1/2/2025", "2025"],
    "timestamp": ["now", "today", "2025-02-30T00:00:00Z", "x", "1735689600", "2025-01-01T25:00:00Z"],
}


@pytest.mark.parametrize(
    ("kind", "text", "value"), [(k, t, v) for k, pairs in GOOD.items() for t, v in pairs]
)
def test_a_good_text_is_read_alone_and_beside_bad_ones(kind: str, text: str, value: object) -> None:
    """A value means the same whether the rest of its column is clean or not."""
    assert read(kind, [text]) == ([value], [False])
    assert read(kind, [text, "rubbish", None]) == ([value, None, None], [False, True, False])


@pytest.mark.parametrize(("kind", "text"), [(k, t) for k, texts in BAD.items() for t in texts])
def test_a_bad_text_is_marked_and_its_neighbours_kept(kind: str, text: str) -> None:
    good = {"timestamp": "2025-01-01T00:00:00Z", "date": "2025-01-01"}.get(kind, "1")
    values, bad = read(kind, [good, text])
    assert bad == [False, True]
    assert values[0] is not None
    assert values[1] is None


@settings(max_examples=30)
@given(st.lists(st.integers(-(2**63), 2**63 - 1), min_size=1, max_size=5))
def test_integers_are_exact_beside_a_bad_value(numbers: list[int]) -> None:
    values, bad = read("int64", [*map(str, numbers), "x"])
    assert values == [*numbers, None]
    assert bad == [False] * len(numbers) + [True]


@pytest.mark.parametrize(
    ("kind", "values", "expected", "bad"),
    [
        ("int64", pa.array([1.0, float("nan"), 2.5]), [1, None, None], [False, False, True]),
        ("int64", pa.array([2**53 + 1, None, 3]), [2**53 + 1, None, 3], [False] * 3),
        ("int32", pa.array([2**40, None, 3]), [None, None, 3], [True, False, False]),
        ("int64", pa.array([1e300, 2.0]), [None, 2], [True, False]),
        ("float64", pa.array([2**53 + 1, 2]), [None, 2.0], [True, False]),
        ("float64", pa.array([float("nan"), 1.0, None]), [None, 1.0, None], [False] * 3),
        ("float64", pa.array([decimal.Decimal("1.25")]), [1.25], [False]),
        ("int64", pa.array([decimal.Decimal("2.00"), decimal.Decimal("2.50")]), [2, None], [False, True]),
        ("bool", pa.array([0, 1, 5]), [False, True, None], [False, False, True]),
        ("bool", pa.array([0.0, 1.0, 0.5]), [False, True, None], [False, False, True]),
        ("int64", pa.array([True, False]), [1, 0], [False] * 2),
        ("string", pa.array([1, 2]), ["1", "2"], [False] * 2),
        ("string", pa.array([b"ok", b"\xff"]), ["ok", None], [False, True]),
        ("string", pa.array([b"ok", None, b"caf\xe9"]).view(pa.string()), ["ok", None, None], [False, False, True]),
        ("category", pa.array(["a", None, "a"]).dictionary_encode(), ["a", None, "a"], [False] * 3),
        ("int64", pa.array([7, 8, 7]).dictionary_encode(), [7, 8, 7], [False] * 3),
        ("string", pa.array(["a"], pa.large_string()), ["a"], [False]),
        ("string", pa.array(["a"], pa.string_view()), ["a"], [False]),
        ("float64", pa.nulls(2), [None, None], [False] * 2),
        ("timestamp", pa.nulls(2), [None, None], [False] * 2),
        ("date", pa.array([dt.datetime(2025, 1, 2, 3)]), [dt.date(2025, 1, 2)], [False]),
    ],
    ids=str,
)  # fmt: skip
def test_typed_columns(kind: str, values: pa.Array, expected: list, bad: list) -> None:
    assert read(kind, values, typed_file=True) == (expected, bad)
    assert read(kind, pa.chunked_array([values[:1], values[1:]]), typed_file=True) == (expected, bad)


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("int64", pa.array(["1"])),
        ("timestamp", pa.array(["2025-01-01T00:00:00Z"])),
        ("int64", pa.array([dt.datetime(2025, 1, 1)])),
        ("float64", pa.array([dt.date(2025, 1, 1)])),
        ("bool", pa.array([dt.date(2025, 1, 1)])),
        ("date", pa.array([20250101], pa.int32())),
        ("timestamp", pa.array([1735689600])),
        ("timestamp", pa.array([True])),
        ("string", pa.array([{"a": 1}])),
        ("int64", pa.array([[1]])),
    ],
    ids=str,
)
def test_a_type_that_can_never_be_the_declared_one_is_an_error(kind: str, values: pa.Array) -> None:
    with pytest.raises(ColumnTypeError, match="another type") as caught:
        read(kind, values, typed_file=True)
    assert kind in caught.value.legal
    assert caught.value.seen == repr(str(values.type))


def instants(texts: list[str | None] | pa.Array, zone: str = "UTC") -> tuple[list, list]:
    values, bad = read("timestamp", texts, zone=zone)
    return [None if v is None else v.strftime("%m-%dT%H:%M") for v in values], bad


@pytest.mark.parametrize(
    "text",
    [
        "2025-01-01T11:30:00+01:00", "2025-01-01T10:30:00Z", "2025-01-01 10:30:00+00:00", "2025-01-01T05:30:00-0500",
        "2025-01-01T05:30-05", "2025-01-01T10:30:00.123456789Z", " 2025-01-01T10:30:00Z ",
    ],
)  # fmt: skip
def test_offsets_are_followed_alone_and_beside_bad_ones(text: str) -> None:
    assert instants([text], "Asia/Tokyo") == (["01-01T10:30"], [False])
    assert instants([text, "rubbish", None], "Asia/Tokyo") == (
        ["01-01T10:30", None, None],
        [False, True, False],
    )


def test_local_texts_are_in_the_datasets_zone() -> None:
    assert instants(["2025-07-01T10:00:00", "2025-07-01", None], "Europe/Paris") == (
        ["07-01T08:00", "06-30T22:00", None],
        [False] * 3,
    )


def test_of_a_file_that_mixes_zones_the_bare_times_are_not_trusted() -> None:
    values, bad = instants(["2025-07-01T10:00:00Z", "2025-07-01T10:00:00"], "Europe/Paris")
    assert bad == [False, True]
    assert values == ["07-01T10:00", "07-01T08:00"]  # the likeliest day is kept, for its quarantine


@pytest.mark.parametrize("make", [list, lambda t: pa.array(pd.to_datetime(t))], ids=["text", "typed"])
def test_hours_that_a_change_of_clocks_makes_doubtful_are_not_trusted(make) -> None:
    gap, overlap, plain = "2025-03-30 02:30:00", "2025-10-26 02:30:00", "2025-10-26 03:30:00"
    values, bad = instants(make([gap, overlap, plain]), "Europe/Paris")
    assert bad == [True, True, False]
    assert values == ["03-30T01:00", "10-26T00:30", "10-26T02:30"]


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
@pytest.mark.parametrize("zone", [None, "America/New_York"])
def test_timestamps_of_any_unit(unit: str, zone: str | None) -> None:
    array = pa.array([dt.datetime(2025, 1, 1, 12), None], pa.timestamp(unit, zone))
    values, bad = read("timestamp", array, zone="Asia/Tokyo", typed_file=True)
    expected = dt.datetime(2025, 1, 1, 12, tzinfo=UTC) - dt.timedelta(hours=0 if zone else 9)
    assert values == [expected, None]
    assert bad == [False, False]


def test_far_dates_do_not_overflow() -> None:
    array = pa.array([dt.datetime(9999, 12, 30), dt.datetime(1, 1, 2)], pa.timestamp("us"))
    assert read("timestamp", array, typed_file=True)[1] == [False, False]
    assert read("timestamp", ["9999-12-30T00:00:00Z", "0001-01-02T00:00:00Z"])[1] == [False, False]


def test_no_rows() -> None:
    for kind in (*GOOD, "timestamp", "string"):
        assert read(kind, pa.array([], pa.string())) == ([], [])


def test_a_nan_is_a_null() -> None:
    assert read("float64", ["nan", "1"]) == ([None, 1.0], [False, False])
    values, bad = read("float64", ["inf", "-Infinity"])
    assert bad == [False, False]  # a number, though not a finite one: the schema says so
    assert values == [float("inf"), float("-inf")]
