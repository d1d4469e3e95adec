"""Fixed values are checked against the rows: what no row could have is refused, with what is legal."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from aug_assets.errors import SpecError
from aug_assets.operators.base import Columns
from aug_assets.operators.tabular.coded import encode
from aug_assets.operators.tabular.given import fixed_columns, matching

ROWS = pd.DataFrame(
    {
        "amount": [1.5, 2.25, 2.25, np.nan],
        "count": [1, 2, 3, 4],
        "kind": pd.Series(["a", "b", None, "b"], dtype="string"),
        "flag": pd.Series([True, False, True, False]),
    }
)
CODED = encode(ROWS, Columns(("amount", "count"), ("kind", "flag"), {"amount": 2, "count": 0}, {}))


@pytest.mark.parametrize(
    ("given", "rows"),
    [
        ({"amount": 2.25}, [1, 2]),
        ({"amount": None}, [3]),
        ({"kind": "b"}, [1, 3]),
        ({"kind": None}, [2]),
        ({"flag": True, "count": 3}, [2]),
    ],
)
def test_rows_that_match(given: dict[str, Any], rows: list[int]) -> None:
    assert np.flatnonzero(matching(CODED, fixed_columns(CODED, given))).tolist() == rows


@pytest.mark.parametrize(
    ("given", "legal"),
    [
        ({"color": "red"}, "'amount', 'count', 'flag', 'kind'"),
        ({"kind": "z"}, "'a', 'b', None"),
        ({"amount": 7.0}, "[1.5, 2.25] or null"),
        ({"amount": 1.555}, "2 decimals"),
        ({"amount": "2"}, "a number"),
        ({"amount": True}, "a number"),
        ({"count": None}, "a number in [1.0, 4.0]"),
        ({"flag": None}, "False, True"),
    ],
)
def test_what_no_row_could_have_is_refused(given: dict[str, Any], legal: str) -> None:
    with pytest.raises(SpecError) as error:
        fixed_columns(CODED, given)
    assert legal in error.value.legal.replace("np.", "")
