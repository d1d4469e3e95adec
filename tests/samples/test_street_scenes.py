"""The built-in street scenes: labels that are true, depth that fits, and the dirt of real deliveries."""

import numpy as np
import pytest

from aug_assets import loader
from aug_assets.ingest import ingest
from aug_assets.rows import digest
from aug_assets.samples import street_scenes
from aug_assets.values.boxes import boxes_from_arrow
from aug_assets.values.picture import from_arrow

DAY = "2025-02-07"


@pytest.fixture(scope="module")
def day():
    return ingest(loader.get("city/street_scenes"), DAY)


def test_the_same_on_each_call_and_another_on_each_day() -> None:
    first = street_scenes.day(DAY)
    assert digest(first) == digest(street_scenes.day(DAY))
    assert digest(first) != digest(street_scenes.day("2025-02-08"))


def test_each_kind_of_dirt_is_quarantined_for_its_reason(day) -> None:
    assert day.reasons == {
        "duplicate_row": 1, "negative_area:boxes": 1, "outside:boxes": 1, "size:instances": 1,
        "values:boxes": 1,
    }  # fmt: skip
    assert day.read == day.rows.num_rows + day.quarantine.num_rows


def test_boxes_masks_and_depth_tell_of_the_same_objects(day) -> None:
    columns = [from_arrow(day.rows[name]) for name in ("image", "instances", "depth")]
    found, seen = boxes_from_arrow(day.rows["boxes"]), 0
    for picture, instances, depth, boxes in zip(*columns, found, strict=True):
        mask = instances.pixels
        assert set(np.unique(mask)) == {0, *boxes.object.tolist()}
        for (x0, y0, x1, y1), value in zip(boxes.xyxy.astype(int), boxes.object, strict=True):
            rows, across = np.nonzero(mask == value)
            assert (x0, y0, x1, y1) == (across.min(), rows.min(), across.max() + 1, rows.max() + 1)
            if depth is not None:
                seen += 1
                assert np.ptp(depth.pixels[mask == value]) < 1.0  # an object is at one distance
                assert 5 < depth.pixels[mask == value].min() < 80
        assert picture.shape == (160, 288, 3)
    assert seen > 40
    assert columns[2].count(None) > 5


def test_the_rare_class_is_rare_and_never_missing(day) -> None:
    shown = day.rows["scene"].to_pylist()
    assert 1 <= shown.count("cyclist") < 0.4 * len(shown)
    for scene, boxes in zip(shown, boxes_from_arrow(day.rows["boxes"]), strict=True):
        assert (scene == "cyclist") == ("cyclist" in boxes.labels)
