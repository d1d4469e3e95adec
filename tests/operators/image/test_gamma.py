"""The operator ``gamma``."""

from typing import ClassVar

import numpy as np
import pytest
from numpy.random import Generator, Philox

from aug_assets.operators.image.base import Sample
from aug_assets.operators.image.gamma import Gamma, GammaParams
from tests import scenes
from tests.conformance.image import ImageConformance


class TestConformance(ImageConformance):
    operator = "gamma"
    params: ClassVar = {"gamma": [0.6, 0.8]}


def bent(image: np.ndarray, low: float, high: float, gamma: float) -> np.ndarray:
    params = GammaParams(gamma=(gamma, gamma))
    return Gamma.change(Sample(image, low, high, {}), None, params, Generator(Philox(key=1)))[0].image


@pytest.mark.parametrize("gamma", [0.5, 0.93, 2.2])
@pytest.mark.parametrize("dtype", scenes.DTYPES)
def test_no_two_values_change_places_and_the_ends_stay(dtype: str, gamma: float) -> None:
    low, high = {"uint8": (0, 255), "uint16": (0, 65535), "int16": (-32768, 32767), "float32": (0, 1)}[dtype]
    if dtype == "float32":  # neighbours in the last bit, where rounding would show
        near = np.arange(0x3F000000, 0x3F000000 + 60_000, dtype=np.int32).view(np.float32)
        values = np.sort(np.concatenate([near, np.linspace(0, 1, 5_000, dtype=np.float32)]))
    else:
        values = np.arange(low, high + 1).astype(dtype)
    values = values[: len(values) // 8 * 8].reshape(8, -1)
    new = bent(values, low, high, gamma).ravel()
    assert (np.diff(new.astype(np.float64)) >= 0).all()
    assert new[0] == values.ravel()[0]
    expected = low + (high - low) * ((values.ravel().astype(np.float64) - low) / (high - low)) ** gamma
    np.testing.assert_allclose(new, expected, atol=1e-6 if dtype == "float32" else 0.5 + 1e-6)


def test_a_gamma_of_zero_is_refused() -> None:
    with pytest.raises(ValueError, match="not above 0"):
        GammaParams(gamma=(0, 1))
