"""The operator ``blur``."""

from typing import ClassVar

import numpy as np
import pytest
from numpy.random import Generator, Philox

from aug_assets.operators.image.base import Sample
from aug_assets.operators.image.blur import Blur, BlurParams
from tests.conformance.image import ImageConformance


class TestConformance(ImageConformance):
    implementation = Blur
    params: ClassVar = {"sigma_px": [0.8, 2]}

    def test_it_takes_sharp_edges_away(self) -> None:
        parents, _, keys, drawn = self.whole()
        for at, made in zip(keys.parent, drawn.rows["image"], strict=True):
            steps = [
                np.abs(np.diff(p.pixels.astype(float), axis=1)).mean() for p in (made, parents["image"][at])
            ]
            assert steps[0] < steps[1]


@pytest.mark.parametrize(("dtype", "peak"), [("uint8", 255), ("uint16", 60_000), ("float32", 1.0)])
@pytest.mark.parametrize("sigma", [0.6, 1.0, 3.0])
def test_a_point_spreads_as_wide_as_it_says(dtype: str, peak: float, sigma: float) -> None:
    image = np.zeros((41, 41), dtype)
    image[20:21] = peak
    params = BlurParams(sigma_px=(sigma, sigma))
    made = Blur.change(Sample(image, 0, 65535, {}), None, params, Generator(Philox(key=1)))[0].image
    profile = made[:, 20].astype(float)
    width = np.sqrt((profile * (np.arange(41) - 20) ** 2).sum() / profile.sum())
    assert profile.sum() == pytest.approx(peak, rel=0.03)
    assert width == pytest.approx(sigma, rel=0.08)


def test_no_width_is_refused() -> None:
    with pytest.raises(ValueError, match="not above 0"):
        BlurParams(sigma_px=(0, 1))
