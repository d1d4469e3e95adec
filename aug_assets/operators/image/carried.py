"""A sample through an albumentations pipeline and back; no box is cut off or lost before it is counted."""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aug_assets.errors import SpecError
from aug_assets.operators.image.base import Sample
from aug_assets.operators.image.peer import failed, pipeline
from aug_assets.values.boxes import Boxes, Points

_EXACT = 1 << 24  # whole numbers up to here are exact in float32


def through(
    text: str, sample: Sample, seed: int, objects: str
) -> tuple[Sample, int, list[tuple[str, dict[str, Any]]]]:
    """A sample changed, how many of its boxes have nothing left in the frame, and what was applied.

    Args:
        text: The recipe as JSON.
        sample: The sample; its picture uint8 or float32.
        seed: The only source of randomness, 32 bits.
        objects: The mask whose values mark the boxes' objects; empty where there is none.

    Returns:
        The last is each transform that ran, by name, with its concrete parameters as the package gives them.

    Raises:
        SpecError: A transform failed on these pixels, or changed their dtype or channels; it is named.
    """
    planes = {f"mask_{name}": _sent(mask) for name, mask in sample.masks.items()}
    if sample.depth is not None:
        planes["depth"] = sample.depth
    run = pipeline(text, tuple(planes))
    run.set_random_seed(seed)
    boxes = sample.boxes or Boxes(np.empty((0, 4)), np.empty(0))
    points = sample.points or Points(np.empty((0, 2)), np.empty(0), np.empty(0, bool))
    height, width = sample.size
    try:
        out = run(
            image=_unit(sample), **planes,
            bboxes=boxes.xyxy / [width, height, width, height], box_at=list(range(len(boxes))),
            keypoints=points.xy - 0.5, point_at=list(range(len(points))),
        )  # fmt: skip
    except Exception as error:
        raise SpecError(
            f"{failed(error)} of albumentations failed: {error}", seen=f"{sample.image.dtype} {sample.size}",
            todo="take it out of the recipe, or give it pictures that it can take",
        ) from error  # fmt: skip
    image = _back(out["image"], sample)
    masks = {name: _received(out[f"mask_{name}"], mask) for name, mask in sample.masks.items()}
    made = replace(sample, image=image, masks=masks, depth=out.get("depth"))
    if sample.points is not None:
        made = replace(made, points=_points(sample.points, out, made.size))
    if sample.boxes is None:
        return made, 0, out["applied_transforms"]
    kept = _boxes(sample.boxes, out, made.size, masks.get(objects))
    return replace(made, boxes=kept), len(sample.boxes) - len(kept), out["applied_transforms"]


def _unit(sample: Sample) -> NDArray[Any]:
    """Its float transforms expect pixels from 0 to 1."""
    image = np.array(sample.image)  # it may write into what it is given
    if image.dtype == np.float32 and (sample.low, sample.high) != (0, 1):
        image = np.clip((image - np.float32(sample.low)) / np.float32(sample.high - sample.low), 0, 1)
    return image


def _back(image: NDArray[Any], sample: Sample) -> NDArray[Any]:
    if image.dtype != sample.image.dtype or image.shape[2:] != sample.image.shape[2:]:
        raise SpecError(
            "the recipe of albumentations changes what a pixel is", seen=f"{image.dtype} {image.shape}",
            legal=f"{sample.image.dtype} with the channels that it had",
            todo="take out ToFloat, ToGray and such",
        )  # fmt: skip
    if image.dtype == np.float32 and (sample.low, sample.high) != (0, 1):
        image = image * np.float32(sample.high - sample.low) + np.float32(sample.low)
    return sample.pixels(image)


def _sent(mask: NDArray[Any]) -> NDArray[Any]:
    """A mask as OpenCV can move it; int32 it cannot."""
    if mask.dtype != np.int32:
        return mask
    if np.abs(mask).max(initial=0) >= _EXACT:
        raise SpecError(
            "a mask has values that albumentations cannot carry", seen=int(mask.max()),
            legal=f"below {_EXACT}", todo="number the objects from 1 in each picture",
        )  # fmt: skip
    return mask.astype(np.float32)


def _received(moved: NDArray[Any], mask: NDArray[Any]) -> NDArray[Any]:
    return np.asarray(moved).reshape(moved.shape[:2]).astype(mask.dtype)


def _points(points: Points, out: dict[str, Any], size: tuple[int, int]) -> Points:
    """Points that left the frame, or that a transform dropped, are no longer visible."""
    xy, seen = points.xy.copy(), np.zeros(len(points), bool)
    at = np.asarray(out["point_at"], np.int64)
    if len(at):
        xy[at] = np.asarray(out["keypoints"], np.float64)[:, :2] + 0.5
        seen[at] = True
    inside = ((xy >= 0) & (xy <= [size[1], size[0]])).all(axis=1)
    return Points(xy, points.labels, points.visible & seen & inside)


def _boxes(boxes: Boxes, out: dict[str, Any], size: tuple[int, int], marks: NDArray[Any] | None) -> Boxes:
    """Boxes cut off at the frame, tight around their objects where a mask marks them; gone ones removed."""
    at = np.asarray(out["box_at"], np.int64)
    frame = np.array([size[1], size[0]] * 2, np.float64)
    whole = np.asarray(out["bboxes"], np.float64).reshape(len(at), 4) * frame
    kept, moved = np.clip(whole, 0, frame), boxes[at]
    share = _area(kept) / np.maximum(_area(whole), np.finfo(float).tiny)
    for n, value in enumerate(moved.object.tolist() if marks is not None else []):
        if value:
            kept[n] = _bounds(marks, value)
    left = (kept[:, 2:] > kept[:, :2]).all(axis=1) & (share > 0)
    share[share > 1 - 1e-6] = 1.0  # what is 1 but for rounding
    return replace(moved, xyxy=kept, visible=moved.visible * share)[left]


def _bounds(marks: Any, value: int) -> tuple[float, ...]:
    rows, columns = np.nonzero(marks == value)
    return (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1) if len(rows) else (0, 0, 0, 0)


def _area(xyxy: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray((xyxy[:, 2] - xyxy[:, 0]) * (xyxy[:, 3] - xyxy[:, 1]))
