"""Weather shows nobody where the labelled boxes are, and knows sky from houses."""

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest
from numpy.random import Generator, Philox

from aug_assets import operators
from aug_assets.operators.base import Columns
from aug_assets.operators.image.base import ImageState, Sample
from aug_assets.operators.image.weather import CameraParams, guessed_m, looked_at, sky_at
from tests.operators.image import streets

STATE = ImageState(Columns((), (), {}, {}, {"objects": ("mask",)}))
CAMERA = CameraParams(operator="any")
BLIND = ("night", "rain", "shadow", "snow", "sun_glare", "wet_lens")  # which look at no label


def change(name: str, sample: Sample, seed: int = 0, **params: Any) -> Sample:
    operator: Any = operators.get(name)
    return operator.change(sample, STATE, operator.Params(**params), Generator(Philox(key=[1, seed])))[0]


@pytest.mark.parametrize("name", BLIND)
@pytest.mark.parametrize("depth", [None, streets.ramp()])
def test_labels_change_no_pixel(name: str, depth: Any) -> None:
    bare = streets.sample(3, depth=depth)
    around = streets.boxes(3)
    mask = np.zeros(streets.SIZE, np.uint8)
    mask[60:70, 20:40] = 1
    labelled = replace(bare, boxes=around, masks={"mask": mask})
    np.testing.assert_array_equal(change(name, bare).image, change(name, labelled).image)


def test_fog_with_a_depth_map_looks_at_no_label() -> None:
    bare = streets.sample(3, depth=streets.ramp())
    labelled = replace(bare, boxes=streets.boxes(3))
    np.testing.assert_array_equal(change("fog", bare).image, change("fog", labelled).image)


def _marked(sample: Sample) -> Sample:
    """With an outline in each box, of another form than the box."""
    mask = np.zeros(streets.SIZE, np.uint8)
    y, x = np.mgrid[: streets.SIZE[0], : streets.SIZE[1]] + 0.5
    for n, (x0, y0, x1, y1) in enumerate(sample.boxes.xyxy, 1):
        inside = np.abs(2 * x - x0 - x1) / (x1 - x0) + np.abs(2 * y - y0 - y1) / (y1 - y0) < 1
        mask[inside & (mask == 0)] = n
    marks = np.arange(1, len(sample.boxes) + 1)
    return replace(sample, masks={"mask": mask}, boxes=replace(sample.boxes, object=marks))


def _patched(sample: Sample) -> Sample:
    """The planted leak: distance that was set box by box."""
    depth = guessed_m(*streets.SIZE, streets.SIZE, CAMERA).copy()
    for x0, y0, x1, y1 in sample.boxes.xyxy.astype(int):
        depth[y0:y1, x0:x1] = 179.2 / (y1 - streets.HORIZON)
    return replace(sample, depth=depth.astype(np.float32))


def features(change: np.ndarray, box: Any) -> list[float]:
    """How steep a change is across each border of a box, beside how steep it is near."""
    found = []
    x0, y0, x1, y1 = (int(v) for v in box)
    for plane, at, part in (
        (change, y0, slice(x0, x1)),
        (change, y1, slice(x0, x1)),
        (change.T, x0, slice(y0, y1)),
        (change.T, x1, slice(y0, y1)),
    ):
        steps = [np.abs(plane[k, part] - plane[k - 1, part]) for k in range(at - 3, at + 4)]
        near = np.mean([step.mean() for step in steps[:2] + steps[5:]])
        found += [
            steps[3].mean() - near,
            float(np.median(steps[3])) - near,
            max(s.mean() for s in steps[2:5]) - near,
        ]
    return found


