"""The gate ``text_length``."""

from typing import ClassVar

from tests.conformance.text_gates import TextGateConformance


class TestConformance(TextGateConformance):
    gate = "text_length"
    planted: ClassVar = {
        "length": [
            ("where is the parcel that I ordered last week from the shop", "parcel"),
            ("help", "help me with all of this and with everything else that there is"),
        ],
        "empty": [("help me", " ")],
    }
    fine: ClassVar = [("hi", "Hello there, hi"), ("why", "Why, please?")]
