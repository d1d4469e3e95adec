"""The operator ``jpeg``."""

from typing import ClassVar

import numpy as np
import pytest
from numpy.random import Generator, Philox

from aug_assets.errors import SpecError
from aug_assets.operators.image.base import Sample
from aug_assets.operators.image.jpeg import Jpeg, JpegParams
from tests import scenes
from tests.conformance.image import ImageConformance


class TestConformance(ImageConformance):
    operator = "jpeg"
    params: ClassVar = {"quality": [20, 60]}
    dtypes = ("uint8",)

    @pytest.mark.parametrize("dtype", ["uint16", "int16", "float32"])
    def test_more_bits_are_refused(self, dtype: str) -> None:
        with pytest.raises(SpecError, match="uint8 of 1 or 3 channels"):
            self.fit(scenes.frame(2, dtype=dtype))


def loss(quality: int, image: np.ndarray) -> np.ndarray:
    params = JpegParams(quality=(quality, quality))
    made = Jpeg.change(Sample(image, 0, 255, {}), None, params, Generator(Philox(key=1)))[0].image
    return np.abs(made.astype(float) - image).mean(axis=(0, 1))


def test_less_quality_is_more_loss() -> None:
    assert (
        loss(15, scenes.picture(1)).mean()
        > loss(60, scenes.picture(1)).mean()
        > loss(98, scenes.picture(1)).mean()
    )


def test_red_stays_red() -> None:
    image = np.zeros((32, 32, 3), np.uint8)
    image[..., 0] = 250
    assert loss(90, image).max() < 6
