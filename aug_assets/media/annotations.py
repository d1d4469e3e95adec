"""Boxes and masks from annotation files, beside the rows of the pictures that they are about."""

import posixpath
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
from numpy.typing import NDArray

from aug_assets.errors import SourceUnreadableError

BOXES, SEGMENTATION = "boxes", "segmentation"
COLUMNS = (BOXES, SEGMENTATION)


@dataclass(frozen=True)
class Annotated:
    """What an annotation file says of one picture.

    Attributes:
        boxes: As JSON, or whatever is there instead: what cannot be read is marked with the columns.
        objects: Draws its objects, uint8 or uint16 (height, width), n for the box with ``object`` n; None
            when the format has no outlines. Raises ValueError over one that it cannot draw.
    """

    boxes: str = "[]"
    objects: Callable[[], NDArray[Any]] | None = None


def corners(parts: Mapping[str, Any], first: int) -> dict[str, Any]:
    """The parts of a box with its left and upper border counted from 0; what is no number stays as it is.

    Args:
        parts: With ``x0`` and ``y0``.
        first: What the file calls the first pixel; of 1, a box from 1 to 1 is one pixel wide.
    """
    moved = dict(parts)
    for name in ("x0", "y0"):
        try:
            moved[name] = float(moved[name]) - first
        except (ValueError, TypeError):
            continue
    return moved


class Lookup:
    """Annotations by the path of their picture, or by as much of it as names one picture only."""

    def __init__(self, found: Mapping[str, Annotated]) -> None:
        self.paths = list(found)
        self._found = found
        self._by_name: dict[str, list[str]] = {}
        for path in found:
            for name in dict.fromkeys(_names(path)):
                self._by_name.setdefault(name, []).append(path)

    def path(self, picture: str) -> str | None:
        """The annotated path that means this picture, None when none does.

        Raises:
            SourceUnreadableError: Several could.
        """
        for name in _names(picture):
            if paths := self._by_name.get(name):
                if len(paths) == 1:
                    return paths[0]
                raise SourceUnreadableError(
                    "several annotated pictures could be meant by one row", seen=[picture, *paths[:3]],
                    legal="paths that tell pictures apart", todo="write the same paths in both files",
                )  # fmt: skip
        return None

    def __getitem__(self, path: str) -> Annotated:
        return self._found[path]


def _names(path: str) -> Iterator[str]:
    """The path, the file's name, and that without its ending; none of them is taken for another."""
    clean = posixpath.normpath(path.replace("\\", "/")).lstrip("/")
    name = posixpath.basename(clean)
    yield f"path {clean}"
    yield f"file {name}"
    yield f"name {posixpath.splitext(name)[0]}"


def attach(
    table: pa.Table, pictures: Iterable[str | None], found: Lookup, *, silent: bool,
    drawn: bool,
) -> pa.Table:  # fmt: skip
    """The table with the columns ``boxes`` and, if asked for, ``segmentation``.

    Args:
        table: One row a picture.
        pictures: The path of each row's picture.
        found: What annotation files say.
        silent: Whether a picture that is not annotated has no objects; else its boxes are null.
        drawn: Whether to draw masks of objects.

    Raises:
        SourceUnreadableError: It is open which picture an annotation is about.
    """
    boxes: list[str | None] = []
    masks: list[bytes | None] = []
    for picture in pictures:
        path = found.path(picture) if picture else None
        one = Annotated() if path is None and silent else found[path] if path is not None else None
        boxes.append(one.boxes if one else None)
        if drawn:
            masks.append(_png(one.objects) if one and one.objects else None)
    table = table.append_column(BOXES, pa.array(boxes, pa.string()))
    return table.append_column(SEGMENTATION, pa.array(masks, pa.binary())) if drawn else table


def _png(objects: Callable[[], NDArray[Any]]) -> bytes:
    """A mask as a file's bytes, which columns of masks read; of no outline, bytes that are no picture."""
    import cv2

    try:
        return bytes(cv2.imencode(".png", objects(), [cv2.IMWRITE_PNG_COMPRESSION, 1])[1].tobytes())
    except (ValueError, TypeError, KeyError, OverflowError, cv2.error) as error:
        return f"no outline: {error}".encode()
