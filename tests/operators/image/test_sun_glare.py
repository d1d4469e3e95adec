"""The operator ``sun_glare``."""

from typing import Any, ClassVar

import numpy as np
import pytest
from numpy.random import Generator, Philox

from aug_assets.operators.image.base import Sample
from aug_assets.operators.image.sun_glare import SunGlare, SunGlareParams
from tests.conformance.image import ImageConformance
from tests.operators.image import streets


class TestConformance(ImageConformance):
    operator = "sun_glare"
    params: ClassVar = {"glare": [0.4, 0.8]}


def made(sample: Sample, key: int = 3, **params: Any) -> tuple[np.ndarray, dict[str, float]]:
    after, told = SunGlare.change(sample, None, SunGlareParams(**params), Generator(Philox(key=key)))
    return after.image.astype(np.int64), told


def test_the_sun_is_where_it_is_said_to_be() -> None:
    depth = np.full(streets.SIZE, 1000, np.float32)
    sample = Sample(np.full((*streets.SIZE, 3), 60, np.uint8), 0, 255, {}, None, None, depth)
    after, told = made(sample, elevation_deg=(10, 10), azimuth_deg=(12, 12))
    row, column = np.argwhere(after.sum(axis=2) >= after.sum(axis=2).max() - 3).mean(axis=0)
    assert column == pytest.approx(64 + 128 * np.tan(np.radians(12)), abs=2)
    assert row == pytest.approx(43 - 128 * np.tan(np.radians(10)) / np.cos(np.radians(12)), abs=2)
    assert told["free"] == 1


def test_a_house_hides_the_sun_and_most_of_its_light() -> None:
    near, far = np.full(streets.SIZE, 10, np.float32), np.full(streets.SIZE, 1000, np.float32)
    image = np.full((*streets.SIZE, 3), 60, np.uint8)
    hidden, free = (
        made(Sample(image, 0, 255, {}, None, None, depth), elevation_deg=(10, 10), azimuth_deg=(0, 0))
        for depth in (near, far)
    )
    assert hidden[1]["free"] == 0
    assert hidden[0].max() < 200 < free[0].max()
    assert 60 < hidden[0].mean() < free[0].mean()


def test_suns_that_are_none_are_refused() -> None:
    for wrong in ({"elevation_deg": (-9, 1)}, {"azimuth_deg": (-90, 0)}, {"glare": (0, 2)}):
        with pytest.raises(ValueError, match="not from"):
            SunGlareParams(**wrong)
