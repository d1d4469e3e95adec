"""Panels: what they count, and that any column has one."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from aug_assets.report.marginals import bars, histogram, panels, shown
from tests import builders

SPEC = builders.spec()


def test_columns_of_text_and_keys_have_no_panel() -> None:
    kinds = ("int64", "float64", "category", "bool", "string")
    assert set(shown(SPEC, kinds)) == {"amount", "count", "kind", "flag", "note", "fraud"}
    assert shown(SPEC, ("string",)) == ["note"]  # what callers leave out, since it names people


def test_the_label_is_a_choice_even_where_it_is_a_number() -> None:
    rows = builders.typed()
    (label,) = panels(SPEC, rows, rows, ["fraud"])
    assert dict(zip(label.labels, label.real.tolist(), strict=True)) == {"0": 0.75, "1": 0.25}


def test_a_histogram_has_the_shares_of_each_group() -> None:
    real, new = pd.Series([1.0, 1.0, 2.0, 3.0]), pd.Series([3.0, 3.0])
    found = histogram("n", real, new)
    assert found.real.sum() == pytest.approx(1.0)
    assert found.real.tolist()[:3] == [0.5, 0.25, 0.25]  # whole numbers have a bin each
    assert found.new.tolist()[:3] == [0.0, 0.0, 1.0]
    assert [told for _, told in found.ticks] == ["1", "2", "3"]


def test_a_long_tail_is_on_a_log_scale_and_says_so() -> None:
    tail = pd.Series(np.geomspace(0.01, 1e6, 200))
    assert "log scale" in histogram("n", tail, tail).note
    assert "log scale" not in histogram("n", tail + 1e6, tail + 1e6).note


def test_nulls_and_what_lies_beyond_the_axis_are_told() -> None:
    real = pd.Series([*np.linspace(0.0, 1.0, 99), np.nan])
    note = histogram("n", real, real.fillna(9.0)).note
    assert "null 1% / 0%" in note
    assert "above" in note


def test_times_are_read_as_moments() -> None:
    stamps = pd.Series(pd.date_range("2025-01-01 06:00", periods=13, freq="h", tz="UTC"))
    assert [told for _, told in histogram("t", stamps, stamps).ticks] == ["06:00", "12:00", "18:00"]
    days = pd.Series([dt.date(2025, 1, day) for day in (1, 2, 5)], dtype="date32[pyarrow]")
    assert [told for _, told in histogram("d", days, days).ticks][::2] == ["2025-01-01", "2025-01-05"]


def test_many_categories_are_cut_to_the_most_frequent_ones() -> None:
    values = pd.Series([f"v{n:02d}" for n in range(30) for _ in range(30 - n)])
    found = bars("c", values, values.iloc[:30])
    assert found.labels[0] == "v00"
    assert (len(found.labels), found.labels[-1]) == (16, "15 other values")
    assert "15 most frequent of 30 values" in found.note
    assert found.real.sum() == pytest.approx(1.0)
    assert found.new.tolist() == [1.0] + [0.0] * 15


@pytest.mark.parametrize("missing", [None, np.nan, pd.NA])
def test_a_missing_category_is_one(missing: object) -> None:
    found = bars("c", pd.Series(["a", missing], dtype=object), pd.Series(["a"]))
    assert found.labels == ("a", "(null)")


def test_nothing_at_all_is_a_panel_too() -> None:
    empty = pd.Series([np.nan, np.inf])
    assert histogram("n", empty, empty).note == "no values"
    assert bars("c", pd.Series([], dtype=object), pd.Series([], dtype=object)).labels == ()
