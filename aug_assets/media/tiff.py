"""What a TIFF file says of itself, checked against its length before anything is unpacked."""

import struct
from typing import Any

from aug_assets.media.bad import Damaged, Frames, Truncated, ZeroSize

SIGNATURES = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_WIDTH, _HEIGHT, _PLANES = 256, 257, 277
_STRIPS, _STRIP_BYTES, _TILES, _TILE_BYTES = 273, 279, 324, 325
_WANTED = {_WIDTH, _HEIGHT, _PLANES, _STRIPS, _STRIP_BYTES, _TILES, _TILE_BYTES}
_KINDS = {1: "B", 3: "H", 4: "I", 16: "Q"}  # whole numbers of 1, 2, 4 and 8 bytes


def size(data: bytes) -> tuple[int, int]:
    """Height and width of a whole file with one picture, in pixels.

    Raises:
        Truncated: The file ends before its directory or its pixels do.
        Frames: It holds several pictures.
        Damaged: It lacks what every picture has.
        ZeroSize: It has no pixels.
    """
    try:
        tags, following = _directory(data)
    except struct.error as error:
        raise Truncated("a TIFF that ends before its directory") from error
    if following:
        raise Frames("a TIFF of several pictures")
    if not {_WIDTH, _HEIGHT} <= set(tags):
        raise Damaged("a TIFF without a size")
    for starts, lengths in ((_STRIPS, _STRIP_BYTES), (_TILES, _TILE_BYTES)):
        ends = [a + b for a, b in zip(tags.get(starts, ()), tags.get(lengths, ()), strict=False)]
        if ends and max(ends) > len(data):
            raise Truncated("a TIFF that ends within its pixels")
    (height, *_), (width, *_) = tags[_HEIGHT], tags[_WIDTH]
    if not (height and width):
        raise ZeroSize(f"a TIFF of {width} x {height} pixels")
    return height, width


def _directory(data: bytes) -> tuple[dict[int, tuple[Any, ...]], int]:
    """The first directory's whole numbers, and where the next one begins, 0 for nowhere."""
    order = "<" if data[:2] == b"II" else ">"
    big = data[2:4] in (b"+\0", b"\0+")
    place, count, room = ("Q", "Q", 8) if big else ("I", "H", 4)
    (at,) = struct.unpack_from(order + place, data, 8 if big else 4)
    (entries,) = struct.unpack_from(order + count, data, at)
    at += struct.calcsize(order + count)
    tags = {}
    for _ in range(entries):
        tag, kind, many = struct.unpack_from(order + "HH" + place, data, at)
        at += 4 + struct.calcsize(place)
        if tag in _WANTED and kind in _KINDS and many:
            values = f"{order}{many}{_KINDS[kind]}"
            where = at if struct.calcsize(values) <= room else struct.unpack_from(order + place, data, at)[0]
            tags[tag] = struct.unpack_from(values, data, where)
        at += room
    return tags, struct.unpack_from(order + place, data, at)[0]
