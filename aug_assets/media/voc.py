"""Annotations in PASCAL VOC's XML, one file a picture."""

import json
from typing import Any
from xml.etree import ElementTree as ET

from aug_assets.media.annotations import Annotated, corners

_PARTS = {"x0": "bndbox/xmin", "y0": "bndbox/ymin", "x1": "bndbox/xmax", "y1": "bndbox/ymax", "label": "name"}


def read(content: bytes, name: str, first: int) -> tuple[str, Annotated]:
    """The picture of a file, by its path, and its boxes; of a broken file, its name and what is wrong.

    Args:
        content: The file.
        name: The file's own name without ending, for one that does not say its picture's.
        first: What the first pixel is called.
    """
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content:  # what makes small files large
        return name, Annotated("declares what no annotation needs")
    try:
        root = ET.fromstring(content)  # noqa: S314 - without declarations nothing can be unfolded
    except ET.ParseError as error:
        return name, Annotated(f"no XML: {error}")
    if root.tag != "annotation":
        return name, Annotated(f"no annotation: {root.tag}")
    boxes = [_box(item, first) for item in root.findall("object")]
    return (root.findtext("filename") or "").strip() or name, Annotated(json.dumps(boxes))


def _box(item: Any, first: int) -> dict[str, Any]:
    parts = {part: (item.findtext(place) or "").strip() or None for part, place in _PARTS.items()}
    return corners(parts, first)
