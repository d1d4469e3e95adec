"""The gate ``box_visibility``."""

from typing import ClassVar

from tests import scenes
from tests.conformance.image_gates import ImageGateConformance, seen


class TestConformance(ImageGateConformance):
    gate = "box_visibility"
    safety: ClassVar = {**scenes.FREE, "min_visibility": 0.3}
    fine: ClassVar = [  # the share itself passes
        lambda row: {"boxes": seen(row["boxes"], 0.3)},
        lambda row: {"boxes": seen(row["boxes"], 0.1 + 0.2)},
    ]
    planted: ClassVar = {
        "box_cut": lambda row: {"boxes": seen(row["boxes"], 0.2999)},
        "box_cut/all": lambda row: {"boxes": seen(row["boxes"], 0.01)},
        "box_cut/unknown": lambda row: {"boxes": seen(row["boxes"], float("nan"))},
    }

    def test_what_was_cut_is_counted_by_class(self) -> None:
        assert self.judge(self.defective()).details == {"cut_car": 3.0, "rows": 3.0}
