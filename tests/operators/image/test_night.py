"""The operator ``night``."""

from typing import Any, ClassVar

import numpy as np
import pytest
from numpy.random import Generator, Philox

from aug_assets.operators.image.base import Sample
from aug_assets.operators.image.night import Night, NightParams
from tests.conformance.image import ImageConformance
from tests.operators.image import streets


class TestConformance(ImageConformance):
    operator = "night"
    params: ClassVar = {"lux": [2, 10], "lamps": [0, 3]}


def made(sample: Sample, key: int = 3, **params: Any) -> tuple[np.ndarray, dict[str, float]]:
    after, told = Night.change(sample, None, NightParams(**params), Generator(Philox(key=key)))
    return after.image.astype(np.int64), told


def test_less_light_is_darker_and_noisier() -> None:
    flat = Sample(np.full((96, 128, 3), 120, np.uint8), 0, 255, {})
    found = [made(flat, lux=(lux, lux), headlights=(0, 0))[0][60:] for lux in (1, 10, 100)]
    assert found[0].mean() < found[1].mean() < found[2].mean() < 120
    noise = [image.std() / image.mean() for image in found]
    assert noise[0] > noise[1] > noise[2]


def test_the_sky_is_dark_and_things_turn_blue() -> None:
    after, _ = made(streets.sample(), lux=(10, 10))
    assert after[:30, 40:90].mean() < 0.5 * after[50:].mean()
    assert after[50:, :, 2].mean() > after[50:, :, 0].mean()


def test_headlights_reach_what_is_near() -> None:
    sample = streets.sample(depth=streets.ramp())
    off, on = (made(sample, lux=(5, 5), headlights=(share, share))[0].astype(float) for share in (0, 1))
    assert (on - off)[85:].mean() > (on - off)[46:50].mean() + 5


def test_lamps_are_drawn_as_many_as_asked_for() -> None:
    none, lit = (made(streets.sample(), lux=(5, 5), lamps=(n, n)) for n in (0, 4))
    assert (none[1]["lamps"], lit[1]["lamps"]) == (0, 4)
    assert (lit[0] - none[0])[:43].max() > 60


def test_light_that_is_none_is_refused() -> None:
    for wrong in ({"lux": (0, 1)}, {"lamps": (3, 2)}, {"headlights": (0, 9)}):
        with pytest.raises(ValueError, match="not"):
            NightParams(**wrong)
