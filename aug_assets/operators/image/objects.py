"""How far labelled objects are, and their outlines in a plane of the picture; without a visible box."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from aug_assets.operators.image.base import Sample
from aug_assets.operators.image.tables import F32
from aug_assets.operators.image.weather import CameraParams, Scene, ground_m
from aug_assets.values.boxes import Boxes

_MARGIN = 3  # pixels around an object over which its outline fades


def distances(
    sample: Sample, mask: NDArray[Any] | None, scene: Scene, camera: CameraParams
) -> NDArray[np.float64]:
    """Metres to each box's object: the median of the depth map, else where the object meets the ground.

    Args:
        sample: The sample.
        mask: The mask whose values mark objects; None where there is none.
        scene: What was guessed of the picture, for objects that stand on nothing.
        camera: The camera over flat ground.

    Returns:
        float64 (boxes,); empty without boxes.
    """
    if sample.boxes is None:
        return np.zeros(0)
    pairs = zip(sample.boxes.xyxy, sample.boxes.object, strict=True)
    found = [_distance(sample, mask, box, int(value), scene, camera) for box, value in pairs]
    return np.array(found, np.float64)


def _distance(
    sample: Sample,
    mask: NDArray[Any] | None,
    box: NDArray[np.float64],
    value: int,
    scene: Scene,
    camera: CameraParams,
) -> float:
    height, width = sample.size
    part = window(box, sample.size)
    if sample.depth is not None:
        seen = sample.depth[part]
        if mask is not None and value:
            seen = seen[mask[part] == value]
        if (seen > 0).any():
            return float(np.median(seen[seen > 0]))
    below = min(float(box[3]), height) - camera.horizon * height
    if below > 0.01 * height:
        return float(ground_m(below, camera, width))
    across, down = (box[0] + box[2]) / 2 / width, (box[1] + box[3]) / 2 / height
    rows, columns = scene.distance.shape
    at = (min(max(int(down * rows), 0), rows - 1), min(max(int(across * columns), 0), columns - 1))
    return float(scene.distance[at])


def outlined(plane: F32, boxes: Boxes, mask: NDArray[Any] | None, values: F32) -> None:
    """Write one value an object into a plane, in place, farther ones first.

    Within the object's outline where the mask marks it; else with a weight that falls from the middle of its
    box to nothing at its border.
    """
    for n in np.argsort(values, kind="stable").tolist():
        marked = mask is not None and int(boxes.object[n]) > 0
        part = window(boxes.xyxy[n], (plane.shape[0], plane.shape[1]), _MARGIN if marked else 0)
        if marked and mask is not None:
            weight = _outline(mask[part] == boxes.object[n])
        else:
            weight = _bump(boxes.xyxy[n], part)
        plane[part] += (values[n] - plane[part]) * weight


def _outline(inside: NDArray[np.bool_]) -> F32:
    import cv2

    if not inside.size:
        return np.zeros(inside.shape, np.float32)
    return np.asarray(cv2.GaussianBlur(inside.astype(np.float32), (3, 3), 0))


def _bump(box: NDArray[np.float64], part: tuple[slice, slice]) -> F32:
    """1 in the middle of a box, and nothing, with no slope, from the ellipse within it outwards."""
    x, y = (np.arange(side.start, side.stop) + 0.5 for side in (part[1], part[0]))
    across = (2 * x - box[0] - box[2]) / max(box[2] - box[0], 1e-6)
    down = (2 * y - box[1] - box[3]) / max(box[3] - box[1], 1e-6)
    inside = np.maximum(1 - (across**2)[None, :] - (down**2)[:, None], 0)
    return np.asarray(inside**3, np.float32)


def window(box: NDArray[np.float64], size: tuple[int, int], margin: int = 0) -> tuple[slice, slice]:
    """The rows and columns of a box inside the picture, grown by a margin."""
    height, width = size
    x0, y0, x1, y1 = np.rint(box).astype(int).tolist()
    rows = slice(max(y0 - margin, 0), max(min(y1 + margin, height), 0))
    return rows, slice(max(x0 - margin, 0), max(min(x1 + margin, width), 0))
