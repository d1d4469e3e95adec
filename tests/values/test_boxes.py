"""Boxes and points in columns."""

import pickle

import numpy as np
import pyarrow as pa
import pytest

from aug_assets.rows import digest
from aug_assets.values.boxes import (
    STORED_BOXES,
    Boxes,
    Points,
    boxes_from_arrow,
    boxes_to_arrow,
    points_from_arrow,
    points_to_arrow,
)

BOXES = Boxes(
    np.array([[1, 2, 5, 8], [0, 0, 2.5, 3]]), np.array(["car", "person"]), np.array([False, True]),
    np.array([1.0, 0.25]), np.array([7, 0]),
)  # fmt: skip
EMPTY = Boxes(np.empty((0, 4)), np.empty(0))
POINTS = Points(np.array([[1.5, 2]]), np.array(["nose"]), np.array([False]))


def test_boxes_come_back_as_they_were() -> None:
    rows = [BOXES, EMPTY, None]
    back = boxes_from_arrow(pa.chunked_array([boxes_to_arrow(rows)]))
    assert back == rows
    assert pickle.loads(pickle.dumps(BOXES)) == BOXES


def test_points_come_back_as_they_were() -> None:
    rows = [POINTS, None]
    assert points_from_arrow(pa.chunked_array([points_to_arrow(rows)])) == rows


def test_what_a_delivery_leaves_out_is_a_whole_box() -> None:
    raw = pa.array([[{"x0": 0.0, "y0": 0.0, "x1": 2.0, "y1": 3.0, "label": "car"}]], STORED_BOXES)
    (boxes,) = boxes_from_arrow(pa.chunked_array([raw]))
    assert boxes == Boxes(np.array([[0, 0, 2, 3]]), np.array(["car"]))
    assert boxes.area.tolist() == [6.0]


@pytest.mark.parametrize(
    "other",
    [
        Boxes(BOXES.xyxy + 1e-9, BOXES.labels, BOXES.ignore, BOXES.visible, BOXES.object),
        Boxes(BOXES.xyxy, BOXES.labels[::-1], BOXES.ignore, BOXES.visible, BOXES.object),
        Boxes(BOXES.xyxy, BOXES.labels, ~BOXES.ignore, BOXES.visible, BOXES.object),
        Boxes(BOXES.xyxy, BOXES.labels, BOXES.ignore, BOXES.visible, BOXES.object + 1),
        BOXES[np.array([0])],
        EMPTY,
    ],
)
def test_every_part_counts(other: Boxes) -> None:
    assert other != BOXES
    assert hash(other) != hash(BOXES)
    assert digest(pa.table({"b": boxes_to_arrow([other])})) != digest(
        pa.table({"b": boxes_to_arrow([BOXES])})
    )
