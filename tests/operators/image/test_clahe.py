"""The operator ``clahe``."""

from typing import ClassVar

import cv2
import numpy as np
import pytest

from aug_assets.operators.image.clahe import Clahe
from tests import scenes
from tests.conformance.image import ImageConformance
from tests.operators.image.samples_of import changed

WHOLE = {"clip": [2, 2], "blend": [1, 1]}


class TestConformance(ImageConformance):
    operator = "clahe"
    params: ClassVar = {"clip": [1.5, 3], "tiles": 4}


def _dull(seed: int = 5) -> np.ndarray:
    """A picture of little contrast, 192 x 256, as shares."""
    plane = cv2.resize(scenes.picture(seed, channels=1), (256, 192), interpolation=cv2.INTER_CUBIC)
    return 0.4 + 0.2 * plane / 255.0


def test_it_is_what_opencv_does_at_eight_bits() -> None:
    plain = np.rint(_dull() * 255).astype(np.uint8)
    ours, _ = changed(Clahe, plain, 0, 255, tiles=2, **WHOLE)
    theirs = cv2.createCLAHE(2, (2, 2)).apply(plain)
    raised = np.abs(theirs.astype(float) - plain).mean()
    assert np.abs(ours.astype(float) - theirs).mean() < 0.25 * raised
    assert (ours.astype(float) - theirs).std() < 0.1 * raised


def test_depths_agree() -> None:
    unit = _dull()
    forms = {("uint16", 0, 4095): 1.0, ("uint16", 0, 60000): 1.0, ("int16", -1024, 3071): 1.0}
    reference = changed(Clahe, unit.astype(np.float32), 0, 1, **WHOLE)[0]
    assert reference.std() > 1.2 * unit.std()
    for dtype, low, high in forms:
        pixels = np.rint(low + unit * (high - low)).astype(dtype)
        made = (changed(Clahe, pixels, low, high, **WHOLE)[0].astype(float) - low) / (high - low)
        assert np.abs(made - reference).max() < 0.01


def test_the_limit_limits_and_the_blend_blends() -> None:
    unit = _dull().astype(np.float32)
    spread = [changed(Clahe, unit, 0, 1, clip=[c, c], blend=[1, 1])[0].std() for c in (1, 1.5, 4)]
    assert unit.std() == pytest.approx(spread[0], rel=0.2)
    assert spread[0] < spread[1] < spread[2]
    whole = changed(Clahe, unit, 0, 1, clip=[2, 2], blend=[1, 1])[0]
    half = changed(Clahe, unit, 0, 1, clip=[2, 2], blend=[0.5, 0.5])[0]
    np.testing.assert_allclose(half, (whole + unit) / 2, atol=1e-5)


@pytest.mark.parametrize("params", [{"clip": [0.5, 2]}, {"blend": [0, 1]}, {"blend": [0.5, 1.5]}])
def test_no_limit_and_no_share_are_refused(params: dict) -> None:
    with pytest.raises(ValueError, match=next(iter(params))):
        changed(Clahe, np.zeros((4, 4), np.uint8), 0, 255, **params)
