"""The gate ``length_drift``."""

from typing import ClassVar

import pytest

from tests.conformance.sequence_gates import ROWS, SequenceGateConformance, of_items, without
from tests.sessions_data import ITEMS


class TestConformance(SequenceGateConformance):
    gate = "length_drift"
    row_level = False
    planted: ClassVar = {f"{n}": lambda row: of_items(row, ITEMS[:20]) for n in range(3 * ROWS)}
    fine: ClassVar = [lambda row: without(row, 0)]

    def test_shorter_is_as_far_as_longer(self) -> None:
        word = self.judge(self._made([lambda row: of_items(row, ITEMS[:1])] * ROWS))
        assert not word.passed
        assert word.value == 1
        assert word.details["events a copy"] == 1

    def test_the_figure_is_that_of_the_definition(self) -> None:
        from scipy.stats import ks_2samp

        rows = self._made([lambda row: without(row, 0), lambda row: {}] * 5)
        new = [len(items) for items in rows["item_id"]]
        old = [len(items) for items in self.real_rows()["item_id"].head(10)]
        assert self.judge(rows).value == pytest.approx(ks_2samp(new, old).statistic)
