"""The operator ``crop``."""

from typing import Any, ClassVar

import numpy as np
import pytest
from numpy.random import Generator, Philox
from pydantic import ValidationError

from aug_assets.operators.image.base import ImageState
from aug_assets.operators.image.crop import Crop, CropParams
from tests.conformance.image import ImageConformance
from tests.operators.image.test_moving import COLUMNS, LOOSE, ellipse


class TestConformance(ImageConformance):
    operator = "crop"
    geometric = True
    params: ClassVar = {"area": [0.2, 0.7]}


class TestConformanceOfParts(ImageConformance):
    operator = "crop"
    geometric = True
    params: ClassVar = {"area": [0.2, 0.7], "keep_size": False}


def made(seed: int, columns: Any = COLUMNS, **params: Any) -> Any:
    rng = Generator(Philox(key=seed))
    return Crop.change(ellipse(), ImageState(columns), CropParams(area=(0.1, 0.6), **params), rng)


@pytest.mark.parametrize("seed", range(4))
def test_a_part_is_the_part_that_is_told(seed: int) -> None:
    sample, told = made(seed, keep_size=False)
    x, y, width, height = (int(told[name]) for name in ("x0", "y0", "width", "height"))
    for new, old in ((sample.image, ellipse().image), (sample.depth, ellipse().depth)):
        np.testing.assert_array_equal(new, old[y : y + height, x : x + width])
    assert told["area_scale"] == 1
    np.testing.assert_array_equal(sample.points.xy[0], [50 - x, 40 - y])


@pytest.mark.parametrize("columns", [COLUMNS, LOOSE])
@pytest.mark.parametrize("seed", range(6))
def test_what_is_left_of_a_box(seed: int, columns: Any) -> None:
    sample, told = made(seed, columns)
    x, y, width, height = (told[name] for name in ("x0", "y0", "width", "height"))
    left = max(0, min(70, x + width) - max(30, x)) * max(0, min(48, y + height) - max(32, y)) / (40 * 16)
    assert told["area_scale"] == pytest.approx(8000 / (width * height))
    if len(sample.boxes):
        assert sample.boxes.visible[0] == pytest.approx(left, abs=1e-12)
        assert told["boxes_gone"] == 0
    else:
        assert told["boxes_gone"] == 1
        assert not (sample.masks["mask"] == 3).any() or left == 0


def test_a_box_of_the_mask_is_its_bounds_after_resizing() -> None:
    seen = 0
    for seed in range(8):
        sample, _ = made(seed)
        rows, columns = np.nonzero(sample.masks["mask"] == 3)
        seen += len(rows) > 0
        assert set(np.unique(sample.masks["mask"])) <= {0, 3}, "values between those of the mask"
        assert set(np.unique(sample.depth)) <= {0, 7}
        for xyxy in sample.boxes.xyxy:
            assert list(xyxy) == [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]
    assert seen > 2


@pytest.mark.parametrize("odd", [{"area": (0, 1)}, {"area": (0.5, 1.1)}, {"aspect": (0, 1)}])
def test_odd_parameters_are_refused(odd: Any) -> None:
    with pytest.raises(ValidationError):
        CropParams(**odd)
