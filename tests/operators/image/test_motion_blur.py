"""The operator ``motion_blur``."""

from typing import ClassVar

import numpy as np
import pytest

from aug_assets.operators.image.motion_blur import MotionBlurParams, line
from tests.conformance.image import ImageConformance


class TestConformance(ImageConformance):
    operator = "motion_blur"
    params: ClassVar = {"length_px": [3, 9]}


def test_along_the_rows_it_leaves_columns_alone() -> None:
    weights = line(5, 0)
    assert weights.shape == (5, 5)
    np.testing.assert_allclose(weights[2], 0.2)
    np.testing.assert_allclose(line(5, 90), weights.T)


@pytest.mark.parametrize("angle", [0, 17, 45, 90, 133, 180])
@pytest.mark.parametrize("length", [1, 1.4, 3, 6.3, 40])
def test_the_path_has_its_length_and_no_light_is_lost(length: float, angle: float) -> None:
    weights = line(length, angle)
    assert weights.sum() == pytest.approx(1, abs=1e-6)
    np.testing.assert_allclose(weights, weights[::-1, ::-1])  # the picture does not shift
    reach = weights.shape[0] // 2
    y, x = np.nonzero(weights)
    assert np.hypot(y - reach, x - reach).max() <= length / 2 + 1


def test_longer_is_more_blur() -> None:
    peaks = [line(length, 0).max() for length in (1, 1.5, 2, 3, 4.5)]
    assert peaks == sorted(peaks, reverse=True)
    assert len(set(peaks)) == 5


def test_no_length_is_refused() -> None:
    with pytest.raises(ValueError, match="from 1 to 101"):
        MotionBlurParams(length_px=(0, 3))
