"""The operator ``flip``."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.random import Generator, Philox

from aug_assets.operators.base import Facts
from aug_assets.operators.image.base import ImageState, Sample
from aug_assets.operators.image.flip import Flip, FlipParams
from aug_assets.spec_safety import Safety
from aug_assets.values.boxes import Points
from tests.conformance.image import ImageConformance
from tests.operators.image.test_moving import COLUMNS, ellipse

SIDES = Facts(Safety(laterality="symmetric", mirrored_labels={"left": "right"}), ("left",), {})


class TestConformance(ImageConformance):
    operator = "flip"
    geometric = True

    def whole(self, rows: int = 12) -> Any:
        return super().whole(rows)


def flipped(sample: Sample, axis: str = "horizontal") -> Sample:
    state = ImageState(replace(COLUMNS, facts=SIDES))
    return Flip.change(sample, state, FlipParams(axis=axis, chance=1), Generator(Philox(key=1)))[0]


def scene() -> Sample:
    points = Points(
        np.array([[0, 0], [30.25, 50], [100, 80]]), np.array(["left", "right", "nose"]), np.ones(3)
    )
    return replace(ellipse(centre=(30, 20), half=(9, 5)), points=points)


@pytest.mark.parametrize("axis", ["horizontal", "vertical"])
def test_twice_is_as_before(axis: str) -> None:
    once = flipped(scene(), axis)
    twice = flipped(once, axis)
    assert not np.array_equal(once.image, scene().image)
    np.testing.assert_array_equal(twice.image, scene().image)
    np.testing.assert_array_equal(twice.masks["mask"], scene().masks["mask"])
    np.testing.assert_array_equal(twice.depth, scene().depth)
    assert twice.boxes == scene().boxes
    assert twice.points == scene().points
    assert once.points.visible.all(), "a point on the border is in the frame"


def test_sides_change_their_names_and_masks_keep_their_values() -> None:
    made = flipped(scene())
    assert list(made.points.labels) == ["right", "left", "nose"]
    assert set(np.unique(made.masks["mask"])) == {0, 3}
    rows, columns = np.nonzero(made.masks["mask"])
    np.testing.assert_array_equal(
        made.boxes.xyxy[0], [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]
    )


@pytest.mark.parametrize(
    ("axis", "safety", "labels", "told"),
    [
        ("horizontal", {}, ("left_lung", "heart"), "'left_lung'"),
        ("horizontal", {}, ("stop sign",), "'stop sign'"),
        ("vertical", {"orientation": "any"}, ("stop sign",), "laterality"),
        ("vertical", {"laterality": "symmetric"}, (), "orientation"),
        ("vertical", {"laterality": "symmetric", "orientation": "any"}, (), None),
        ("horizontal", {"laterality": "symmetric"}, ("car", "bright"), None),
        ("horizontal", {"laterality": "symmetric"}, ("car", "left_eye"), "'left_eye'"),
        (
            "horizontal",
            {"laterality": "symmetric", "mirrored_labels": {"left_eye": "right_eye"}},
            ("left_eye", "right_eye"),
            None,
        ),
    ],
)
def test_flips_that_belie_labels_are_refused(axis: str, safety: Any, labels: Any, told: str | None) -> None:
    reason = Flip.unsafe(FlipParams(axis=axis), Facts(Safety(**safety), labels, {}))
    assert reason is None if told is None else told in reason
