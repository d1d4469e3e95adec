"""Boxes and points as people write them, in JSON or as lists of structs, to their stored form."""

import json
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from aug_assets.values.boxes import STORED_BOXES, STORED_POINTS

_CORNERS = (("x0", "y0", "x1", "y1"), ("xmin", "ymin", "xmax", "ymax"), ("left", "top", "right", "bottom"))
_LABELS = ("label", "class", "category", "name")


def stored(kind: str, values: pa.Array) -> tuple[pa.Array, NDArray[np.bool_]]:
    """A raw column in the stored form of ``boxes`` or ``points``, and which of its values could not be read.

    Args:
        kind: ``boxes`` or ``points``.
        values: JSON text, or lists of structs; what a box may lack is filled with null.

    Raises:
        TypeError: The column is neither.
    """
    target = STORED_BOXES if kind == "boxes" else STORED_POINTS
    if values.type == target:
        return values, np.zeros(len(values), bool)
    if not (pa.types.is_string(values.type) or _of_structs(values.type)):
        raise TypeError(f"{values.type} holds no {kind}")
    read, bad = [], np.zeros(len(values), bool)
    for row, value in enumerate(values.to_pylist()):
        try:
            read.append(None if value is None else _items(kind, value))
        except (ValueError, TypeError, KeyError, RecursionError):
            read.append(None)
            bad[row] = True
    return pa.array(read, target), bad


def _of_structs(kind: pa.DataType) -> bool:
    lists = pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind)
    return bool(lists) and (pa.types.is_struct(kind.value_type) or pa.types.is_null(kind.value_type))


def _items(kind: str, value: Any) -> list[dict[str, Any]]:
    found = json.loads(value) if isinstance(value, str) else value
    if not isinstance(found, list) or not all(isinstance(item, dict) for item in found):
        raise TypeError("a row holds a list of them")
    return [_READERS[kind](item) for item in found]


def box(item: Mapping[str, Any]) -> dict[str, Any]:
    """One box in its stored form, from corners or from COCO's ``bbox`` of left, top, width and height.

    Raises:
        KeyError: It has neither corners nor ``bbox``, or no label.
        TypeError: A part of it is of the wrong type.
        ValueError: A number cannot be read.
    """
    if item.get("bbox") is not None:
        x0, y0, wide, high = (_number(part) for part in item["bbox"])
        corners = [x0, y0, x0 + wide, y0 + high]
    else:
        names = next((four for four in _CORNERS if item.get(four[0]) is not None), _CORNERS[0])
        corners = [_number(item[name]) for name in names]
    share, crowd = item.get("visible"), item.get("iscrowd")
    ignore = crowd if item.get("ignore") is None else item["ignore"]
    return {
        **dict(zip(_CORNERS[0], corners, strict=True)),
        "label": _label(item),
        "ignore": None if ignore is None else bool(ignore),
        "visible": None if share is None else _number(share),
        "object": _marked(item.get("object")),
    }


def _point(item: Mapping[str, Any]) -> dict[str, Any]:
    visible = item.get("visible")
    return {
        "x": _number(item["x"]), "y": _number(item["y"]), "label": _label(item),
        "visible": None if visible is None else bool(visible),
    }  # fmt: skip


def _label(item: Mapping[str, Any]) -> str:
    label = next((item[name] for name in _LABELS if item.get(name) is not None), None)
    if isinstance(label, bool) or not isinstance(label, str | int):
        raise TypeError("a label is a word or a number")
    return str(label)


def _marked(value: Any) -> int | None:
    """A value of a mask, which a box may name."""
    if value is None:
        return None
    if not 0 <= int(value) <= np.iinfo(np.int32).max:
        raise ValueError("no value of a mask")
    return int(value)


def _number(value: Any) -> float:
    if isinstance(value, bool):
        raise TypeError("a truth value is no number")
    return float(value)


_READERS: dict[str, Callable[[Mapping[str, Any]], dict[str, Any]]] = {"boxes": box, "points": _point}
