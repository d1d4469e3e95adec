"""The gate ``direction``."""

from typing import ClassVar

from tests.conformance.text_gates import TextGateConformance


class TestConformance(TextGateConformance):
    gate = "direction"
    planted: ClassVar = {
        "direction": [
            ("transfer to my account", "transfer from my account"),
            ("turn it on", "turn it off"),
            ("from Rome to Oslo", "from Oslo to Rome"),
            ("before the trip", "after the trip"),
            ("take it out of the app", "take it of the app"),
        ]
    }
    fine: ClassVar = [
        ("I want to pay from savings", "how can I pay from savings"),
        ("moved from Rome", "moved from Romr"),
    ]
