"""The gate ``intensity_window``."""

from collections.abc import Callable
from typing import ClassVar

import numpy as np
import pytest

from aug_assets.values.picture import Picture
from tests import scenes
from tests.conformance.image_gates import ImageGateConformance, Row


class TestConformance(ImageGateConformance):
    gate = "intensity_window"
    dtype = "uint16"
    planted: ClassVar = {
        "bit_depth": lambda row: {"image": Picture.of((row["image"].pixels >> 4).astype(np.uint8))},
        "grey_levels": lambda row: {"image": Picture.of(row["image"].pixels // 512 * 512)},
        "clipped": lambda row: {"image": Picture.of(np.clip(row["image"].pixels, 1200, 2600))},
    }


@pytest.mark.parametrize("dtype", scenes.DTYPES)
def test_every_kind_of_pixel(dtype: str) -> None:
    """Posterised, cut off at the ends, with other channels: caught in each dtype, and light noise is not."""

    def changed(row: Row, change: Callable[[np.ndarray], np.ndarray]) -> Row:
        pixels = row["image"].pixels
        return {"image": Picture.of(change(pixels).astype(pixels.dtype))}

    def few(x: np.ndarray) -> np.ndarray:
        step = float(x.max() - x.min()) / 8
        return x.min() + np.floor((x - x.min()) / step) * step

    class Pixels(TestConformance):
        planted: ClassVar = {
            "bit_depth": lambda row: changed(row, lambda x: x[:, :, :1]),
            "grey_levels": lambda row: changed(row, few),
            "clipped": lambda row: changed(row, lambda x: np.clip(x, *np.quantile(x, [0.2, 0.8]))),
        }

    Pixels.dtype = dtype
    suite = Pixels()
    suite.test_clean_rows_pass()
    suite.test_each_planted_row_is_caught_for_its_reason()


def test_what_a_turn_brings_in_from_outside_is_not_cut_off() -> None:
    def shifted(row: Row, told: float) -> Row:
        pixels = row["image"].pixels
        made = np.full_like(pixels, pixels.min())
        made[:, 16:] = pixels[:, :-16]  # a quarter of the width
        matrix = {"m00": 1.0, "m01": 0.0, "m02": told, "m10": 0.0, "m11": 1.0, "m12": 0.0}
        return {"image": Picture.of(made), "steps": [("affine", matrix)]}

    class Turned(TestConformance):
        fine: ClassVar = [lambda row: shifted(row, 16.0), lambda row: shifted(row, -16.0)]
        planted: ClassVar = {
            "clipped": lambda row: shifted(row, 4.0),
            "clipped/still": lambda row: shifted(row, 0.0),
        }

    suite = Turned()
    suite.test_clean_rows_pass()
    suite.test_each_planted_row_is_caught_for_its_reason()


@pytest.mark.parametrize("pixel", [1.5, -0.5, float("nan"), float("inf")])
def test_pixels_outside_the_window(pixel: float) -> None:
    def one(row: Row) -> Row:
        pixels = row["image"].pixels.copy()
        pixels[3, 4] = pixel
        return {"image": Picture.of(pixels)}

    class Floats(TestConformance):
        dtype = "float32"
        planted: ClassVar = {"window": one}

    Floats().test_each_planted_row_is_caught_for_its_reason()
