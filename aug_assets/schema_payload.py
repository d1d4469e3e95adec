"""What pictures, boxes and points must be by the schema: their form. Whether labels are true, gates judge."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from aug_assets.spec import ColumnSpec, DatasetSpec
from aug_assets.spec_column import OBJECTS

_PLANE = 2  # dimensions of a picture without channels
_ROUNDING = 0.5  # pixels


def payload_failures(spec: DatasetSpec, frame: pd.DataFrame) -> dict[str, NDArray[np.bool_]]:
    """Which rows fail, by reason code such as ``dtype:image``; masks of shape (rows,)."""
    masks = {}
    for name, column in spec.columns.items():
        if column.type not in OBJECTS:
            continue
        values = frame[name].to_list()
        if not column.nullable:
            masks[f"not_null:{name}"] = np.array([value is None for value in values], bool)
        for reason, bad in _CHECKS[column.type](column).items():
            masks[f"{reason}:{name}"] = np.array([v is not None and bad(v) for v in values], bool)
    if image := spec.kinds.get("image"):
        masks |= _sizes(spec, frame, image[0])
    return {reason: mask for reason, mask in masks.items() if mask.any()}


Bad = dict[str, Callable[[Any], bool]]


def _image(column: ColumnSpec) -> Bad:
    bad: Bad = {"dtype": lambda p: p.dtype != column.dtype} if column.dtype else {}
    if column.channels:
        bad["channels"] = lambda p: (p.shape[2] if len(p.shape) > _PLANE else 1) != column.channels
    if (low := column.min) is not None:
        bad["min"] = lambda p: float(p.pixels.min()) < low
    if (high := column.max) is not None:
        bad["max"] = lambda p: float(p.pixels.max()) > high
    return bad


def _mask(column: ColumnSpec) -> Bad:
    bad: Bad = {"dtype": lambda p: p.dtype == "float32" or len(p.shape) != _PLANE}
    if legal := column.values:  # noqa: PD011 - the spec's, no frame's
        bad["values"] = lambda p: bool(np.setdiff1d(p.pixels, np.array(legal)).size)
    return bad


def _depth(_: ColumnSpec) -> Bad:
    return {"dtype": lambda p: p.dtype != "float32" or len(p.shape) != _PLANE}


def _boxes(column: ColumnSpec) -> Bad:
    bad: Bad = {
        "finite": lambda b: not np.isfinite(b.xyxy).all(),
        "negative_area": lambda b: bool(((b.xyxy[:, 2:] - b.xyxy[:, :2]) <= 0).any()),
    }
    return {**bad, **_labels(column)}


def _points(column: ColumnSpec) -> Bad:
    return {"finite": lambda p: not np.isfinite(p.xy).all(), **_labels(column)}


def _labels(column: ColumnSpec) -> Bad:
    legal = set(column.values or ())  # noqa: PD011
    return {"values": lambda b: bool(set(b.labels) - legal)} if legal else {}


_CHECKS: dict[str, Callable[[ColumnSpec], Bad]] = {
    "boxes": _boxes, "depth": _depth, "image": _image, "mask": _mask, "points": _points,
}  # fmt: skip


def _sizes(spec: DatasetSpec, frame: pd.DataFrame, image: str) -> dict[str, NDArray[np.bool_]]:
    """Masks and depth of another size than the picture, and boxes that leave it."""
    found = {}
    sizes = [None if p is None else p.shape[:2] for p in frame[image]]
    for kind in ("mask", "depth"):
        for name in spec.kinds.get(kind, ()):
            found[f"size:{name}"] = np.array(
                [
                    p is not None and s is not None and p.shape[:2] != s
                    for p, s in zip(frame[name], sizes, strict=True)
                ]
            )
    for name in spec.kinds.get("boxes", ()):
        found[f"outside:{name}"] = np.array(
            [
                b is not None and s is not None and _leaves(b.xyxy, s)
                for b, s in zip(frame[name], sizes, strict=True)
            ]
        )
    return found


def _leaves(xyxy: NDArray[np.float64], size: tuple[int, int]) -> bool:
    """Whether a box reaches over the border by more than the rounding of half a pixel."""
    height, width = size
    far = np.maximum(xyxy - np.array([width, height, width, height]), -xyxy)
    return bool((far > _ROUNDING).any())
