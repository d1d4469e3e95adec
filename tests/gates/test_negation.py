"""The gate ``negation``."""

from typing import ClassVar

from tests.conformance.text_gates import TextGateConformance


class TestConformance(TextGateConformance):
    gate = "negation"
    planted: ClassVar = {
        "negation": [
            ("cancel my card", "do not cancel my card"),
            ("I can't log in", "I can log in"),
            ("ich habe das nicht bestellt", "ich habe das bestellt"),
            ("never charge me", "charge me"),
        ]
    }
    fine: ClassVar = [("it isn't here", "it is not here"), ("I can\u2019t pay", "I cannot pay")]
