"""The operator ``affine``."""

from typing import Any, ClassVar

import numpy as np
import pytest
from numpy.random import Generator, Philox
from pydantic import ValidationError

from aug_assets.operators.base import Facts
from aug_assets.operators.image.affine import Affine, AffineParams
from aug_assets.operators.image.base import ImageState
from aug_assets.spec_safety import Safety
from tests.conformance.image import ImageConformance
from tests.operators.image.test_moving import COLUMNS, ellipse


class TestConformance(ImageConformance):
    operator = "affine"
    geometric = True
    params: ClassVar = {"rotation_deg": [-30, 30], "shift": [-0.3, 0.3], "shear_deg": [-5, 5]}


def made(**params: Any) -> Any:
    return Affine.change(ellipse(), ImageState(COLUMNS), AffineParams(**params), Generator(Philox(key=3)))


def test_the_told_matrix_is_the_move() -> None:
    sample, told = made(rotation_deg=(20, 20), scale=(1.2, 1.2))
    matrix = np.array([told[f"m{r}{c}"] for r in (0, 1) for c in (0, 1, 2)]).reshape(2, 3)
    np.testing.assert_allclose(sample.points.xy[0], matrix @ [50, 40, 1])
    assert told["area_scale"] == pytest.approx(1.44)
    grown = (sample.masks["mask"] == 3).sum() / (ellipse().masks["mask"] == 3).sum()
    assert grown == pytest.approx(1.44, rel=0.03)


def test_turns_are_against_the_clock() -> None:
    sample, _ = made(rotation_deg=(90, 90), scale=(1, 1), shift=(0, 0))
    right_end = Affine.change(
        ellipse(centre=(70, 40), half=(4, 4)),
        ImageState(COLUMNS),
        AffineParams(rotation_deg=(90, 90), scale=(1, 1), shift=(0, 0)),
        Generator(Philox(key=1)),
    )[0]
    assert sample.points.xy[0] == pytest.approx([50, 40])
    assert right_end.points.xy[0] == pytest.approx([50, 20])
    assert right_end.image[20, 50] == 200


def test_no_mirror_image_is_taken_for_an_object() -> None:
    sample, _ = made(shift=(0.3, 0.3), rotation_deg=(0, 0), scale=(0.5, 0.5), border="reflect")
    rows, columns = np.nonzero(sample.masks["mask"] == 3)
    np.testing.assert_array_equal(
        sample.boxes.xyxy[0], [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]
    )
    assert (sample.image > 100).sum() > len(rows) * 1.2, "nothing was reflected, so this proves nothing"


FREE = {"orientation": "any"}


@pytest.mark.parametrize(
    ("turn", "kinds", "safety", "told"),
    [
        (15, {}, {}, None),
        (15.1, {}, {}, "upright"),
        (180, {}, FREE, None),
        (20, {}, {"max_rotation_deg": 20}, None),
        (21, {}, {"max_rotation_deg": 20, **FREE}, "max_rotation_deg"),
        (7, {"boxes": ("b",)}, FREE, None),
        (7.1, {"boxes": ("b",)}, FREE, "objects_in"),
        (15, {"boxes": ("b",), "objects": ("m",)}, {}, None),
    ],
)
def test_turns_that_belie_labels_are_refused(turn: float, kinds: Any, safety: Any, told: str | None) -> None:
    reason = Affine.unsafe(AffineParams(rotation_deg=(-turn, 0)), Facts(Safety(**safety), (), kinds))
    assert reason is None if told is None else told in reason


def test_reflection_with_boxes_is_refused() -> None:
    facts = Facts(Safety(), (), {"boxes": ("b",), "objects": ("m",)})
    assert "second time" in Affine.unsafe(AffineParams(border="reflect"), facts)


@pytest.mark.parametrize(
    "odd", [{"scale": (0, 1)}, {"rotation_deg": (0, 181)}, {"shear_deg": (-50, 0)}, {"shift": (0, 1)}]
)
def test_odd_parameters_are_refused(odd: Any) -> None:
    with pytest.raises(ValidationError):
        AffineParams(**odd)