@cache
def auc(prepared: Any, name: str, scenes: int = 60, **more: Any) -> float:
    """How well borders of boxes are told from such elsewhere, in scenes that were not learned from."""
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.metrics import roc_auc_score

    rows, truth, scene = [], [], []
    for seed in range(scenes):
        sample = prepared(streets.sample(seed, boxes=streets.boxes(seed)))
        settings = {"visibility_m": (30, 80), **more} if name == "fog" else {}
        made = change(name, sample, seed, **settings).image.astype(float).mean(axis=2)
        moved = made - sample.image.astype(float).mean(axis=2)
        elsewhere = streets.boxes(
            seed + 1000
        )  # of the same law: near is foggier than far, wherever boxes are
        for around, label in ((sample.boxes, 1), (elsewhere, 0)):
            rows += [features(moved, corners) for corners in around.xyxy]
            truth += [label] * len(around)
            scene += [seed] * len(around)
    x, y, odd = np.array(rows), np.array(truth), np.array(scene) % 2 == 1
    told = np.zeros(len(y))
    for half in (odd, ~odd):
        model = RandomForestClassifier(60, max_depth=4, random_state=0).fit(x[half], y[half])
        told[~half] = model.predict_proba(x[~half])[:, 1]
    return float(roc_auc_score(y, told))


def _as_is(sample: Sample) -> Sample:
    return sample


def test_nobody_sees_in_fog_where_the_boxes_are() -> None:
    assert auc(_as_is, "fog") <= 0.6


def _filled(sample: Sample) -> Sample:
    """With a mask that fills each box, as a van fills its own."""
    mask = np.zeros(streets.SIZE, np.uint8)
    for n, (x0, y0, x1, y1) in enumerate(sample.boxes.xyxy.astype(int), 1):
        mask[y0:y1, x0:x1] = n
    marks = np.arange(1, len(sample.boxes) + 1)
    return replace(sample, masks={"mask": mask}, boxes=replace(sample.boxes, object=marks))


@pytest.mark.parametrize("prepared", [_marked, _filled])
def test_masks_without_depth_leave_no_trace_of_labels(prepared: Any) -> None:
    assert auc(prepared, "fog") <= 0.6


def test_outlines_that_the_dataset_opts_into_are_seen() -> None:
    assert auc(_filled, "fog", outlines=True) > 0.7


def test_where_outlines_are_known_the_sides_of_boxes_leave_no_trace() -> None:
    tight = _marked(streets.sample(5, boxes=streets.boxes(5)))
    loose = replace(tight, boxes=replace(tight.boxes, xyxy=tight.boxes.xyxy + np.array([-4, -4, 4, 0])))
    images = [change("fog", sample, visibility_m=(40, 40), outlines=True).image for sample in (tight, loose)]
    np.testing.assert_array_equal(*images)
    bare = change("fog", streets.sample(5), visibility_m=(40, 40)).image
    assert (images[0] != bare).any(), "outlines play a part"


def test_fog_set_box_by_box_is_seen() -> None:
    assert auc(_patched, "fog") > 0.8


def test_the_sky_is_what_is_bright_smooth_and_above() -> None:
    sample = streets.sample()
    sky = sky_at(sample, looked_at(sample, CAMERA))
    assert sky[2:36, 34:94].mean() > 0.9
    assert sky[44:].max() == 0
    assert sky[:36, :26].mean() < 0.05


@pytest.mark.parametrize("dtype", ["uint16", "int16", "float32"])
def test_the_sky_is_the_same_in_every_dtype(dtype: str) -> None:
    plain = streets.sample()
    scale = {"uint16": 16, "int16": 16, "float32": 1 / 255}[dtype]
    image = (plain.image.astype(np.float32) * scale).astype(dtype)
    other = Sample(image, 0, 255 * scale, {})
    skies = [looked_at(s, CAMERA).sky for s in (plain, other)]
    assert np.abs(skies[0] - skies[1]).max() < 0.05


def test_a_pole_before_the_sky_is_no_sky() -> None:
    image = streets.picture()
    image[:40, 60:62] = 40
    sky = sky_at(Sample(image, 0, 255, {}), looked_at(Sample(image, 0, 255, {}), CAMERA))
    assert sky[5:30, 60:62].max() < 0.1
    assert sky[5:30, 50:57].mean() > 0.9


def test_a_house_that_fills_the_upper_border_is_no_sky() -> None:
    image = streets.picture()
    image[:40, 98:] = [150, 120, 100]
    sky = looked_at(Sample(image, 0, 255, {}), CAMERA).sky
    assert sky[:36, 102:].max() == 0
