"""The built-in source of ``city/street_scenes``: an invented day of frames from cars, ever the same.

Each frame has what a labelled drive has: boxes, a mask of objects, and for two frames in three a depth map.
The scenes themselves are drawn in ``_street_scene``. One frame in eight shows a cyclist, the rare class.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.random import Generator, Philox

from aug_assets.keys import digest_bits
from aug_assets.samples._street_scene import Scene, drawn_scene
from aug_assets.values.boxes import Boxes, boxes_to_arrow
from aug_assets.values.picture import Picture, to_arrow

_FRAMES, _DRIVES = 44, 11
_CYCLIST = 0.12  # share of the frames


def day(day: str) -> pa.Table:
    """The raw rows of a day, as a delivery would hold them."""
    start = datetime.fromisoformat(day).replace(tzinfo=UTC, hour=7)
    rows = [_row(day, number, start) for number in range(_FRAMES)]
    rows = _with_dirt(rows)
    plain = ("frame_id", "drive_id", "taken_at", "camera", "weather", "scene")
    columns: dict[str, Any] = {name: pa.array([row[name] for row in rows]) for name in plain}
    columns |= {name: to_arrow([row[name] for row in rows]) for name in ("image", "instances", "depth")}
    return pa.table({**columns, "boxes": boxes_to_arrow([row["boxes"] for row in rows])})


def _row(day: str, number: int, start: datetime) -> dict[str, Any]:
    rng = Generator(Philox(key=digest_bits("sample", "street_scenes", day, str(number))))
    cyclist = bool(rng.random() < _CYCLIST) or number == 0  # no day is without one
    overcast = bool(rng.random() < 0.35)  # noqa: PLR2004
    scene = drawn_scene(rng, cyclist=cyclist, overcast=overcast)
    return {
        "frame_id": f"{day}-{number:04d}",
        "drive_id": f"drive-{day[:7]}-{number % _DRIVES:02d}",
        "taken_at": start + timedelta(minutes=15 * number, seconds=int(rng.integers(0, 60))),
        "camera": "front",
        "weather": "overcast" if overcast else "clear",
        "scene": "cyclist" if "cyclist" in scene.labels else "no_cyclist",
        "image": Picture.of(scene.image),
        "instances": Picture.of(scene.instances),
        "depth": Picture.of(scene.depth) if number % 3 else None,
        "boxes": boxes_of(scene),
    }


def boxes_of(scene: Scene) -> Boxes:
    """The box of each object that is to be seen, around its pixels in the mask."""
    found = []
    for value in range(1, len(scene.labels) + 1):
        rows, columns = np.nonzero(scene.instances == value)
        found.append((columns.min(), rows.min(), columns.max() + 1, rows.max() + 1))
    numbers = np.arange(1, len(scene.labels) + 1)
    return Boxes(np.array(found, float).reshape(-1, 4), np.array(scene.labels, object), object=numbers)


def _with_dirt(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What goes wrong on the way: boxes inside out or outside, an unknown class, a mask of another size."""
    height, width = rows[0]["image"].shape[:2]
    spoilt = [dict(rows[n]) for n in (5, 9, 13, 17)]
    spoilt[0]["boxes"] = Boxes(np.array([[60.0, 70, 50, 90]]), np.array(["car"], object))
    spoilt[1]["boxes"] = Boxes(np.array([[width - 20.0, 70, width + 25, 90]]), np.array(["car"], object))
    spoilt[2]["boxes"] = Boxes(np.array([[20.0, 70, 50, 90]]), np.array(["tram"], object))
    spoilt[3]["instances"] = Picture.of(np.zeros((height // 2, width // 2), np.uint8))
    for n, row in zip((5, 9, 13, 17), spoilt, strict=True):
        rows[n] = row
    return [*rows, dict(rows[21])]  # a frame sent twice
