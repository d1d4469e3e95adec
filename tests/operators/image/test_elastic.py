"""The operator ``elastic``."""

from dataclasses import replace
from typing import Any, ClassVar

import numpy as np
import pytest
from numpy.random import Generator, Philox
from pydantic import ValidationError

from aug_assets.operators.image.base import ImageState, Sample
from aug_assets.operators.image.elastic import Elastic, ElasticParams, _at, _forward, field_of, jacobians
from aug_assets.values.boxes import Points
from tests.conformance.image import ImageConformance
from tests.operators.image.test_moving import COLUMNS, LOOSE, ellipse


class TestConformance(ImageConformance):
    operator = "elastic"
    geometric = True
    params: ClassVar = {"amplitude_px": [3, 6], "smoothness_px": 16}


def made(seed: int = 1, sample: Sample | None = None, columns: Any = COLUMNS, **params: Any) -> Any:
    given = ElasticParams(**{"amplitude_px": (4, 4), "smoothness_px": 32, **params})
    return Elastic.change(sample or ellipse(), ImageState(columns), given, Generator(Philox(key=seed)))


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("amplitude", [2.0, 500.0])
def test_nothing_folds_however_much_is_asked_for(seed: int, amplitude: float) -> None:
    field, reached = field_of((90, 130), amplitude, 24, Generator(Philox(key=seed)))
    assert 0.25 <= jacobians(field).min() < 1 < jacobians(field).max()
    assert reached <= amplitude
    y, x = np.mgrid[:90, :130] + 0.5  # and by brute force, between neighbouring pixels
    old = np.stack([x, y], -1).reshape(-1, 2)
    old = (old + _at(field, old)).reshape(90, 130, 2)
    right, down = np.diff(old, axis=1)[:-1], np.diff(old, axis=0)[:, :-1]
    assert (right[..., 0] * down[..., 1] - right[..., 1] * down[..., 0]).min() >= 0.25 - 1e-9


def test_the_farthest_point_moves_as_far_as_is_told() -> None:
    field, reached = field_of((256, 256), 3.0, 64, Generator(Philox(key=2)))
    assert reached == pytest.approx(3)
    assert np.abs(field.grid).max() == pytest.approx(3)


def test_the_border_stays_and_points_come_back() -> None:
    field, _ = field_of((90, 130), 6.0, 32, Generator(Philox(key=2)))
    forward = _forward(field, (90, 130))
    xy = Generator(Philox(key=1)).uniform(0, 1, (200, 2)) * [130, 90]
    there = forward(xy)
    assert np.abs(there - xy).max() > 1
    np.testing.assert_allclose(there + _at(field, there), xy, atol=1e-9)
    corners = np.array([[0, 0], [130, 0], [0, 90], [130, 90], [65, 0], [0, 33]])
    np.testing.assert_allclose(forward(corners), corners, atol=0.1)


def test_a_dot_and_its_point_move_together() -> None:
    image = np.zeros((80, 100), np.float32)
    image[38:41, 48:51] = 1
    sample = replace(
        ellipse(),
        image=image,
        high=1.0,
        points=Points(np.array([[49.5, 39.5]]), np.array(["dot"]), np.ones(1)),
    )
    moved = 0.0
    for seed in range(4):
        new, _ = made(seed, sample, amplitude_px=(5, 5))
        y, x = (np.mgrid[:80, :100] + 0.5) * new.image
        seen = np.array([x.sum(), y.sum()]) / new.image.sum()
        np.testing.assert_allclose(new.points.xy[0], seen, atol=0.25)
        moved = max(moved, float(np.abs(seen - 49.5).max()))
    assert moved > 1


def test_boxes_masks_and_depth_follow() -> None:
    for seed in range(4):
        new, told = made(seed)
        rows, columns = np.nonzero(new.masks["mask"] == 3)
        exact = [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]
        np.testing.assert_array_equal(new.boxes.xyxy[0], exact)
        np.testing.assert_array_equal(new.depth == 7, new.masks["mask"] == 3)
        near, _ = made(seed, columns=LOOSE)
        np.testing.assert_allclose(near.boxes.xyxy[0], exact, atol=2)
        assert told["folded_share"] == 0
        assert new.boxes.visible[0] == 1


@pytest.mark.parametrize("odd", [{"amplitude_px": (-1, 1)}, {"smoothness_px": 4}])
def test_odd_parameters_are_refused(odd: Any) -> None:
    with pytest.raises(ValidationError):
        ElasticParams(**odd)
