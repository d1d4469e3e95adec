"""The gate ``popularity_drift``."""

from typing import ClassVar

import pytest

from tests.conformance.sequence_gates import ROWS, SequenceGateConformance, of_items
from tests.sessions_data import ITEMS


def only(row, item):
    return {"item_id": [item] * len(row["item_id"])}


class TestConformance(SequenceGateConformance):
    gate = "popularity_drift"
    row_level = False
    planted: ClassVar = {f"{n}": lambda row: only(row, ITEMS[-1]) for n in range(3 * ROWS)}
    fine: ClassVar = [lambda row: only(row, ITEMS[0])]

    def test_copies_of_parents_are_at_nothing_whichever_they_are(self) -> None:
        word = self.judge(self._made([lambda row: {}] * 5))
        assert word.value == pytest.approx(0, abs=1e-12)
        assert word.details["gini of the copies"] == word.details["gini of the parents"]

    def test_items_that_nobody_has_are_as_far_as_can_be(self) -> None:
        word = self.judge(self._made([lambda row: of_items(row, ["item-new", None])] * 5))
        assert word.value == pytest.approx(1)
        assert word.details["events of items that no real row has"] == 10

    def test_the_figure_is_that_of_the_definition(self) -> None:
        from scipy.spatial.distance import jensenshannon

        rows = self._made([lambda row: only(row, ITEMS[3]), lambda row: {}])
        old = [list(items) for items in self.real_rows()["item_id"].head(2)]
        new = [list(items) for items in rows["item_id"]]
        counts = [[sum(row.count(item) for row in of) for item in ITEMS] for of in (new, old)]
        assert self.judge(rows).value == pytest.approx(jensenshannon(*counts, base=2) ** 2)
