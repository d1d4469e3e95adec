"""The gate ``box_tightness``."""

from typing import ClassVar

import numpy as np

from aug_assets.values.boxes import Boxes
from aug_assets.values.picture import Picture
from tests.conformance.image_gates import ImageGateConformance, moved


def wider(boxes: Boxes, by: float) -> Boxes:
    xyxy = boxes.xyxy.copy()
    xyxy[-1, 2] += by
    return Boxes(xyxy, boxes.labels, boxes.ignore, boxes.visible, boxes.object)


def with_a_part_in_the_corner(mask: Picture) -> Picture:
    pixels = mask.pixels.copy()
    pixels[0, 0] = 1
    return Picture.of(pixels)


class TestConformance(ImageGateConformance):
    gate = "box_tightness"
    fine: ClassVar = [lambda row: {"boxes": moved(row["boxes"], 1)}]
    planted: ClassVar = {
        "box_loose": lambda row: {"boxes": moved(row["boxes"], 3)},
        "box_loose/one_side": lambda row: {"boxes": wider(row["boxes"], 2)},
        "box_loose/inside": lambda row: {"boxes": wider(row["boxes"], -2)},
        "box_loose/elsewhere": lambda row: {"boxes": moved(row["boxes"], 100)},
        "box_loose/far_part": lambda row: {"mask": with_a_part_in_the_corner(row["mask"])},
        "box_loose/nowhere": lambda row: {"boxes": moved(row["boxes"], float("nan"))},
        "object_lost": lambda row: {"mask": Picture.of(row["mask"].pixels * np.uint8(0))},
    }
