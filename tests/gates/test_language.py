"""The gate ``language``."""

from typing import ClassVar

from tests.conformance.text_gates import TextGateConformance


class TestConformance(TextGateConformance):
    gate = "language"
    planted: ClassVar = {
        "language": [
            ("where is the card and how can I get it", "wo ist die karte und wie kann ich die haben")
        ],
        "script": [("my card is lost", "my card is lost карта")],
    }
    fine: ClassVar = [("wo ist die karte", "wo ist meine karte bitte")]
