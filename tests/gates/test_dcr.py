"""The gate of the closest record: near copies of all rows show, other rows of the same making do not."""

from typing import ClassVar

import pandas as pd

from tests.conformance.gates import GateConformance


class TestConformance(GateConformance):
    gate = "dcr"
    settings: ClassVar = {"blocking": True}
    row_level = False

    def defective(self) -> pd.DataFrame:
        rows = self.real_rows()
        return rows.assign(amount=(rows["amount"] * 1.001).round(2))


def test_the_ratio_is_one_for_rows_of_the_same_making() -> None:
    suite = TestConformance()
    assert 0.7 < min(suite.judge(suite.clean()).details.values()) < 1.3
    assert suite.judge(suite.real_rows()).value == 0.0
