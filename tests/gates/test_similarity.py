"""The gate ``similarity``."""

from typing import ClassVar

from tests.conformance.text_gates import TextGateConformance


class TestConformance(TextGateConformance):
    gate = "similarity"
    planted: ClassVar = {
        "dissimilar": [("where is my new card", "the weather in Oslo"), ("close the account", "zzz qqq")]
    }
    fine: ClassVar = [("where is my new card", "where could my new card be")]
