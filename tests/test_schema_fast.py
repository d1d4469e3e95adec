"""The quick look at a frame never says that rows hold what Pandera finds them to break."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aug_assets import schema, schema_fast
from aug_assets.frames import pandas_dtype
from aug_assets.spec import DatasetSpec
from tests import builders

WORDS = ["a", "b", "", "é" * 5, "long" * 3, None]
NUMBERS = [-1.5, -0.1, 0.0, 0.1, 0.3, 1.0, 1e9, 16777217.0, np.inf, -np.inf, np.nan]
COLUMNS: dict[str, dict[str, Any]] = {
    "id": {"type": "int64", "min": 0, "unique": True},
    "small": {"type": "float32", "min": 0.1, "max": 0.3},
    "wide": {"type": "float64", "nullable": True, "min": -0.1, "max": 1.0},
    "free": {"type": "float64"},
    "whole": {"type": "int32", "nullable": True, "values": [1, 2]},
    "label": {"type": "int64", "values": [0, 1]},
    "kind": {"type": "category", "values": ["a", "b"]},
    "note": {"type": "string", "nullable": True, "max_length": 5, "unique": True},
    "flag": {"type": "bool", "nullable": True},
    "at": {"type": "timestamp"},
}
ROW = st.fixed_dictionaries(
    {
        "id": st.integers(-1, 6), "small": st.sampled_from(NUMBERS), "wide": st.sampled_from(NUMBERS),
        "free": st.sampled_from(NUMBERS),
        "whole": st.sampled_from([1, 2, 3, None]), "label": st.integers(0, 2), "kind": st.sampled_from(WORDS),
        "note": st.sampled_from(WORDS), "flag": st.sampled_from([True, False, None]),
        "at": st.sampled_from([pd.Timestamp(0, tz="UTC"), pd.NaT]),
    }
)  # fmt: skip


def spec() -> DatasetSpec:
    return builders.spec(key=["id"], label="label", columns=COLUMNS, rules=[])


def frame_of(rows: list[dict[str, Any]]) -> pd.DataFrame:
    told = spec().columns
    return pd.DataFrame(
        {
            name: pd.Series([row[name] for row in rows], dtype=object).astype(pandas_dtype(column))
            for name, column in told.items()
        }
    )


def pandera_finds(frame: pd.DataFrame, *, synthetic: bool) -> bool:
    told = schema.pandera_schema(spec(), synthetic=synthetic)
    return len(schema._failure_cases(told, frame)) > 0


@given(st.lists(ROW, min_size=1, max_size=4), st.booleans())
def test_what_it_lets_pass_pandera_does_too(rows: list[dict[str, Any]], synthetic: bool) -> None:
    frame = frame_of(rows)
    if schema_fast.holds(spec(), frame, synthetic=synthetic):
        assert not pandera_finds(frame, synthetic=synthetic)


GOOD = {"id": 1, "small": 0.2, "wide": np.nan, "free": 5.0, "whole": None, "label": 1, "kind": "b",
        "note": None, "flag": None, "at": pd.Timestamp(0, tz="UTC")}  # fmt: skip
OTHER = GOOD | {"id": 0, "note": "x"}  # two nulls are no two of a kind, but Pandera calls them that


@pytest.mark.parametrize(
    ("name", "value"),
    [("small", 0.05), ("small", 0.5), ("small", np.nan), ("small", np.inf), ("wide", 2.0), ("free", -np.inf),
     ("whole", 3), ("label", 2), ("kind", "c"), ("kind", None), ("note", "longer"),
     ("at", pd.NaT), ("id", -1), ("id", 0)],
)  # fmt: skip
def test_each_kind_of_fault_goes_to_pandera(name: str, value: Any) -> None:
    good = frame_of([GOOD, OTHER])
    assert schema_fast.holds(spec(), good, synthetic=False)
    bad = frame_of([GOOD | {name: value}, OTHER])
    assert not schema_fast.holds(spec(), bad, synthetic=False)
    assert pandera_finds(bad, synthetic=False)


def test_another_dtype_or_a_lacking_column_is_not_let_pass() -> None:
    good = frame_of([GOOD])
    assert not schema_fast.holds(spec(), good.astype({"label": "int32"}), synthetic=False)
    assert not schema_fast.holds(spec(), good.drop(columns="kind"), synthetic=False)


def test_good_rows_do_not_reach_pandera(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schema, "pandera_schema", None)
    made = frame_of([GOOD | {"id": -1}, GOOD | {"id": -1}])  # the range of a key does not bind made rows
    assert (
        schema.failures(spec().model_copy(update={"key": ("id",)}), frame_of([GOOD]), synthetic=False) == {}
    )
    with pytest.raises(TypeError):
        schema.failures(spec(), made, synthetic=False)
    unique = {name: column.model_copy(update={"unique": False}) for name, column in spec().columns.items()}
    assert schema.failures(spec().model_copy(update={"columns": unique}), made, synthetic=True) == {}
