"""Annotations as a table: one box a line, which names its picture."""

import csv
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from aug_assets.media.annotations import Annotated, corners

NAMES: dict[str, tuple[str, ...]] = {
    "image": ("image", "filename", "file_name", "file", "path"),
    "x0": ("x0", "xmin", "left", "x1"),
    "y0": ("y0", "ymin", "top", "y1"),
    "x1": ("x1", "xmax", "right", "x2"),
    "y1": ("y1", "ymax", "bottom", "y2"),
    "label": ("label", "class", "category", "name"),
}
_OTHER = ("ignore", "object")
_TRUE = ("1", "true", "yes")


def read(lines: Iterable[str], named: Mapping[Any, str], first: int) -> dict[str, Annotated]:
    """Boxes by the path of their picture.

    Args:
        lines: The file's lines, a header first.
        named: What the columns are called where no usual name is theirs.
        first: What the first pixel is called.

    Raises:
        KeyError: A column is missing.
    """
    table = csv.DictReader(lines)
    columns = _columns(table.fieldnames or [], named)
    boxes: dict[str, list[dict[str, Any]]] = {}
    for line in table:
        parts = {part: line[name] or None for part, name in columns.items() if part != "image"}
        parts["ignore"] = str(parts.get("ignore") or "").strip().lower() in _TRUE
        boxes.setdefault(line[columns["image"]], []).append(corners(parts, first))
    return {path: Annotated(json.dumps(found)) for path, found in boxes.items()}


def _columns(present: Sequence[str], named: Mapping[Any, str]) -> dict[str, str]:
    """Which column holds which part; x1 is the left border where an x2 is the right one."""
    usual = {part: next((name for name in names if name in present), None) for part, names in NAMES.items()}
    if {"x1", "x2"} <= set(present) and "x0" not in present:
        usual |= {"x0": "x1", "y0": "y1", "x1": "x2", "y1": "y2"}
    usual |= {part: part for part in _OTHER if part in present}
    chosen = {part: name for part, name in {**usual, **named}.items() if name is not None}
    missing = [part for part in NAMES if chosen.get(part) not in present]
    if missing:
        raise KeyError(f"no column for {', '.join(missing)} among {', '.join(present)}")
    return chosen
