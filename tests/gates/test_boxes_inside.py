"""The gate ``boxes_inside``."""

from typing import ClassVar

from aug_assets.values.boxes import Boxes
from tests.conformance.image_gates import ImageGateConformance, moved


def flat(boxes: Boxes) -> Boxes:
    xyxy = boxes.xyxy.copy()
    xyxy[:, 2] = xyxy[:, 0]
    return Boxes(xyxy, boxes.labels)


class TestConformance(ImageGateConformance):
    gate = "boxes_inside"
    planted: ClassVar = {
        "box_outside": lambda row: {"boxes": moved(row["boxes"], 60)},
        "box_outside/left": lambda row: {"boxes": moved(row["boxes"], -30)},
        "box_without_area": lambda row: {"boxes": flat(row["boxes"])},
    }
