"""The operator ``rician_noise``."""

from typing import ClassVar

import numpy as np
import pytest

from aug_assets.operators.image.rician_noise import RicianNoise
from tests.conformance.image import ImageConformance
from tests.operators.image.samples_of import changed


class TestConformance(ImageConformance):
    operator = "rician_noise"
    params: ClassVar = {"snr": [10, 30]}


def _halves() -> np.ndarray:
    image = np.zeros((200, 200), np.float32)
    image[:, 100:] = 1000
    return image


def test_bright_parts_are_normal_and_dark_ones_rayleigh() -> None:
    made, told = changed(RicianNoise, _halves(), 0, 4095, snr=[20, 20])
    sigma = told["sigma"]
    assert sigma == pytest.approx(1000 / 20)
    assert made[:, 100:].std() == pytest.approx(sigma, rel=0.03)
    assert made[:, 100:].mean() == pytest.approx(1000 + sigma**2 / 2000, abs=1.5)
    assert made[:, :100].mean() == pytest.approx(sigma * np.sqrt(np.pi / 2), rel=0.02)
    assert made[:, :100].min() >= 0


def test_signed_pictures_have_their_zero_below() -> None:
    made, told = changed(RicianNoise, (_halves() - 500).astype(np.int16), -32768, 32767, snr=[20, 20])
    assert told["sigma"] == pytest.approx(50)
    assert made[:, :100].min() >= -500
    assert made[:, 100:].mean() == pytest.approx(501, abs=2)


def test_more_noise_than_signal_is_refused() -> None:
    with pytest.raises(ValueError, match="more noise than signal"):
        changed(RicianNoise, _halves(), 0, 4095, snr=[0.5, 2])
