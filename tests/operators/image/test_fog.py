"""The operator ``fog``."""

from typing import Any, ClassVar

import numpy as np
import pytest
from numpy.random import Generator, Philox

from aug_assets.operators.image.base import Sample
from aug_assets.operators.image.fog import Fog, FogParams
from aug_assets.values.boxes import Boxes
from tests.conformance.image import ImageConformance
from tests.operators.image import streets


class TestConformance(ImageConformance):
    operator = "fog"
    params: ClassVar = {"visibility_m": [30, 90]}


def made(sample: Sample, key: int = 3, **params: Any) -> tuple[np.ndarray, dict[str, float]]:
    after, told = Fog.change(sample, None, FogParams(**params), Generator(Philox(key=key)))
    return after.image.astype(np.int64), told


def test_contrast_falls_as_koschmieder_says() -> None:
    depth = np.full(streets.SIZE, 50, np.float32)
    depth[:, 64:] = 100
    sample = streets.sample(depth=depth)
    after, _ = made(sample, visibility_m=(100, 100))
    before = sample.image.astype(float)
    for part, left in ((np.s_[50:, :60], np.exp(-3.912 / 2)), (np.s_[50:, 68:], 0.02)):
        fallen = after[part].std(axis=1) / before[part].std(axis=1)
        assert np.median(fallen) == pytest.approx(left, abs=0.03)


def test_without_a_depth_map_far_ground_and_sky_go_first() -> None:
    sample = streets.sample()
    after, told = made(sample, visibility_m=(60, 60))
    assert told["depth_given"] == 0
    spread = [
        after[rows].std() / sample.image[rows].std() for rows in (slice(46, 52), slice(60, 70), slice(86, 96))
    ]
    assert spread[0] < spread[1] < spread[2]
    assert after[:30, 40:90].std() < 6


def test_an_unknown_depth_is_taken_from_what_is_known_nearby() -> None:
    whole = streets.ramp()
    holed = whole.copy()
    holed[60:64, 40:50] = 0
    kept, filled = (made(streets.sample(depth=depth), visibility_m=(60, 60))[0] for depth in (whole, holed))
    assert np.abs(kept - filled)[60:64, 40:50].max() <= 25
    assert np.abs(kept - filled)[70:].max() <= 4


def test_what_cannot_be_seen_is_to_be_ignored() -> None:
    depth = np.full(streets.SIZE, 20, np.float32)
    depth[44:60, 10:30] = 80
    around = Boxes(np.array([[10, 44, 30, 60], [60, 60, 90, 90]], float), np.array(["car", "car"]))
    after, told = Fog.change(
        streets.sample(boxes=around, depth=depth),
        None,
        FogParams(visibility_m=(60, 60)),
        Generator(Philox(key=1)),
    )
    assert after.boxes.ignore.tolist() == [True, False]
    assert told["boxes_faint"] == 1
    assert after.boxes.xyxy.tolist() == around.xyxy.tolist()
    thin, _ = Fog.change(after, None, FogParams(visibility_m=(2000, 2000)), Generator(Philox(key=1)))
    assert thin.boxes.ignore.tolist() == [True, False], "what was hidden before stays so"


def test_without_depth_an_object_is_where_it_meets_the_ground() -> None:
    near = Boxes(np.array([[40, 50, 60, 94], [70, 40, 76, 47]], float), np.array(["car", "car"]))
    told = Fog.change(
        streets.sample(boxes=near), None, FogParams(visibility_m=(40, 40)), Generator(Philox(key=1))
    )[0]
    assert told.boxes.ignore.tolist() == [False, True]


def test_no_visibility_is_refused() -> None:
    with pytest.raises(ValueError, match="5 or more"):
        FogParams(visibility_m=(0, 100))
    with pytest.raises(ValueError, match="up to 1"):
        FogParams(airlight=(0.5, 1.2))
