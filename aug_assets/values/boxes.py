"""Labelled boxes and labelled points of one picture, and their stored form."""

import hashlib
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

STORED_BOXES = pa.list_(
    pa.struct(
        [
            *[pa.field(name, pa.float64()) for name in ("x0", "y0", "x1", "y1")],
            pa.field("label", pa.string()),
            pa.field("ignore", pa.bool_()),
            pa.field("visible", pa.float64()),
            pa.field("object", pa.int32()),
        ]
    )
)
STORED_POINTS = pa.list_(
    pa.struct(
        [
            pa.field("x", pa.float64()),
            pa.field("y", pa.float64()),
            pa.field("label", pa.string()),
            pa.field("visible", pa.bool_()),
        ]
    )
)


_set = object.__setattr__  # which a field of that name hides


class _Compared:
    """Equality by content, field by field; immutable by convention."""

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and all(
            np.array_equal(mine, getattr(other, name)) for name, mine in self.__dict__.items()
        )

    def __hash__(self) -> int:
        return int(self.digest[:15], 16)

    @property
    def digest(self) -> str:
        """What names the content: equal for equal values."""
        parts = [f"{part.tolist()}" for part in self.__dict__.values()]
        return hashlib.blake2b("\n".join(parts).encode(), digest_size=16).hexdigest()


@dataclass(frozen=True, eq=False)
class Boxes(_Compared):
    """Boxes of one picture.

    Attributes:
        xyxy: float64 (n, 4): left, top, right and bottom in pixels, where 0 is the left or upper border of
            the first pixel and ``width`` or ``height`` the far border of the last.
        labels: object (n,), the classes.
        ignore: bool (n,): nobody can be asked to see the object; neither training nor scoring counts it.
        visible: float64 (n,): the share of the object's box that crops and turns have left, 1 for a real one.
        object: int64 (n,): the value that marks it in the dataset's mask of objects, 0 where none does.
    """

    xyxy: NDArray[np.float64]
    labels: NDArray[Any]
    ignore: NDArray[np.bool_] | Any = None
    visible: NDArray[np.float64] | Any = None
    object: NDArray[np.int64] | Any = None

    def __post_init__(self) -> None:
        n = len(self.xyxy)
        _set(self, "xyxy", np.asarray(self.xyxy, np.float64).reshape(n, 4))
        _set(self, "labels", np.asarray(self.labels, object).reshape(-1))
        ignore = np.zeros(n, bool) if self.ignore is None else np.asarray(self.ignore, bool)
        visible = np.ones(n) if self.visible is None else np.asarray(self.visible, np.float64)
        _set(self, "ignore", ignore)
        _set(self, "visible", visible)
        marked = np.zeros(n, np.int64) if self.object is None else np.asarray(self.object, np.int64)
        _set(self, "object", marked)

    def __len__(self) -> int:
        return len(self.xyxy)

    def __getitem__(self, chosen: NDArray[Any]) -> Self:
        return type(self)(*[part[chosen] for part in self.__dict__.values()])

    @property
    def area(self) -> NDArray[np.float64]:
        """Square pixels, float64 (n,)."""
        width, height = self.xyxy[:, 2] - self.xyxy[:, 0], self.xyxy[:, 3] - self.xyxy[:, 1]
        return np.asarray(width * height)


@dataclass(frozen=True, eq=False)
class Points(_Compared):
    """Keypoints of one picture.

    Attributes:
        xy: float64 (n, 2), in pixels as for boxes.
        labels: object (n,), what each point is, such as ``left_eye``.
        visible: bool (n,).
    """

    xy: NDArray[np.float64]
    labels: NDArray[Any]
    visible: NDArray[np.bool_]

    def __post_init__(self) -> None:
        _set(self, "xy", np.asarray(self.xy, np.float64).reshape(-1, 2))
        _set(self, "labels", np.asarray(self.labels, object).reshape(-1))
        _set(self, "visible", np.asarray(self.visible, bool).reshape(-1))

    def __len__(self) -> int:
        return len(self.xy)


_BOX = [field.name for field in STORED_BOXES.value_type]


def _after_xyxy(boxes: Boxes) -> list[NDArray[Any]]:
    return [boxes.labels, boxes.ignore, boxes.visible, boxes.object]


def boxes_to_arrow(column: Any) -> pa.ListArray:
    """Boxes a row, None for null, in their stored form."""
    rows = [
        None
        if b is None
        else [
            dict(zip(_BOX, (*xyxy, *rest), strict=True))
            for xyxy, *rest in zip(b.xyxy.tolist(), *[p.tolist() for p in _after_xyxy(b)], strict=True)
        ]
        for b in column
    ]
    return pa.array(rows, STORED_BOXES)


def boxes_from_arrow(stored: pa.ChunkedArray) -> list[Boxes | None]:
    """The inverse of :func:`boxes_to_arrow`; a box without a share is a whole one."""
    return [
        None
        if row is None
        else Boxes(
            np.array([(b["x0"], b["y0"], b["x1"], b["y1"]) for b in row], np.float64).reshape(-1, 4),
            np.array([b["label"] for b in row], object),
            np.array([bool(b["ignore"]) for b in row], bool),
            np.array([1.0 if b["visible"] is None else b["visible"] for b in row]),
            np.array([b["object"] or 0 for b in row], np.int64),
        )
        for row in stored.to_pylist()
    ]


def points_to_arrow(column: Any) -> pa.ListArray:
    """Points a row, None for null, in their stored form."""
    rows = [
        None
        if p is None
        else [
            {"x": x, "y": y, "label": label, "visible": visible}
            for (x, y), label, visible in zip(p.xy.tolist(), p.labels, p.visible.tolist(), strict=True)
        ]
        for p in column
    ]
    return pa.array(rows, STORED_POINTS)


def points_from_arrow(stored: pa.ChunkedArray) -> list[Points | None]:
    """The inverse of :func:`points_to_arrow`."""
    return [
        None
        if row is None
        else Points(
            np.array([(p["x"], p["y"]) for p in row], np.float64),
            np.array([p["label"] for p in row], object),
            np.array([True if p["visible"] is None else p["visible"] for p in row], bool),
        )
        for row in stored.to_pylist()
    ]
