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
        "folded/twice": lambda row: {
            "steps": [("elastic", {"jacobian_min": 0.4}), ("elastic", {"jacobian_min": -0.4})]
        },
        "folding_unknown": lambda row: {"steps": [("elastic", {"amplitude_px": 2.0})]},
    }


def test_a_fold_is_one_whatever_the_limit() -> None:
    class WithoutALimit(TestConformance):
        settings: ClassVar = {"min_jacobian": 0}

    WithoutALimit().test_each_planted_row_is_caught_for_its_reason()
