"""The gate ``repeated_texts``."""

from typing import ClassVar

import pandas as pd

from tests.conformance.text_gates import TextGateConformance


class TestConformance(TextGateConformance):
    gate = "repeated_texts"
    row_level = False
    settings: ClassVar = {"max_share": 0.5}
    planted: ClassVar = {
        "": [("where is it", "Where is IT?!"), ("where is it", "where, is it"), ("x y", "y x")]
    }

    def test_each_planted_pair_is_caught_for_its_reason(self) -> None:
        assert self.judge(self.defective()).value == 2 / 3

    def test_copies_of_each_other_count_once(self) -> None:
        rows = pd.concat([self.clean().iloc[[0]]] * 4, ignore_index=True)
        assert self.judge(rows).value == 0.75

    def test_the_planted_defect_is_marked_row_by_row(self) -> None:
        assert self.observe(self.defective()).failures == {}
