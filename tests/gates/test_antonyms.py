"""The gate ``antonyms``."""

from typing import ClassVar

from tests.conformance.text_gates import TextGateConformance


class TestConformance(TextGateConformance):
    gate = "antonyms"
    planted: ClassVar = {
        "antonym": [
            ("my card is active", "my card is inactive"),
            ("the top up failed", "the top up succeeded"),
            ("lock my card", "unlock my card"),
            ("a refundable ticket", "a nonrefundable ticket"),
        ]
    }
    fine: ClassVar = [("my card is blocked", "my card was blocked")]
