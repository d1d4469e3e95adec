"""The operator ``rain``."""

from typing import Any, ClassVar

import numpy as np
import pytest
from numpy.random import Generator, Philox

from aug_assets.operators.image.base import Sample
from aug_assets.operators.image.rain import Rain, RainParams
from tests.conformance.image import ImageConformance
from tests.operators.image import streets


class TestConformance(ImageConformance):
    operator = "rain"
    params: ClassVar = {"mm_per_h": [20, 60]}


def made(sample: Sample, key: int = 3, **params: Any) -> tuple[np.ndarray, dict[str, float]]:
    after, told = Rain.change(sample, None, RainParams(**params), Generator(Philox(key=key)))
    return after.image.astype(np.int64), told


def test_more_rain_more_streaks() -> None:
    counts = [made(streets.sample(), mm_per_h=(rate, rate))[1]["streaks"] for rate in (5, 20, 60)]
    assert counts[0] < counts[1] < counts[2]


def test_streaks_are_upright_and_lean_as_drawn() -> None:
    grey = Sample(np.full((200, 200), 60, np.uint8), 0, 255, {})
    for slant, sign in ((25.0, -1), (-25.0, 1)):
        after, _ = made(grey, mm_per_h=(40, 40), slant_deg=(slant, slant), exposure_ms=20)
        streaks = after[20:150] - np.median(after[20:150], axis=1, keepdims=True)
        along = [(streaks[:-6] * np.roll(streaks, shift, 1)[6:]).sum() for shift in (-3, 3)]
        assert np.sign(along[0] - along[1]) == -sign * -1


def test_far_things_lose_contrast() -> None:
    sample = streets.sample(depth=np.where(streets.ramp() > 20, 400, 3).astype(np.float32))
    after, _ = made(sample, mm_per_h=(30, 30))
    far, near = (after[rows].std() / sample.image[rows].std() for rows in (slice(46, 50), slice(80, 96)))
    assert far < near - 0.1


def test_rates_and_slants_that_are_none_are_refused() -> None:
    with pytest.raises(ValueError, match="above 0"):
        RainParams(mm_per_h=(0, 4))
    with pytest.raises(ValueError, match="-60 to 60"):
        RainParams(slant_deg=(-80, 0))
