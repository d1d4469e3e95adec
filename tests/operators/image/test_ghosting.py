"""The operator ``ghosting``."""

from typing import ClassVar

import numpy as np
import pytest

from aug_assets.operators.image.ghosting import Ghosting
from tests.conformance.image import ImageConformance
from tests.operators.image.samples_of import changed


class TestConformance(ImageConformance):
    operator = "ghosting"
    params: ClassVar = {"count": [1, 4], "intensity": [0.05, 0.2]}


@pytest.mark.parametrize(("axis", "along"), [("rows", 0), ("columns", 1)])
def test_a_dot_has_equal_ghosts_an_equal_part_apart(axis: str, along: int) -> None:
    image = np.zeros((120, 160), np.float32)
    image[100, 150] = 1
    made, told = changed(Ghosting, image, 0, 1, count=[3, 3], intensity=[0.3, 0.3], axis=axis)
    assert told == {"count": 3, "intensity": pytest.approx(0.3)}
    line = made[:, 150] if along == 0 else made[100]
    apart = image.shape[along] // 4
    assert made.sum() == pytest.approx(1, rel=1e-5)
    home = (100, 150)[along]
    assert line[home] == pytest.approx(0.7)
    for n in (1, 2, 3):
        assert line[(home + n * apart) % len(line)] == pytest.approx(0.1)


def test_a_signal_of_every_nth_line_of_k_space_is_what_it_adds() -> None:
    image = np.random.Generator(np.random.Philox(key=3)).random((96, 40), dtype=np.float32)
    made, _ = changed(Ghosting, image, 0, 1, count=[3, 3], intensity=[0.3, 0.3])
    gain = np.fft.fft(made, axis=0) / np.fft.fft(image, axis=0)
    every = np.arange(96) % 4 == 0
    np.testing.assert_allclose(gain[every].real, 1, atol=1e-3)
    np.testing.assert_allclose(gain[~every].real, 0.6, atol=1e-3)


@pytest.mark.parametrize("params", [{"count": [0, 2]}, {"count": [4, 2]}, {"intensity": [0.1, 0.9]}])
def test_no_ghosts_and_too_bright_ones_are_refused(params: dict) -> None:
    with pytest.raises(ValueError, match=next(iter(params))):
        changed(Ghosting, np.zeros((4, 4), np.uint8), 0, 255, **params)
