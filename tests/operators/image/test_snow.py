"""The operator ``snow``."""

from typing import Any, ClassVar

import numpy as np
import pytest
from numpy.random import Generator, Philox

from aug_assets.operators.image.base import Sample
from aug_assets.operators.image.snow import Snow, SnowParams
from tests.conformance.image import ImageConformance
from tests.operators.image import streets


class TestConformance(ImageConformance):
    operator = "snow"
    params: ClassVar = {"mm_per_h": [1, 4]}


def made(sample: Sample, key: int = 3, **params: Any) -> tuple[np.ndarray, dict[str, float]]:
    after, told = Snow.change(sample, None, SnowParams(**params), Generator(Philox(key=key)))
    return after.image.astype(np.int64), told


def test_more_snow_more_flakes() -> None:
    counts = [made(streets.sample(), mm_per_h=(rate, rate))[1]["flakes"] for rate in (0.5, 2, 6)]
    assert counts[0] < counts[1] < counts[2]


def test_the_ground_turns_white_and_the_sky_does_not() -> None:
    sample = streets.sample()
    bare, covered = (made(sample, mm_per_h=(0.01, 0.01), cover=(share, share))[0] for share in (0.0, 0.9))
    assert (covered - bare)[60:].mean() > 25
    assert np.abs(covered - bare)[:36, 40:90].mean() < 1


def test_what_stands_upright_is_not_covered() -> None:
    depth = streets.ramp()
    depth[50:80, 40:80] = 8
    sample = streets.sample(depth=depth)
    bare, covered = (made(sample, mm_per_h=(0.01, 0.01), cover=(share, share))[0] for share in (0.0, 0.9))
    white = covered - bare
    assert white[56:74, 46:74].mean() < 0.1 * white[56:74, :30].mean()


def test_amounts_that_are_none_are_refused() -> None:
    with pytest.raises(ValueError, match="above 0"):
        SnowParams(mm_per_h=(0, 4))
    with pytest.raises(ValueError, match="0 to 1"):
        SnowParams(cover=(0, 2))
