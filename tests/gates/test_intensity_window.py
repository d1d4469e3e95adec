"""The gate ``intensity_window``."""

from typing import ClassVar

import numpy as np

from aug_assets.values.picture import Picture
from tests.conformance.image_gates import ImageGateConformance


class TestConformance(ImageGateConformance):
    gate = "intensity_window"
    dtype = "uint16"
    planted: ClassVar = {
        "bit_depth": lambda row: {"image": Picture.of((row["image"].pixels >> 4).astype(np.uint8))},
        "grey_levels": lambda row: {"image": Picture.of(row["image"].pixels // 512 * 512)},
        "clipped": lambda row: {"image": Picture.of(np.clip(row["image"].pixels, 1200, 2600))},
    }
