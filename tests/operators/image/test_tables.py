"""Look-up tables for operators on pictures."""

import numpy as np
import pytest
from numpy.random import Generator, Philox

from aug_assets.operators.image.base import Sample
from aug_assets.operators.image.tables import bits, legal, mapped, normals, span
from tests import scenes


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("dtype", ["uint8", "uint16", "int16"])
def test_each_pixel_gets_its_own_values_entry(dtype: str, channels: int) -> None:
    image = scenes.picture(2, dtype, channels)[::-1]  # a view that is not contiguous
    sample = Sample(image, -2000 if dtype == "int16" else 0, 200, {})
    np.testing.assert_array_equal(mapped(sample, lambda v: 3 - v / 2), sample.pixels(3 - image / 2.0))
    np.testing.assert_array_equal(mapped(sample, lambda v: v / 3), sample.pixels(image / 3.0))


def test_a_picture_of_one_channel_keeps_its_axis() -> None:
    for dtype in ("uint8", "uint16"):
        assert mapped(Sample(np.ones((4, 5, 1), dtype), 0, 255, {}), lambda v: v + 1).shape == (4, 5, 1)


def test_noise_is_the_same_on_every_machine() -> None:
    drawn = bits(Generator(Philox(key=[1, 2])), (2, 3))
    np.testing.assert_array_equal(drawn, bits(Generator(Philox(key=[1, 2])), (3, 2)).reshape(2, 3))
    assert drawn.tolist() == [[27401, 46419, 17171], [20271, 62250, 8607]]


def test_quantiles_are_normal() -> None:
    assert (np.diff(normals()) > 0).all()
    assert normals().mean(dtype=np.float64) == pytest.approx(0, abs=1e-9)
    assert normals().std(dtype=np.float64) == pytest.approx(1, abs=1e-3)


def test_what_dark_and_bright_mean() -> None:
    image = np.array([[5, 900]], np.uint16)
    assert span(Sample(image, 0, 65535, {})) == (5, 900)
    assert span(Sample(image, 0, 4095, {})) == (0, 4095)
    assert span(Sample(image.astype(np.uint8), 0, 255, {})) == (0, 255)


def test_legal_cuts_off_at_the_columns_range() -> None:
    image = np.array([[5, 900]], np.uint16)
    assert legal(Sample(image, 10, 800, {}), image.copy()).tolist() == [[10, 800]]
