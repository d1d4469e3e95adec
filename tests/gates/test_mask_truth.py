"""The gate ``mask_truth``."""

from typing import ClassVar

import numpy as np

from aug_assets.values.picture import Picture
from tests.conformance.image_gates import ImageGateConformance


def smaller(mask: Picture) -> Picture:
    """Every second row of the objects is taken away."""
    pixels = mask.pixels.copy()
    inside = np.argwhere(pixels > 0)
    pixels[tuple(inside[::2].T)] = 0
    return Picture.of(pixels)


class TestConformance(ImageGateConformance):
    gate = "mask_truth"
    fine: ClassVar = [
        lambda row: {"mask": smaller(row["mask"]), "steps": [("affine", {"area_scale": 0.5})]},
    ]
    planted: ClassVar = {
        "mask_dtype": lambda row: {"mask": Picture.of(row["mask"].pixels.astype(np.uint16))},
        "mask_values": lambda row: {
            "mask": Picture.of(np.where(row["mask"].pixels == 1, 7, row["mask"].pixels))
        },
        "mask_size": lambda row: {"mask": Picture.of(row["mask"].pixels[:-2])},
        "mask_lost": lambda row: {
            "mask": Picture.of(np.where(row["mask"].pixels == 2, np.uint8(0), row["mask"].pixels))
        },
        "mask_area": lambda row: {"mask": smaller(smaller(row["mask"]))},
    }
