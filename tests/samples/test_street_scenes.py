"""The built-in day of street scenes keeps what it promises."""

import subprocess
import sys
from functools import cache
from hashlib import sha256

import numpy as np
import pandas as pd
import pytest

from aug_assets import loader, recipe
from aug_assets.frames import to_frame
from aug_assets.ingest import Ingested, ingest
from aug_assets.rows import digest
from aug_assets.samples import street_scenes

DAYS = ["2025-01-01", "2025-06-14"]
SPEC = loader.get("city/street_scenes")
DIRT = {
    "duplicate_row": 1, "negative_area:boxes": 1, "outside:boxes": 1, "size:objects": 1, "values:boxes": 1
}  # fmt: skip


@cache
def found(day: str) -> Ingested:
    return ingest(SPEC, day)


@cache
def rows() -> pd.DataFrame:
    return pd.concat([to_frame(found(day).rows, SPEC) for day in DAYS], ignore_index=True)


def test_days_differ() -> None:
    assert digest(found(DAYS[0]).rows) != digest(found(DAYS[1]).rows)


def test_the_same_in_another_process() -> None:
    code = (
        "from aug_assets.samples import street_scenes; from hashlib import sha256;"
        f"print(sha256(repr(street_scenes.day({DAYS[0]!r}).to_pylist()).encode()).hexdigest())"
    )
    environment = {"PYTHONHASHSEED": "99", "PYTHONPATH": ":".join(filter(None, sys.path))}
    fresh = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, env=environment)
    here = sha256(repr(street_scenes.day(DAYS[0]).to_pylist()).encode()).hexdigest()
    assert fresh.stdout.decode().strip() == here


@pytest.mark.parametrize("day", DAYS)
def test_the_promised_shares_and_dirt(day: str) -> None:
    told = found(day)
    assert 37 <= told.read <= 45
    assert told.reasons == DIRT
    assert told.quarantine.num_rows == 5
    counts = pd.Series(told.rows["scene"].to_pylist()).value_counts()
    assert 3 <= counts["cyclist"] < 0.3 * counts.sum()


def test_labels_are_imbalanced_and_all_there() -> None:
    labels = pd.Series(np.concatenate([boxes.labels for boxes in rows()["boxes"]])).value_counts()
    assert set(labels.index) == {"car", "cyclist", "person", "traffic_sign"}
    assert labels["car"] > 5 * labels["cyclist"]
    told = rows()["scene"] == "cyclist"
    assert [("cyclist" in boxes.labels) for boxes in rows()["boxes"]] == told.tolist()


def test_boxes_are_tight_around_their_outlines() -> None:
    for boxes, objects in zip(rows()["boxes"], rows()["objects"], strict=True):
        mask = objects.pixels
        assert set(np.unique(mask)) == {0, *boxes.object}
        for xyxy, mark in zip(boxes.xyxy, boxes.object, strict=True):
            down, across = np.nonzero(mask == mark)
            assert xyxy.tolist() == [across.min(), down.min(), across.max() + 1, down.max() + 1]


def test_depth_is_known_for_two_frames_in_three_and_true() -> None:
    known = rows()[rows()["depth"].notna()]
    assert 0.5 < len(known) / len(rows()) < 0.8
    for depth, boxes, objects in zip(known["depth"], known["boxes"], known["objects"], strict=True):
        metres = depth.pixels
        assert metres.dtype == np.float32
        assert metres.min() > 2
        assert metres.max() == 1000
        for xyxy, label, mark in zip(boxes.xyxy, boxes.labels, boxes.object, strict=True):
            away = np.median(metres[objects.pixels == mark])
            assert 3 < away < 120
            if label == "person" and xyxy[3] < 158:
                assert away == pytest.approx(0.95 * 288 * 1.45 / (xyxy[3] - 0.43 * 160), rel=0.6)


def test_frames_are_pictures_of_daylight() -> None:
    for picture, weather in zip(rows()["image"], rows()["weather"], strict=True):
        pixels = picture.pixels
        assert (picture.dtype, picture.shape) == ("uint8", (160, 288, 3))
        assert 60 < pixels.mean() < 190
        sky = pixels[4:14, 134:154].mean(axis=(0, 1))
        assert (sky[2] > sky[0] + 15) == (weather == "clear") or sky.std() < 30


def test_times_lie_in_the_day_and_drives_come_back() -> None:
    times = pd.Series(found(DAYS[0]).rows["captured"].to_pandas())
    assert set(times.dt.strftime("%Y-%m-%d")) == {DAYS[0]}
    assert rows()["drive_id"].duplicated().sum() > 20
    assert not rows()[["drive_id", "weather"]].drop_duplicates()["drive_id"].duplicated().any()


def test_the_recipe_makes_weather_and_keeps_left_and_right() -> None:
    assert SPEC.safety.laterality == "fixed"
    assert SPEC.holdout.by == "drive_id"
    steps = {step.operator for branch in SPEC.recipe for step in branch.steps}
    assert {"fog", "night", "rain", "sun_glare"} <= steps
    assert "flip" not in steps


def test_a_day_becomes_more_and_cyclists_most() -> None:
    plan = recipe.plan(SPEC, DAYS[0], found(DAYS[0]).rows)
    held = {branch.branch.name: len(branch.parent) for branch in plan.branches}
    assert held["cyclists"] == 3 * len(plan.branches[3].parents) > 0
    made = recipe.make(plan, 3, 0, 4)
    assert made.rows.num_rows == 4
    assert made.refused.num_rows == 0
