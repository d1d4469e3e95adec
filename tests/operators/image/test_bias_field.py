"""The operator ``bias_field``."""

from typing import ClassVar

import numpy as np
import pytest

from aug_assets.operators.image.bias_field import BiasField
from tests.conformance.image import ImageConformance
from tests.operators.image.samples_of import changed

FLAT = np.full((130, 90), 2000, np.uint16)


class TestConformance(ImageConformance):
    operator = "bias_field"
    params: ClassVar = {"strength": [0.1, 0.3], "order": 3}


@pytest.mark.parametrize("order", [1, 2, 3])
def test_the_field_is_smooth_and_as_strong_as_told(order: int) -> None:
    for key in range(8):
        made, told = changed(BiasField, FLAT, 0, 4095, key, strength=[0.05, 0.3], order=order)
        field = made / 2000.0
        assert np.abs(field - 1).max() == pytest.approx(told["strength"], rel=0.03)
        assert np.abs(np.diff(field, axis=0)).max() < told["strength"] * 0.25
        assert len(told) == {1: 3, 2: 6, 3: 10}[order]


def test_a_slope_is_a_slope() -> None:
    made, told = changed(BiasField, FLAT.astype(np.float32), 0, 4095, order=1)
    assert np.abs(np.diff(made, n=2, axis=1)).max() < 1e-2
    assert made[0, -1] - made[0, 0] == pytest.approx(2 * told["x1y0"] * 2000, rel=1e-3)


def test_no_signal_stays_none() -> None:
    image = FLAT.astype(np.int16)
    image[:40] = -1000
    made, _ = changed(BiasField, image, -1024, 3071, strength=[0.2, 0.2])
    assert (made[:40] == -1000).all()
    assert (made[40:] != 2000).any()


@pytest.mark.parametrize("strength", [[0.2, 1.0], [-0.1, 0.2]])
def test_a_field_that_turns_the_signal_off_is_refused(strength: list[float]) -> None:
    with pytest.raises(ValueError, match="strength"):
        changed(BiasField, FLAT, 0, 4095, strength=strength)
