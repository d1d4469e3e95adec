"""The gate ``lesion_area``."""

from typing import ClassVar

import numpy as np

from aug_assets.values.picture import Picture
from tests.conformance.image_gates import ImageGateConformance


def grown(mask: Picture, by: int) -> Picture:
    pixels = mask.pixels.copy()
    for _ in range(by):
        pixels[1:] = np.maximum(pixels[1:], pixels[:-1])
    return Picture.of(pixels)


class TestConformance(ImageGateConformance):
    gate = "lesion_area"
    fine: ClassVar = [lambda row: {"mask": grown(row["mask"], 0)}]
    planted: ClassVar = {
        "lesion_area": lambda row: {"mask": grown(row["mask"], 4)},
        "lesion_area/smaller": lambda row: {
            "mask": Picture.of(row["mask"].pixels * (np.arange(48) % 2)[:, None].astype(np.uint8))
        },
    }
