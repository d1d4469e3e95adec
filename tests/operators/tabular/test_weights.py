"""What rows count: by age, by segment, and what is refused."""

import numpy as np
import pandas as pd
import pytest

from aug_assets.errors import SpecError, TooFewParentsError
from aug_assets.operators.tabular.weights import Recency, Segment, row_weights

ROWS = pd.DataFrame(
    {
        "time": pd.to_datetime(["2025-01-03", "2025-01-02", None, "2024-01-01"], utc=True),
        "kind": pd.Series(["a", "b", None, "b"], dtype="string"),
    }
)


def test_a_row_counts_half_after_a_half_life_and_nothing_without_a_time() -> None:
    made = row_weights(ROWS, Recency(by="recency", column="time", half_life_hours=24))
    assert made.tolist() == [4095, 2048, 0, 0]


def test_dates_are_times() -> None:
    dates = ROWS.assign(
        time=pd.array([d.date() if pd.notna(d) else None for d in ROWS["time"]], "date32[pyarrow]")
    )
    made = row_weights(dates, Recency(by="recency", column="time", half_life_hours=24))
    assert made.tolist() == [4095, 2048, 0, 0]


def test_segments_and_all_others() -> None:
    made = row_weights(ROWS, Segment(by="segment", column="kind", weight={"b": 3.0}, other=1.5))
    np.testing.assert_array_equal(made, np.rint(np.array([0.5, 1, 0.5, 1]) * 4095).astype(np.uint64))


def test_no_weights() -> None:
    assert row_weights(ROWS, None) is None


@pytest.mark.parametrize(
    ("weights", "legal"),
    [
        (Recency(by="recency", column="when", half_life_hours=1), "'time'"),
        (Recency(by="recency", column="kind", half_life_hours=1), "'time'"),
        (Segment(by="segment", column="kind", weight={"x": 1.0}), "'b'"),
    ],
)
def test_what_cannot_be_is_refused(weights: Recency | Segment, legal: str) -> None:
    with pytest.raises(SpecError) as error:
        row_weights(ROWS, weights)
    assert legal in error.value.legal


def test_weights_of_nothing_are_refused() -> None:
    with pytest.raises(TooFewParentsError):
        row_weights(ROWS, Segment(by="segment", column="kind", weight={"a": 0.0}, other=0.0))
