"""The gate ``box_tightness``."""

from typing import ClassVar

import numpy as np

from aug_assets.values.picture import Picture
from tests.conformance.image_gates import ImageGateConformance, moved


class TestConformance(ImageGateConformance):
    gate = "box_tightness"
    fine: ClassVar = [lambda row: {"boxes": moved(row["boxes"], 1)}]
    planted: ClassVar = {
        "box_loose": lambda row: {"boxes": moved(row["boxes"], 3)},
        "object_lost": lambda row: {"mask": Picture.of(row["mask"].pixels * np.uint8(0))},
    }
