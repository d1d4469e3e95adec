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


def without(mask: Picture, value: int, keep: int) -> Picture:
    """All but the first pixels of an object are taken away."""
    pixels = mask.pixels.copy()
    pixels[tuple(np.argwhere(pixels == value)[keep:].T)] = 0
    return Picture.of(pixels)


class TestConformance(ImageGateConformance):
    gate = "mask_truth"
    fine: ClassVar = [
        lambda row: {"mask": smaller(row["mask"]), "steps": [("affine", {"area_scale": 0.5})]},
        lambda row: {
            "mask": smaller(row["mask"]),
            "steps": [("trivial", {"operator:affine": 1.0, "area_scale": 0.5})],
        },
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
        "mask_area/moved": lambda row: {
            "mask": smaller(smaller(row["mask"])),
            "steps": [("affine", {"area_scale": 1.0})],
        },
        "mask_area/trivial": lambda row: {
            "mask": smaller(smaller(row["mask"])),
            "steps": [("trivial", {"operator:crop": 1.0, "area_scale": 1.0})],
        },
        "mask_area/one": lambda row: {
            "mask": without(row["mask"], 2, keep=4),
            "steps": [("elastic", {"jacobian_min": 0.6, "jacobian_max": 1.5})],
        },
        "mask_area/larger": lambda row: {
            "mask": Picture.of(np.repeat(np.repeat(row["mask"].pixels, 2, 0), 2, 1)[:48, :64]),
            "steps": [("crop", {"area_scale": 1.0})],
        },
    }


def test_what_the_frame_cuts_off_is_no_fault() -> None:
    class Zoomed(TestConformance):
        fine: ClassVar = [
            lambda row: {
                "mask": Picture.of(np.repeat(np.repeat(row["mask"].pixels[12:36, 16:48], 2, 0), 2, 1)),
                "steps": [("crop", {"area_scale": 4.0})],
            }
        ] * 4

    suite = Zoomed()
    assert not suite.observe(suite.clean()).failures
