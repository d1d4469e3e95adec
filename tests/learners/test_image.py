"""The small model of pictures."""

import numpy as np
import pandas as pd
import pytest

from aug_assets.errors import TooFewParentsError
from aug_assets.learners.image import described, linear_image
from aug_assets.values.column import objects
from aug_assets.values.picture import Picture
from tests import scenes


def pictures(count: int, seed: int, dtype: str = "uint16") -> tuple[pd.DataFrame, np.ndarray]:
    """Half of them with a bright bar across."""
    made, positive = [], np.arange(count) % 2 == 0
    for n in range(count):
        pixels = scenes.picture(seed + n, dtype, 1).copy()
        if positive[n]:
            pixels[20:26] = pixels.max()
        made.append(Picture.of(pixels))
    return pd.DataFrame({"image": objects(made)}), positive


def test_it_learns_what_is_in_the_picture() -> None:
    rows, positive = pictures(24, 1)
    unseen, truth = pictures(12, 900)
    found = linear_image(("image",), rows, positive)(unseen)
    assert found[truth].min() > found[~truth].max()
    np.testing.assert_array_equal(found, linear_image(("image",), rows, positive)(unseen))


@pytest.mark.parametrize("channels", [1, 3])
def test_features_do_not_depend_on_dtype_or_window(channels: int) -> None:
    eight = scenes.picture(5, "uint8", channels)
    twelve = eight.astype(np.uint16) * 16
    np.testing.assert_allclose(described(twelve), described(eight), atol=0.02)
    assert np.isfinite(described(np.zeros((3, 3), np.int16))).all()


def test_one_class_is_refused() -> None:
    rows, _ = pictures(4, 1)
    with pytest.raises(TooFewParentsError, match="both classes"):
        linear_image(("image",), rows, np.ones(4, bool))
