"""The operator ``noise``."""

from typing import ClassVar

import numpy as np
import pytest
from numpy.random import Generator, Philox

from aug_assets.operators.image.base import Sample
from aug_assets.operators.image.noise import Noise, NoiseParams
from tests import scenes
from tests.conformance.image import ImageConformance


class TestConformance(ImageConformance):
    operator = "noise"
    params: ClassVar = {"sigma": [0.02, 0.1]}


@pytest.mark.parametrize("dtype", scenes.DTYPES)
def test_it_is_normal_and_of_the_size_that_it_says(dtype: str) -> None:
    low, high, middle = {
        "uint8": (0, 255, 128), "uint16": (0, 4095, 2000), "int16": (-1000, 3000, 900), "float32": (0, 1, 0.5)
    }[dtype]  # fmt: skip
    image = np.full((150, 200, 3), middle, dtype)
    params = NoiseParams(sigma=(0.05, 0.05))
    made, told = Noise.change(Sample(image, low, high, {}), None, params, Generator(Philox(key=1)))
    units = (made.image.astype(np.float64) - float(image.flat[0])) / told["sigma_grey"]
    assert told["sigma_grey"] == pytest.approx(0.05 * (high - low))
    assert abs(units.mean()) < 0.015
    assert units.std() == pytest.approx(1, abs=0.015)
    assert (np.abs(units) < 1).mean() == pytest.approx(0.683, abs=0.04)  # 8 bits: steps of 0.08
    neighbours = np.corrcoef(units[:, :-1].ravel(), units[:, 1:].ravel())[0, 1]
    channels = np.corrcoef(units[..., 0].ravel(), units[..., 1].ravel())[0, 1]
    assert max(abs(neighbours), abs(channels)) < 0.03


def test_white_stays_white_or_darkens_and_never_wraps() -> None:
    image = np.full((64, 64), 255, np.uint8)
    step = NoiseParams(sigma=(0.1, 0.1))
    made = Noise.change(Sample(image, 0, 255, {}), None, step, Generator(Philox(key=1)))[0].image
    assert made.min() > 100
    assert (made == 255).mean() == pytest.approx(0.5, abs=0.05)


def test_the_columns_own_range_is_kept() -> None:
    image = np.full((64, 64), 4000, np.uint16)
    step = NoiseParams(sigma=(0.1, 0.1))
    assert (
        Noise.change(Sample(image, 0, 4095, {}), None, step, Generator(Philox(key=1)))[0].image.max() == 4095
    )
