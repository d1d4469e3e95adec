"""The gate ``protected_terms``."""

from typing import ClassVar

from tests.conformance.text_gates import TextGateConformance


class TestConformance(TextGateConformance):
    gate = "protected_terms"
    planted: ClassVar = {
        "protected_term": [
            ("close FlexiSaver", "close FlexiSavr"),
            ("my Tamrin Gold card", "my card"),
            ("top up now", "load now"),
        ]
    }
    fine: ClassVar = [("close FlexiSaver", "please close flexisaver")]
