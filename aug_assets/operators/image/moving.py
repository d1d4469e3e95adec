"""How masks, depth, boxes and points follow a picture that an operator moves; the one place that knows it.

An operator gives two things that must say the same: how a raster moves, and where a point goes. Points and
boxes are in continuous pixels, where 0 is the border of the first pixel and its middle lies at 0.5.

A box is measured anew from the moved mask of objects. Where no mask marks its object it becomes the box
around the moved ellipse that fills it, since a box around moved corners is loose: its overlap with the true
box was measured as 0.67 after a turn by 15 degrees, against 0.98 for the ellipse.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aug_assets.operators.base import Columns
from aug_assets.operators.image.base import Sample
from aug_assets.values.boxes import Boxes, Points

Raster = Callable[[NDArray[Any], str], NDArray[Any]]
Forward = Callable[[NDArray[np.float64]], NDArray[np.float64]]
_Bounds = tuple[int, int, int, int]
_WHOLE = 1 - 1e-9  # a share that is 1 but for rounding


def moved(
    sample: Sample,
    columns: Columns,
    raster: Raster,
    forward: Forward,
    *,
    mirror: Mapping[str, str] | None = None,
    measure: bool = True,
) -> tuple[Sample, int]:
    """A sample moved as a whole, and how many of its boxes have nothing left in the frame and were removed.

    Args:
        sample: The sample.
        columns: The roles of the columns, which name the mask of objects.
        raster: Moves an array of shape (height, width) or with channels. Its second argument is ``image``,
            ``mask``, ``objects`` or ``depth``; all but the image must be moved by the nearest pixel.
            int32 never reaches it: such a mask comes as uint8 with four channels.
        forward: float64 (n, 2), where points are, to where they go; may lead out of the frame.
        mirror: What labels are called afterwards, where they change.
        measure: Whether boxes are measured in the mask of objects; not needed where boxes stay exact.
    """
    objects = columns.only("objects")
    masks = {
        name: _moved_mask(mask, "objects" if name == objects else "mask", raster)
        for name, mask in sample.masks.items()
    }
    depth = None if sample.depth is None else raster(sample.depth, "depth")
    made = replace(sample, image=raster(sample.image, "image"), masks=masks, depth=depth)
    pair = (sample.masks[objects], masks[objects]) if measure and objects in masks else None
    gone = 0
    if sample.boxes is not None:
        boxes = _moved_boxes(sample.boxes, pair, forward, made.size)
        gone = len(sample.boxes) - len(boxes)
        made = replace(made, boxes=replace(boxes, labels=_renamed(boxes.labels, mirror)))
    if sample.points is not None:
        made = replace(made, points=_moved_points(sample.points, forward, made.size, mirror))
    return made, gone


def affine(matrix: NDArray[np.float64]) -> Forward:
    """Where points go by a 2 x 3 matrix."""
    (a, b, right), (c, d, down) = matrix.tolist()
    # Spelled out: a product of matrices may add in another order for another number of points.
    return lambda xy: np.stack(
        [a * xy[:, 0] + b * xy[:, 1] + right, c * xy[:, 0] + d * xy[:, 1] + down], axis=-1
    )


def between_centres(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """The 2 x 3 matrix of continuous pixels for cv2, whose origin is the middle of the first pixel."""
    out = matrix.copy()
    out[:, 2] += (matrix[:, 0] + matrix[:, 1]) / 2 - 0.5
    return out


def _moved_mask(mask: NDArray[Any], kind: str, raster: Raster) -> NDArray[Any]:
    """A mask moved; int32, which cv2 does not remap, as four bytes a pixel, so that no number is touched."""
    if mask.dtype != np.int32:
        return raster(mask, kind)
    bytes_ = np.ascontiguousarray(mask).view(np.uint8).reshape(*mask.shape, 4)
    out = np.ascontiguousarray(raster(bytes_, kind))
    return out.view(np.int32).reshape(out.shape[:2])


def _moved_points(
    points: Points, forward: Forward, size: tuple[int, int], mirror: Mapping[str, str] | None
) -> Points:
    """Points moved; what leaves the frame is no longer visible. The far border belongs to the frame."""
    xy = forward(points.xy)
    inside = ((xy >= 0) & (xy <= [size[1], size[0]])).all(axis=1)
    return Points(xy, _renamed(points.labels, mirror), points.visible & inside)


def _renamed(labels: NDArray[Any], mirror: Mapping[str, str] | None) -> NDArray[Any]:
    return np.array([mirror.get(label, label) for label in labels], object) if mirror else labels


def _moved_boxes(
    boxes: Boxes, masks: tuple[NDArray[Any], NDArray[Any]] | None, forward: Forward, size: tuple[int, int]
) -> Boxes:
    """Boxes moved and cut off at the frame, without those of which nothing is left."""
    whole = _around_ellipses(boxes.xyxy, forward)
    frame = np.array([size[1], size[0]] * 2, np.float64)
    kept = np.clip(whole, 0, frame)
    was, now = masks or (None, None)
    if was is not None and now is not None:
        bounds = _all_bounds(now, boxes.object, kept)
        for n, value in enumerate(boxes.object.tolist()):
            if not value or (not (found := bounds.get(value)) and not (was == value).any()):
                continue  # the mask never showed this object
            kept[n] = whole[n] = found or (0, 0, 0, 0)
            if found and (min(found[:2]) <= 0 or found[2] >= size[1] or found[3] >= size[0]):
                whole[n] = _around_object(was == value, boxes.xyxy[n].tolist(), forward)
    share = _area(np.clip(whole, 0, frame)) / np.maximum(_area(whole), np.finfo(float).tiny)
    share[share >= _WHOLE] = 1.0
    left = ((kept[:, 2:] > kept[:, :2]).all(axis=1)) & (share > 0)
    return replace(boxes, xyxy=kept, visible=boxes.visible * share)[left]


def _area(xyxy: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray((xyxy[:, 2] - xyxy[:, 0]) * (xyxy[:, 3] - xyxy[:, 1]))


def _all_bounds(
    mask: NDArray[Any], values: NDArray[np.int64], near: NDArray[np.float64]
) -> dict[int, _Bounds]:
    """Bounds of each value in a mask, without those that are not there; ``near`` guesses where they are.

    Looking at the guessed places alone is enough when they hold all that the mask marks.
    """
    import cv2

    found, seen = {}, 0
    for value, guess in zip(values.tolist(), near.tolist(), strict=True):
        if value and value not in found:
            left, top, right, bottom = _roughly(guess)
            inside = (mask[top:bottom, left:right] == value).view(np.uint8)
            seen += cv2.countNonZero(inside) if inside.size else 0
            found[value] = _bounds(inside, left, top)
    if seen < cv2.countNonZero(mask):
        found = {value: _bounds((mask == value).view(np.uint8), 0, 0) for value in found}
    return {value: bounds for value, bounds in found.items() if bounds}


def _roughly(box: list[float]) -> tuple[int, int, int, int]:
    slack = int(box[2] - box[0] + box[3] - box[1]) // 8 + 2
    return max(0, int(box[0]) - slack), max(0, int(box[1]) - slack), int(box[2]) + slack, int(box[3]) + slack


def _bounds(inside: NDArray[np.uint8], left: int, top: int) -> _Bounds | None:
    """Left, top, right and bottom of what is 1, moved by ``left`` and ``top``; None where nothing is."""
    import cv2

    x, y, width, height = cv2.boundingRect(inside) if inside.size else (0, 0, 0, 0)
    return (left + x, top + y, left + x + width, top + y + height) if width else None


def _around_object(inside: NDArray[np.bool_], near: list[float], forward: Forward) -> NDArray[np.float64]:
    """The box of an object after the move, frame or no frame: around the moved ends of its rows of pixels."""
    left, top, right, bottom = _roughly(near)
    if np.count_nonzero(inside[top:bottom, left:right]) != np.count_nonzero(inside):
        left, top, right, bottom = 0, 0, inside.shape[1], inside.shape[0]
    right = min(right, inside.shape[1])
    part = inside[top:bottom, left:right]
    row = np.flatnonzero(part.any(axis=1))
    first, last = left + part[row].argmax(axis=1), right - part[row, ::-1].argmax(axis=1)
    ends = [np.stack([x, top + row + down], axis=-1) for x in (first, last) for down in (0, 1)]
    gone_to = forward(np.concatenate(ends).astype(np.float64))
    return np.concatenate([gone_to.min(axis=0), gone_to.max(axis=0)])


def _around_ellipses(xyxy: NDArray[np.float64], forward: Forward) -> NDArray[np.float64]:
    """Boxes around the moved ellipses that fill boxes; exact for an affine map, near for a smooth one."""
    middle, half = (xyxy[:, :2] + xyxy[:, 2:]) / 2, (xyxy[:, 2:] - xyxy[:, :2]) / 2
    wide, high = half * [1.0, 0.0], half * [0.0, 1.0]
    ends = forward(np.concatenate([middle - wide, middle + wide, middle - high, middle + high]))
    west, east, north, south = np.split(ends, 4)
    across, along = (east - west) / 2, (south - north) / 2
    reach = np.sqrt(across * across + along * along)
    centre = (west + east + north + south) / 4
    return np.concatenate([centre - reach, centre + reach], axis=1)
