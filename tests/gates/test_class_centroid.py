"""The gate ``class_centroid``."""

from typing import ClassVar

import pandas as pd

from tests import queries
from tests.conformance.text_gates import TextGateConformance

TEXTS = {
    "close": ["close my account", "please close the account", "how to close an account", "shut my account"],
    "pay": ["pay this bill", "how can I pay a bill", "the bill was not paid", "pay the bill later"],
    "track": ["where is my parcel", "track the parcel", "the parcel is late", "parcel not here"],
}
REAL = [(label, text) for _ in range(2) for label, texts in TEXTS.items() for text in texts]


class TestConformance(TextGateConformance):
    gate = "class_centroid"
    planted: ClassVar = {
        "other_class": [("close my account", "pay this bill"), ("pay this bill", "where is my parcel")]
    }

    def real_rows(self) -> pd.DataFrame:
        made = queries.of([text for _, text in REAL])
        made["intent"] = pd.Series([label for label, _ in REAL], dtype=made["intent"].dtype)
        return made

    def clean(self) -> pd.DataFrame:
        return self._of({0: "close my account now", 4: "pay this one bill", 8: "where is my parcel now"})

    def defective(self) -> pd.DataFrame:
        return self._of({0: "pay this bill", 4: "where is my parcel"})

    def _of(self, texts: dict[int, str]) -> pd.DataFrame:
        made = queries.of(list(texts.values()))
        made["intent"] = pd.Series([REAL[n][0] for n in texts], dtype=made["intent"].dtype)
        made["pair"] = list(texts)
        return made

    def test_each_planted_pair_is_caught_for_its_reason(self) -> None:
        assert self.observe(self.defective()).failures["other_class"].all()

    def test_copies_of_an_odd_row_are_not_judged(self) -> None:
        odd = self._of({0: "pay this bill"})
        real = self.real()
        real.rows.loc[0, "text"] = "pay this bill"
        assert not self.cls.observe(real, self.params, self.batch(odd)).failures["other_class"].any()
