"""Annotations in COCO's JSON: boxes, and outlines drawn as a mask of objects."""

import json
import math
from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aug_assets.media.annotations import Annotated
from aug_assets.media.files import MAX_PIXELS

_LONG, _SIGN, _SHORT, _FIRST = 0x20, 0x10, 0x1F, 48  # how counts are written as letters


def read(content: Mapping[str, Any]) -> dict[str, Annotated]:
    """Annotations by the path of their picture; of a crowd, boxes are to be ignored.

    Raises:
        KeyError: A part of COCO's form is missing, or an id leads nowhere.
        TypeError: A part is of the wrong type.
    """
    labels = {category["id"]: str(category["name"]) for category in content["categories"]}
    of_image: dict[Any, list[dict[str, Any]]] = {image["id"]: [] for image in content["images"]}
    for item in content.get("annotations") or []:
        of_image[item["image_id"]].append(item)
    return {
        image["file_name"]: _annotated(image, sorted(of_image[image["id"]], key=_order), labels)
        for image in content["images"]
    }


def _order(item: Mapping[str, Any]) -> str:
    return str(item.get("id", "")).rjust(20)


def _annotated(image: Mapping[str, Any], items: list[dict[str, Any]], labels: Mapping[Any, str]) -> Annotated:
    boxes = [
        {
            **{name: item.get(name) for name in ("bbox", "iscrowd", "ignore")},
            "label": labels.get(item.get("category_id")),
            "object": n if item.get("segmentation") else None,
        }
        for n, item in enumerate(items, start=1)
    ]
    size = int(image.get("height") or 0), int(image.get("width") or 0)
    return Annotated(json.dumps(boxes), partial(objects, items, size) if min(size) else None)


def objects(items: list[dict[str, Any]], size: tuple[int, int]) -> NDArray[Any]:
    """The mask of a picture's objects: n where the n-th is, above those before it; (height, width).

    Raises:
        ValueError: An outline is of no known form or of another size.
    """
    if size[0] * size[1] > MAX_PIXELS:
        raise ValueError("more pixels than a picture may have")
    mask = np.zeros(size, np.uint8 if len(items) <= np.iinfo(np.uint8).max else np.uint16)
    for n, item in enumerate(items, start=1):
        outline = item.get("segmentation")
        if isinstance(outline, dict):
            mask[_runs(outline, size)] = n
        elif outline:
            _fill(mask, outline, n)
    return mask


def _fill(mask: NDArray[Any], polygons: list[list[float]], value: int) -> None:
    """A pixel belongs to an object when its middle does; OpenCV would add those that an outline touches."""
    for polygon in polygons:
        x, y = np.asarray(polygon, np.float64).reshape(-1, 2).T
        next_x, next_y = np.roll(x, -1), np.roll(y, -1)
        for row in range(max(0, math.floor(y.min())), min(len(mask), math.ceil(y.max()))):
            middle = row + 0.5
            cut = (y <= middle) != (next_y <= middle)
            slope = (next_x[cut] - x[cut]) / (next_y[cut] - y[cut])
            at = np.ceil(np.sort(x[cut] + (middle - y[cut]) * slope) - 0.5).clip(0).astype(int)
            for start, end in zip(at[::2], at[1::2], strict=True):
                mask[row, start:end] = value


def _runs(outline: Mapping[str, Any], size: tuple[int, int]) -> NDArray[np.bool_]:
    """Lengths of runs down the columns, in turn outside and inside."""
    counts = outline["counts"]
    lengths = np.asarray(_written(counts) if isinstance(counts, str) else counts, np.int64)
    if tuple(outline["size"]) != size or lengths.sum() != size[0] * size[1] or (lengths < 0).any():
        raise ValueError("runs of another size than the picture")
    inside = np.arange(len(lengths)) % 2 == 1
    return np.repeat(inside, lengths).reshape(size[::-1]).T


def _written(text: str) -> list[int]:
    """Counts from letters of five bits each; from the third on, they are differences to the last but one."""
    counts: list[int] = []
    value = shift = 0
    for letter in text:
        bits = ord(letter) - _FIRST
        value |= (bits & _SHORT) << shift
        shift += 5
        if bits & _LONG:
            continue
        if bits & _SIGN:
            value -= 1 << shift
        counts.append(value + (counts[-2] if len(counts) > 2 else 0))  # noqa: PLR2004
        value = shift = 0
    return counts
