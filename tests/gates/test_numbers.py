"""The gate ``numbers``."""

from typing import ClassVar

from tests.conformance.text_gates import TextGateConformance


class TestConformance(TextGateConformance):
    gate = "numbers"
    planted: ClassVar = {
        "number": [
            ("send 50 to Anna", "send 500 to Anna"),
            ("order 12-A is late", "order 13-A is late"),
            ("I paid twice", "I paid"),
            ("pay two bills", "pay three bills"),
        ],
        "currency": [("I lost $50", "I lost €50")],
        "date": [("since monday it fails", "since friday it fails")],
    }
    fine: ClassVar = [("I paid 50 dollars", "I paid $50"), ("it is 3.", "It is 3!")]
