"""The operator ``wet_lens``."""

from typing import Any, ClassVar

import numpy as np
import pytest
from numpy.random import Generator, Philox

from aug_assets.operators.image.base import Sample
from aug_assets.operators.image.wet_lens import WetLens, WetLensParams
from tests.conformance.image import ImageConformance
from tests.operators.image import streets


class TestConformance(ImageConformance):
    operator = "wet_lens"
    params: ClassVar = {"drops": [6, 10], "diameter_px": [8, 20]}


def made(sample: Sample, key: int = 3, **params: Any) -> tuple[np.ndarray, dict[str, float]]:
    after, told = WetLens.change(sample, None, WetLensParams(**params), Generator(Philox(key=key)))
    return after.image.astype(np.int64), told


def test_only_drops_change_and_as_much_as_told() -> None:
    sample = streets.sample()
    after, told = made(sample, drops=(3, 3), diameter_px=(10, 10))
    changed = (after != sample.image).any(axis=2).mean()
    assert 0.7 * told["covered"] <= changed <= told["covered"]
    assert told["drops"] == 3


def test_a_drop_shows_the_scene_upside_down() -> None:
    image = np.zeros((81, 81), np.uint8)
    image[:, :] = np.linspace(20, 220, 81)[:, None]
    seen = 0
    for key in range(6):
        after, _ = made(Sample(image, 0, 255, {}), key=key, drops=(1, 1), diameter_px=(30, 30))
        rows, columns = np.nonzero(np.abs(after - image) > 3)
        if len(rows) < 100 or rows.min() < 12 or rows.max() > 68:
            continue
        middle = after[rows.min() + 6 : rows.max() - 5, int(np.median(columns))]
        seen += np.polyfit(np.arange(len(middle)), middle, 1)[0] < 0
        assert np.polyfit(np.arange(len(middle)), middle, 1)[0] < 0
    assert seen > 0


def test_drops_that_are_none_are_refused() -> None:
    for wrong in ({"drops": (0, 1)}, {"diameter_px": (1, 5)}):
        with pytest.raises(ValueError, match="not"):
            WetLensParams(**wrong)
