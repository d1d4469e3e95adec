"""The operator ``flip``."""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.random import Generator, Philox
from pydantic import ValidationError

from aug_assets.frames import columns_of
from aug_assets.operators.base import Facts
from aug_assets.operators.image.base import ImageState, Sample
from aug_assets.operators.image.flip import Flip, FlipParams
from aug_assets.spec_safety import Safety
from aug_assets.values.boxes import Points
from tests import scenes
from tests.conformance.image import ImageConformance
from tests.operators.image.test_moving import COLUMNS, ellipse

SIDES = Facts(Safety(laterality="symmetric", mirrored_labels={"left": "right"}), ("left",), {})


class TestConformance(ImageConformance):
    operator = "flip"
    geometric = True


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
        ("horizontal", {"laterality": "symmetric"}, ("stop", "turn_left"), "'turn_left'"),
        ("horizontal", {"laterality": "symmetric"}, ("stop", "turnRight"), "'turnRight'"),
        ("horizontal", {"laterality": "symmetric"}, ("stop", "KEEP LEFT"), "'KEEP LEFT'"),
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


def dataset(column: dict[str, Any], **safety: Any) -> Any:
    columns = {**scenes.COLUMNS, **column}
    return scenes.spec(columns=columns, steps=[{"operator": "flip"}], safety={**scenes.FREE, **safety})


@pytest.mark.parametrize(
    ("column", "told"),
    [
        ({"laterality": {"type": "category", "values": ["L", "R"]}}, "column laterality says a side"),
        ({"laterality": {"type": "string"}}, "column laterality says a side"),
        ({"sign": {"type": "category", "values": ["stop", "turn_left"]}}, "'turn_left' of column sign"),
    ],
)
def test_a_dataset_whose_columns_name_a_side_is_refused_when_it_is_loaded(column: Any, told: str) -> None:
    with pytest.raises(ValidationError, match=f"flip is not safe here: {told}"):
        dataset(column)


def test_a_dataset_that_says_what_sides_are_called_in_a_mirror_gets_them_renamed() -> None:
    column = {"laterality": {"type": "category", "values": ["L", "R", "both"]}}
    spec = dataset(column, mirrored_labels={"L": "R"})
    old = scenes.frame(12).assign(laterality=pd.Categorical(["L", "R", "both"] * 4))
    roles = columns_of(spec, old)
    params = FlipParams()
    keys = TestConformance().keys(12)
    parents = old.iloc[keys.parent].reset_index(drop=True)
    drawn = Flip.draw(Flip.fit(old, roles, params), params, keys, parents)
    flipped = drawn.values["flipped"] == 1  # noqa: PD011 - what an operator drew
    assert 0 < flipped.sum() < len(flipped)
    swapped = parents["laterality"].map({"L": "R", "R": "L", "both": "both"}).astype(object)
    expected = parents["laterality"].astype(object).where(~flipped, swapped)
    assert drawn.rows["laterality"].astype(object).tolist() == expected.tolist()
    assert drawn.rows["laterality"].dtype == parents["laterality"].dtype
