"""The operator ``blur``."""

from typing import ClassVar

import numpy as np

from aug_assets.operators.image.blur import Blur
from tests.conformance.image import ImageConformance


class TestConformance(ImageConformance):
    implementation = Blur
    params: ClassVar = {"sigma_px": [0.8, 2]}

    def test_it_takes_sharp_edges_away(self) -> None:
        parents, _, keys, drawn = self.whole(4)
        for at, made in zip(keys.parent, drawn.rows["image"], strict=True):
            steps = [
                np.abs(np.diff(p.pixels.astype(float), axis=1)).mean() for p in (made, parents["image"][at])
            ]
            assert steps[0] < steps[1]
