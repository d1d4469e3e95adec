"""Pixels as a signal: zero, noise and work by rows."""

import numpy as np
import pytest
from numpy.random import Generator, Philox

from aug_assets.operators.image.base import Sample
from aug_assets.operators.image.signal import by_rows, gauss, zero


def test_noise_is_normal_and_follows_from_the_key() -> None:
    noise = gauss(Generator(Philox(key=1)), (301, 401))
    assert noise.dtype == np.float32
    assert abs(noise.mean()) < 0.01
    assert noise.std() == pytest.approx(1, abs=0.01)
    assert (np.abs(noise) < 1).mean() == pytest.approx(0.6827, abs=0.005)
    assert abs(np.corrcoef(noise[:, :-1].ravel(), noise[:, 1:].ravel())[0, 1]) < 0.01
    np.testing.assert_array_equal(noise, gauss(Generator(Philox(key=1)), (301, 401)))
    assert (noise != gauss(Generator(Philox(key=2)), (301, 401))).any()


@pytest.mark.parametrize("height", [1, 63, 64, 65, 200])
def test_every_row_is_changed_once(height: int) -> None:
    image = np.arange(height * 3, dtype=np.uint16).reshape(height, 3)
    seen = []

    def twice(values: np.ndarray, rows: slice) -> np.ndarray:
        seen.extend(range(rows.start, rows.stop))
        return values * 2

    np.testing.assert_array_equal(by_rows(Sample(image, 0, 1000, {}), twice), np.minimum(image * 2, 1000))
    assert seen == list(range(height))


def test_zero_is_where_the_signal_ends() -> None:
    air = np.array([[-1000, 50]], np.int16)
    assert zero(Sample(air, -32768, 32767, {})) == -1000
    assert zero(Sample(np.abs(air), -32768, 32767, {})) == 0
    assert zero(Sample(np.full((1, 1), 900, np.uint16), 500, 4095, {})) == 500
