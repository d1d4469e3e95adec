"""A classifier tells rows apart whose columns move together, and not those of the same kind."""

import numpy as np
import pytest

from aug_assets.drift.classifier import area
from tests import builders


def test_the_same_kind_of_rows_is_not_told_apart() -> None:
    found = area(builders.spec(), builders.table(600, 1), builders.table(600, 2))
    assert found == pytest.approx(0.5, abs=0.06)


def test_columns_that_move_together_are_seen_though_each_stays() -> None:
    day = builders.table(600, 1)
    order = np.argsort(day["amount"].to_numpy())
    counts = np.sort(builders.table(600, 1)["count"].to_numpy(zero_copy_only=False).astype(float))
    tied = np.empty(600)
    tied[order] = np.nan_to_num(counts, nan=0.0)
    changed = day.set_column(day.column_names.index("count"), "count", [tied.astype(np.int64)])
    found = area(builders.spec(), changed, builders.table(600, 2))
    assert found is not None
    assert found > 0.6


def test_few_rows_or_no_columns_have_no_figure() -> None:
    assert area(builders.spec(), builders.table(60, 1), builders.table(600, 2)) is None
    aside = builders.spec(drift={"ignore": ["amount", "count", "kind", "flag"]})
    assert area(aside, builders.table(200, 1), builders.table(200, 2)) is None
