"""The gate ``box_count``."""

from typing import ClassVar

import numpy as np

from aug_assets.values.boxes import Boxes
from tests.conformance.image_gates import ImageGateConformance


class TestConformance(ImageGateConformance):
    gate = "box_count"
    fine: ClassVar = [
        lambda row: {"boxes": row["boxes"][np.arange(2)], "steps": [("affine", {"boxes_gone": 1.0})]},
    ]
    planted: ClassVar = {
        "box_count": lambda row: {"boxes": row["boxes"][np.arange(2)]},
        "box_count/said": lambda row: {"steps": [("crop", {"boxes_gone": 1.0})]},
        "box_label": lambda row: {"boxes": Boxes(row["boxes"].xyxy, np.array(["person"] * 3))},
    }
