"""The operator ``tone_curve``."""

from typing import ClassVar

import numpy as np
import pytest

from aug_assets.operators.image.tone_curve import ToneCurve
from tests.conformance.image import ImageConformance
from tests.operators.image.samples_of import changed

RANGES = [("uint8", 0, 255), ("uint16", 0, 4095), ("uint16", 0, 65535), ("int16", -1024, 3071),
          ("int16", -32768, 32767)]  # fmt: skip
STRONG = {"midtone": [-0.1, 0.1], "contrast": [-0.2, 0.2]}


class TestConformance(ImageConformance):
    operator = "tone_curve"
    params: ClassVar = {"midtone": [0.02, 0.06], "contrast": [0.05, 0.1]}


@pytest.mark.parametrize(("dtype", "low", "high"), RANGES)
def test_order_and_ends_are_kept_of_every_value(dtype: str, low: int, high: int) -> None:
    every = np.arange(low, high + 1).astype(dtype)[None]
    for key in range(6):
        made, _ = changed(ToneCurve, every, low, high, key, **STRONG)
        steps = np.diff(made[0].astype(np.int64))
        assert (steps >= 0).all()
        assert steps.max() <= 3
        assert (made[0, 0], made[0, -1]) == (low, high)
        assert (made != every).any()


def test_floats_keep_their_order_strictly() -> None:
    every = np.linspace(0, 1, 4001, dtype=np.float32)[None]
    for key in range(6):
        made, told = changed(ToneCurve, every, 0, 1, key, **STRONG)
        assert (np.diff(made[0]) > 0).all()
        assert (made[0, 0], made[0, -1]) == (0, 1)
        assert made[0, 2000] == pytest.approx(0.5 + told["midtone"], abs=1e-6)
        slope = (made[0, 2001] - made[0, 1999]) / (every[0, 2001] - every[0, 1999])
        assert slope == pytest.approx(1 + told["contrast"], abs=1e-3)


def test_a_curve_that_could_turn_back_is_refused() -> None:
    with pytest.raises(ValueError, match="turn back"):
        changed(ToneCurve, np.zeros((1, 1), np.uint8), 0, 255, midtone=[0, 0.2], contrast=[-0.1, 0.1])
