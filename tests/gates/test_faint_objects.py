"""The gate ``faint_objects``."""

from typing import ClassVar

import numpy as np

from aug_assets.values.boxes import Boxes
from tests.conformance.image_gates import ImageGateConformance


def ignored(boxes: Boxes) -> Boxes:
    return Boxes(boxes.xyxy, boxes.labels, np.ones(len(boxes), bool), boxes.visible, boxes.object)


class TestConformance(ImageGateConformance):
    gate = "faint_objects"
    drawn: ClassVar = [("fog", {"visibility_m": 200.0})]
    fine: ClassVar = [
        lambda row: {"boxes": ignored(row["boxes"]), "steps": [("fog", {"visibility_m": 15.0})]}
    ]
    planted: ClassVar = {
        "faint_not_ignored": lambda row: {"steps": [("fog", {"visibility_m": 15.0})]},
        "faint_not_ignored/trivial": lambda row: {
            "steps": [("trivial", {"operator:fog": 1.0, "visibility_m": 15.0})]
        },
        "faint_not_ignored/twice": lambda row: {"steps": [("fog", {"visibility_m": 60.0})] * 3},
    }

    def test_what_fog_hides_is_counted_by_class(self) -> None:
        assert self.judge(self.clean()).details == {"ignored_car": 2.0, "ignored_person": 1.0, "rows": 0.0}
