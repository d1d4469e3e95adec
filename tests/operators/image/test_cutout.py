"""The operator ``cutout``."""

from typing import Any, ClassVar

import numpy as np
import pytest
from numpy.random import Generator, Philox
from pydantic import ValidationError

from aug_assets.operators.image.base import ImageState
from aug_assets.operators.image.cutout import Cutout, CutoutParams, covered
from aug_assets.values.boxes import Boxes
from tests.conformance.image import ImageConformance
from tests.operators.image.test_moving import COLUMNS, ellipse


class TestConformance(ImageConformance):
    operator = "cutout"
    geometric = True  # a box that is wholly hidden goes
    params: ClassVar = {"holes": [1, 4], "size": [0.1, 0.4]}


def made(**params: Any) -> Any:
    return Cutout.change(ellipse(), ImageState(COLUMNS), CutoutParams(**params), Generator(Philox(key=5)))


def test_holes_are_where_they_are_told_and_nowhere_else() -> None:
    sample, told = made(holes=(3, 5), size=(0.2, 0.4), fill="value", fill_value=99)
    hidden = np.zeros((80, 100), bool)
    for n in range(5):
        x0, y0, x1, y1 = (int(told[f"hole{n}_{name}"]) for name in ("x0", "y0", "x1", "y1"))
        hidden[y0:y1, x0:x1] = True
        assert ((x1 - x0) * (y1 - y0) > 0) == (n < told["holes"])
    np.testing.assert_array_equal(sample.image == 99, hidden)
    np.testing.assert_array_equal(sample.image[~hidden], ellipse().image[~hidden])
    assert told["hidden_share"] == hidden.mean()
    np.testing.assert_array_equal(sample.masks["mask"], ellipse().masks["mask"])


def test_fills_are_of_the_picture() -> None:
    mean, _ = made(size=(1, 1), holes=(1, 1))
    assert (mean.image == round(ellipse().image.mean())).all()
    noise, _ = made(size=(1, 1), holes=(1, 1), fill="noise")
    assert set(np.unique(noise.image)) == {0, 200}
    assert noise.image.mean() == pytest.approx(ellipse().image.mean(), rel=0.2)


def test_what_a_box_loses_is_told_and_holes_that_overlap_count_once() -> None:
    hidden = np.zeros((40, 40), np.uint8)
    hidden[0:10, 0:10] = hidden[0:10, 5:15] = 1
    xyxy = np.array([[0, 0, 30, 10], [1.5, 1.25, 9.5, 9], [20, 20, 30, 30], [14.5, 0, 15.5, 1.0]])
    boxes = Boxes(xyxy, np.array(["half", "gone", "free", "part"]), visible=np.array([0.5, 1, 0.7, 1]))
    left = covered(boxes, hidden)
    assert list(left.labels) == ["half", "free", "part"]
    np.testing.assert_allclose(left.visible, [0.25, 0.7, 0.5])
    np.testing.assert_array_equal(left.xyxy, xyxy[[0, 2, 3]])


def test_a_box_wholly_hidden_is_counted() -> None:
    sample, told = made(size=(1, 1), holes=(1, 1))
    assert (len(sample.boxes), told["boxes_gone"]) == (0, 1)


@pytest.mark.parametrize(
    "odd", [{"holes": (0, 2)}, {"holes": (1, 17)}, {"size": (0, 1)}, {"fill": "value"}, {"fill_value": 3}]
)
def test_odd_parameters_are_refused(odd: Any) -> None:
    with pytest.raises(ValidationError):
        CutoutParams(**odd)
