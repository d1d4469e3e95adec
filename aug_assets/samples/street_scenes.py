"""The built-in source of ``city/street_scenes``: an invented day of a car's camera, ever the same.

It is made to be worth augmenting: all frames are from fair days, cyclists are rare, distance is known for
two frames in three, drives come back in several frames, and there is the dirt that real deliveries have.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.random import Generator, Philox

from aug_assets.keys import digest_bits
from aug_assets.samples._street_things import LABELS, Thing, paint
from aug_assets.samples._street_world import (
    HEIGHT,
    TWICE,
    WIDTH,
    Canvas,
    Drive,
    paint_ground,
    paint_houses,
    paint_sky,
)
from aug_assets.values.boxes import Boxes, boxes_to_arrow
from aug_assets.values.picture import Picture, to_arrow

_FRAMES = (37, 44)  # a day, and one more than most
_DRIVES = 16  # a day
_MOSTLY = 0.7  # on the side of one's own lane
_CROSSING = 0.15  # share of people
_CYCLISTS = 0.18  # share of frames
_SEEN_PX = 4  # an object of fewer pixels across or down has no label
_SEEN_SHARE = 24  # and of fewer pixels in all


def day(day: str) -> pa.Table:
    """The raw rows of a day, as a delivery would hold them; pictures and boxes in their stored form."""
    rng = Generator(Philox(key=digest_bits("sample", "street_scenes", day)))
    count = int(rng.integers(*_FRAMES))
    drives = np.sort(rng.integers(0, _DRIVES, count))
    cyclists = rng.permutation(count) < round(_CYCLISTS * count)
    rows = [_frame(day, n, int(drives[n]), cyclist=bool(cyclists[n])) for n in range(count)]
    return _table(_with_dirt(rng, rows))


def _frame(day: str, number: int, drive: int, *, cyclist: bool) -> dict[str, Any]:
    """One frame and what is known of it. It follows from day, number, drive and whether a cyclist is near."""
    street = Drive.of(
        int(digest_bits("sample", "street_scenes", day, "drive", str(drive))[0] >> np.uint64(1))
    )
    rng = Generator(Philox(key=digest_bits("sample", "street_scenes", day, str(number))))
    lane = street.half_road * 0.5
    canvas = Canvas(
        street, float(rng.normal(0, 0.008)), lane + float(rng.normal(0, 0.15)), float(rng.normal(0, 0.01))
    )
    for part in (paint_sky, paint_ground, paint_houses):
        part(canvas, rng)
    things = sorted(_things(rng, street, cyclist=cyclist), key=lambda thing: -thing.z)
    named = [thing for thing in things if thing.kind in LABELS]
    for thing in things:
        paint(canvas, thing, named.index(thing) + 1 if thing in named else 0)
    image, objects, depth = _exposed(rng, canvas)
    boxes = _boxes(objects, named)
    start = datetime.fromisoformat(day).replace(tzinfo=UTC) + timedelta(hours=8 + drive * 0.6)
    return {
        "frame_id": f"{day}-{number:04d}",
        "drive_id": f"{day}-d{drive}",
        "captured": start + timedelta(seconds=3.0 * number, milliseconds=int(rng.integers(1000))),
        "camera": "front" if street.camera_y < 1.5 else "front_high",  # noqa: PLR2004
        "weather": "clear" if street.clear else "overcast",
        "image": Picture.of(image),
        "objects": Picture.of(objects),
        "boxes": boxes,
        "depth": Picture.of(depth) if number % 3 != 2 else None,  # noqa: PLR2004
        "scene": "cyclist" if "cyclist" in boxes.labels else "ordinary",
    }


def _things(rng: Generator, street: Drive, *, cyclist: bool) -> list[Thing]:
    """What is on the street, and where such things are."""
    places = [*_traffic(rng, street), *_roadside(rng, street)]
    if cyclist:
        half = street.half_road
        places.append(("cyclist", rng.choice((half - 0.7, -half + 0.7, half * 0.8)), rng.uniform(6, 24)))
    return [Thing(kind, float(x), float(z), int(rng.integers(1 << 31))) for kind, x, z in places]


Places = Iterator[tuple[str, float, float]]


def _traffic(rng: Generator, street: Drive) -> Places:
    """Cars ahead, oncoming and parked, and people beside the road or crossing it."""
    half, ahead = street.half_road, 7 + rng.gamma(1.6, 8)
    for _ in range(int(rng.integers(0, 3))):
        yield "car", half * 0.5 + rng.normal(0, 0.2), ahead
        ahead += rng.uniform(9, 25)
    for z in np.cumsum(rng.uniform(10, 30, int(rng.integers(0, 3)))):
        yield "car", -half * 0.5 + rng.normal(0, 0.2), z
    for z in 6 + np.cumsum(rng.uniform(6.2, 13, int(rng.integers(0, 5)))):
        if street.kind == "city":
            yield "car", (half + 0.35) * (1 if rng.random() < _MOSTLY else -1), z
    for _ in range(int(rng.integers(0, {"city": 5, "suburb": 3, "country": 2}[street.kind]))):
        beside = (half + rng.uniform(0.8, 2.4)) * rng.choice((-1, 1))
        yield "person", rng.uniform(-half, half) if rng.random() < _CROSSING else beside, rng.uniform(7, 40)


def _roadside(rng: Generator, street: Drive) -> Places:
    """Signs, trees and lamps."""
    half = street.half_road
    for _ in range(int(rng.integers(0, 3))):
        side = 1 if rng.random() < _MOSTLY else -1
        yield "traffic_sign", (half + rng.uniform(0.5, 1.1)) * side, rng.uniform(7, 32)
    apart, off, deep = {"city": (24, 2.6, 1), "suburb": (13, 5.0, 6), "country": (10, 4.0, 6)}[street.kind]
    for side in (-1, 1):
        for z in rng.uniform(6, 14) + np.cumsum(rng.uniform(0.6, 1.6, 6) * apart):
            yield "tree", side * (half + off + rng.uniform(0, deep)), z
    for z in 14 + 28 * np.arange(3) + rng.uniform(0, 10):
        if street.kind != "country":
            yield "pole", (half + 0.5) * street.sun_side, z


def _exposed(rng: Generator, canvas: Canvas) -> tuple[Any, Any, Any]:
    """What the camera stores: the frame, object numbers and metres, at their own size."""
    import cv2

    small: Any = cv2.resize(canvas.colour, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)
    y, x = np.mgrid[-1 : 1 : HEIGHT * 1j, -1 : 1 : WIDTH * 1j].astype(np.float32)
    small *= (1 - 0.1 * (x * x + y * y))[..., None] * np.float32(rng.uniform(0.92, 1.06))
    small = cv2.GaussianBlur(small, (3, 3), 0.45)
    small += rng.standard_normal(small.shape, np.float32) * np.float32(0.011)
    image = np.clip(np.rint(small * 255), 0, 255).astype(np.uint8)
    middle = np.s_[TWICE // 2 :: TWICE, TWICE // 2 :: TWICE]
    return image, np.ascontiguousarray(canvas.marks[middle]), np.ascontiguousarray(canvas.metres[middle])


def _boxes(objects: Any, named: list[Thing]) -> Boxes:
    """Boxes around what is seen of each object; what is all but hidden loses its mark, in place."""
    xyxy, labels, marks = [], [], []
    for mark, thing in enumerate(named, 1):
        rows, columns = np.nonzero(objects == mark)
        if len(rows) < _SEEN_SHARE or min(np.ptp(rows), np.ptp(columns)) + 1 < _SEEN_PX:
            objects[rows, columns] = 0
            continue
        xyxy.append((columns.min(), rows.min(), columns.max() + 1, rows.max() + 1))
        labels.append(thing.kind)
        marks.append(mark)
    return Boxes(
        np.array(xyxy, float).reshape(-1, 4), np.array(labels, object), object=np.array(marks, np.int64)
    )


def _with_dirt(rng: Generator, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What goes wrong: a box turned over or beside the picture, an odd word, a small mask, a frame twice."""
    held = [n for n, row in enumerate(rows) if len(row["boxes"]) > 0 and row["scene"] == "ordinary"]
    turned, beside, odd, small, twice = (int(n) for n in rng.choice(held, 5, replace=False))
    rows[turned]["boxes"] = _with(rows[turned]["boxes"], corner=(0, 2))
    rows[beside]["boxes"] = _with(rows[beside]["boxes"], right=float(WIDTH))
    rows[odd]["boxes"] = _with(rows[odd]["boxes"], label="tram")
    rows[small]["objects"] = Picture.of(np.ascontiguousarray(rows[small]["objects"].pixels[::2, ::2]))
    return [*rows, dict(rows[twice])]


def _with(boxes: Boxes, corner: Any = None, right: float = 0.0, label: str = "") -> Boxes:
    """Boxes of which the first is spoilt."""
    xyxy, labels = boxes.xyxy.copy(), boxes.labels.copy()
    if corner is not None:
        xyxy[0, corner] = xyxy[0, corner[::-1]]
    xyxy[0, [0, 2]] += right
    labels[0] = label or labels[0]
    return Boxes(xyxy, labels, boxes.ignore, boxes.visible, boxes.object)


def _table(rows: list[dict[str, Any]]) -> pa.Table:
    pictures = dict.fromkeys(("image", "objects", "depth"), to_arrow)
    write = {**pictures, "boxes": boxes_to_arrow}
    columns = {name: [row[name] for row in rows] for name in rows[0]}
    return pa.table({name: write.get(name, pa.array)(values) for name, values in columns.items()})
