"""The operator ``shadow``."""

from typing import Any, ClassVar

import numpy as np
import pytest
from numpy.random import Generator, Philox

from aug_assets.operators.image.base import Sample
from aug_assets.operators.image.shadow import Shadow, ShadowParams
from tests.conformance.image import ImageConformance
from tests.operators.image import streets


class TestConformance(ImageConformance):
    operator = "shadow"
    params: ClassVar = {"darkness": [0.4, 0.7]}


def made(sample: Sample, key: int = 3, **params: Any) -> tuple[np.ndarray, dict[str, float]]:
    after, told = Shadow.change(sample, None, ShadowParams(**params), Generator(Philox(key=key)))
    return after.image.astype(np.int64), told


def test_it_takes_the_share_of_light_that_it_says() -> None:
    flat = Sample(
        np.full((96, 128), 200, np.uint8), 0, 255, {}, None, None, np.full((96, 128), 9, np.float32)
    )
    after, told = made(flat, darkness=(0.5, 0.5), penumbra=(0, 0), shadows=(3, 3))
    assert after.min() == pytest.approx(100, abs=3)
    assert after.max() == 200
    assert told["share"] == pytest.approx((200 - after).mean() / 100, abs=0.02)


def test_the_sky_stays_and_borders_are_soft() -> None:
    sample = streets.sample(depth=streets.ramp())
    after, _ = made(sample, shadows=(8, 8), penumbra=(0.05, 0.05))
    np.testing.assert_array_equal(after[:40], sample.image[:40])
    assert np.abs(after - sample.image).max() > 20
    flat = Sample(
        np.full((96, 128), 200, np.uint8), 0, 255, {}, None, None, np.full((96, 128), 9, np.float32)
    )
    steps = [np.abs(np.diff(made(flat, penumbra=(p, p))[0], axis=1)).max() for p in (0.0, 0.05)]
    assert steps[1] < 0.5 * steps[0]


def test_shadows_are_bluer_than_light() -> None:
    flat = Sample(
        np.full((96, 128, 3), 200, np.uint8), 0, 255, {}, None, None, np.full((96, 128), 9, np.float32)
    )
    after, _ = made(flat, darkness=(0.6, 0.6), shadows=(4, 4))
    dark = after[after[..., 0] < 120]
    assert (dark[:, 2] > dark[:, 0] + 2).all()


def test_shadows_that_are_none_are_refused() -> None:
    for wrong in ({"shadows": (0, 1)}, {"darkness": (0, 1)}, {"penumbra": (-1, 0)}):
        with pytest.raises(ValueError, match="not"):
            ShadowParams(**wrong)
