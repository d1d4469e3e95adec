"""What operators on sessions share: which events may change, and which column is what."""

import pandas as pd
import pyarrow as pa
import pytest

from aug_assets.errors import SpecError
from aug_assets.operators.base import Columns
from aug_assets.operators.sequence import base
from aug_assets.operators.sequence.ragged import unpacked
from aug_assets.operators.sequence.reorder import Reorder, ReorderParams
from aug_assets.spec import DatasetSpec
from tests import sessions_data


def visits(items: list[list[str]], kinds: list[list[str]]) -> base.Visits:
    text = pd.ArrowDtype(pa.list_(pa.string()))
    frame = pd.DataFrame({"item": pd.Series(items, dtype=text), "event": pd.Series(kinds, dtype=text)})
    roles = base.Roles(("item", "event"), "item", "", "event")
    return base.Visits(*unpacked(frame, roles.each), roles, ("view",))


def test_the_last_event_and_all_of_a_kept_item_stay() -> None:
    made = visits(
        [["a", "b", "a", "c", "b"], ["a", "b", "d"]],
        [["view", "view", "add_to_cart", "view", "view"], ["view", "view", "view"]],
    )
    assert made.free.tolist() == [False, True, False, True, False, True, True, False]


def test_a_further_event_comes_only_before_a_free_one() -> None:
    made = visits([["a", "a", "a", "b", "c"]], [["view", "add_to_cart", "purchase", "view", "view"]])
    assert made.open_after.tolist() == [False, False, True, True, False]


def test_events_without_an_item_are_refused() -> None:
    kind = pd.ArrowDtype(pa.list_(pa.float64()))
    frame = pd.DataFrame({"price": pd.Series([[1.0, 2.0]], dtype=kind)})
    with pytest.raises(SpecError, match="no column of items"):
        Reorder.fit(frame, Columns((), (), {}, {}, {"each": ("price",)}), ReorderParams())


@pytest.mark.parametrize("field", ["item", "event", "time"])
def test_a_dataset_refuses_a_column_that_holds_no_events(field: str) -> None:
    with pytest.raises(ValueError, match=f"{field} names 'note'"):
        sessions_data.spec(steps=[{"operator": "reorder", field: "note"}])
    assert isinstance(sessions_data.spec(), DatasetSpec)
