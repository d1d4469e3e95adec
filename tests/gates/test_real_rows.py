"""Fingerprints of rows by content, whatever holds it."""

import numpy as np
import pandas as pd
import pyarrow as pa

from aug_assets.gates.real import fingerprints

TEXT = pa.string()
LISTS = [["a", "b"], ["b", "a"], ["a"], ["a", "a"], [], None, ["ab"], ["a", "b", None], ["a", None, "b"]]


def frame(values: list, kind: pa.DataType = TEXT) -> pd.DataFrame:
    return pd.DataFrame({"x": pd.Series(values, dtype=pd.ArrowDtype(pa.list_(kind)))})


def test_lists_are_told_apart_by_values_and_order() -> None:
    found = fingerprints(frame(LISTS), ["x"])
    assert len(np.unique(found)) == len(LISTS)


def test_equal_lists_are_equal_wherever_they_lie() -> None:
    whole = fingerprints(frame(LISTS), ["x"])
    np.testing.assert_array_equal(fingerprints(frame(LISTS[::-1]), ["x"]), whole[::-1])
    np.testing.assert_array_equal(fingerprints(frame(LISTS).iloc[3:7], ["x"]), whole[3:7])
    assert len(fingerprints(frame([]), ["x"])) == 0


def test_numbers_and_times_in_lists() -> None:
    rows = [[1.5, 2.5], [2.5, 1.5], [1.5]]
    assert len(np.unique(fingerprints(frame(rows, pa.float64()), ["x"]))) == 3
    stamps = [[pd.Timestamp(n, tz="UTC"), pd.Timestamp(0, tz="UTC")] for n in range(3)]
    assert len(np.unique(fingerprints(frame(stamps, pa.timestamp("ns", "UTC")), ["x"]))) == 3
