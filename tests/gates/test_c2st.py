"""The two-sample classifier: it sees dependence that no single column shows, and not chance."""

from typing import ClassVar

import pandas as pd

from tests.conformance.gates import GateConformance, same
from tests.gates.test_pair_similarity import tied


class TestConformance(GateConformance):
    gate = "c2st"
    settings: ClassVar = {"blocking": True}
    row_level = False

    def real_rows(self) -> pd.DataFrame:
        return tied(160, seed=1)

    def clean(self) -> pd.DataFrame:
        return tied(80, seed=2)

    def defective(self) -> pd.DataFrame:
        rows = tied(160, seed=3)
        return rows.assign(amount=rows["amount"].to_numpy()[::-1].copy(), flag=True)

    def test_batches_judge_as_one(self) -> None:
        rows = self.defective()
        pieces = [rows.iloc[at : at + 61] for at in range(0, len(rows), 61)]
        assert same(self.judge(*pieces[::-1]), self.judge(rows))


def test_repeats_are_not_what_it_tells_rows_by() -> None:
    suite = TestConformance()
    rows = pd.concat([suite.clean()] * 3, ignore_index=True)
    assert suite.judge(rows).passed
