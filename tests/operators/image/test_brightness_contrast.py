"""The operator ``brightness_contrast``."""

from typing import ClassVar

import numpy as np
import pytest
from numpy.random import Generator, Philox

from aug_assets.operators.image.base import Sample
from aug_assets.operators.image.brightness_contrast import BrightnessContrast, BrightnessContrastParams
from tests import scenes
from tests.conformance.image import ImageConformance


class TestConformance(ImageConformance):
    operator = "brightness_contrast"
    params: ClassVar = {"brightness": [0.05, 0.2], "contrast": [0.7, 1.3]}


def made(image: np.ndarray, low: float, high: float, **params: object) -> np.ndarray:
    step = BrightnessContrastParams.model_validate(params)
    return BrightnessContrast.change(Sample(image, low, high, {}), None, step, Generator(Philox(key=1)))[
        0
    ].image


@pytest.mark.parametrize("dtype", scenes.DTYPES)
def test_it_is_the_line_that_it_says(dtype: str) -> None:
    image = scenes.picture(3, dtype)
    low, high = {"uint8": (0, 255), "uint16": (0, 4095), "int16": (-1000, 3000), "float32": (0, 1)}[dtype]
    new = made(image, low, high, brightness=[0.1, 0.1], contrast=[1.2, 1.2])
    middle = (low + high) / 2
    line = np.clip((image.astype(float) - middle) * 1.2 + middle + 0.1 * (high - low), low, high)
    np.testing.assert_allclose(new, line, atol=1e-6 if dtype == "float32" else 0.5 + 1e-6)


def test_the_range_of_16_bits_without_bounds_is_the_pictures_own() -> None:
    image = scenes.picture(3, "uint16")
    new = made(image, 0, 65535, brightness=[0.1, 0.1], contrast=[1, 1])
    moved = np.median(new.astype(int) - image)
    assert moved == pytest.approx(0.1 * (int(image.max()) - int(image.min())), abs=1)


def test_no_contrast_is_refused() -> None:
    with pytest.raises(ValueError, match="not above 0"):
        BrightnessContrastParams(contrast=(0, 1))
