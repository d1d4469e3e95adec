"""The gate ``folding``."""

from typing import ClassVar

from tests.conformance.image_gates import ImageGateConformance


class TestConformance(ImageGateConformance):
    gate = "folding"
    drawn: ClassVar = [("elastic", {"jacobian_min": 0.4}), ("noise", {"sigma": 0.1})]
    planted: ClassVar = {
        "folded": lambda row: {"steps": [("elastic", {"jacobian_min": -0.1})]},
        "folded/flat": lambda row: {"steps": [("elastic", {"jacobian_min": 0.0})]},
        "folded/unknown": lambda row: {"steps": [("elastic", {"jacobian_min": float("nan")})]},
        "folding_unknown": lambda row: {"steps": [("elastic", {"amplitude_px": 2.0})]},
    }
