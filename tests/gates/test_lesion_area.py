"""The gate ``lesion_area``."""

from typing import ClassVar

import numpy as np

from aug_assets.values.picture import Picture
from tests.conformance.image_gates import ImageGateConformance, Row


def grown(mask: Picture, by: int) -> Picture:
    pixels = mask.pixels.copy()
    for _ in range(by):
        pixels[1:] = np.maximum(pixels[1:], pixels[:-1])
    return Picture.of(pixels)


def doubled(row: Row) -> Row:
    """Twice as wide, with room for it."""
    wide = np.repeat(row["mask"].pixels, 2, axis=1)
    return {"mask": Picture.of(wide), "steps": [("crop", {"area_scale": 2.0})]}


class TestConformance(ImageGateConformance):
    gate = "lesion_area"
    fine: ClassVar = [lambda row: {"mask": grown(row["mask"], 0)}]
    planted: ClassVar = {
        "lesion_area": lambda row: {"mask": grown(row["mask"], 4)},
        "lesion_area/smaller": lambda row: {
            "mask": Picture.of(row["mask"].pixels * (np.arange(48) % 2)[:, None].astype(np.uint8))
        },
        "lesion_area/one": lambda row: {  # the whole is as large as it was
            "mask": Picture.of(np.where(row["mask"].pixels == 1, 2, row["mask"].pixels).astype(np.uint8))
        },
        "lesion_area/zoomed": doubled,
    }


def test_zoom_may_be_no_change() -> None:
    class Zoomed(TestConformance):
        settings: ClassVar = {"zoom_counts": False}
        fine: ClassVar = [doubled]
        planted: ClassVar = {
            "lesion_area": lambda row: {**doubled(row), "mask": row["mask"]},
            "lesion_area/not_said": lambda row: {**doubled(row), "steps": [("crop", {"x0": 0.0})]},
        }

    suite = Zoomed()
    suite.test_clean_rows_pass()
    suite.test_each_planted_row_is_caught_for_its_reason()
