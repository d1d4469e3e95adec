"""What a JPEG file says of itself, and whether it is whole: decoders fill up a cut one with grey."""

import re
from collections.abc import Iterator

from aug_assets.media.bad import Damaged, Truncated, ZeroSize

SIGNATURE = b"\xff\xd8\xff"
_SCAN_END = re.compile(rb"\xff[\x01-\xcf\xd8-\xfe]")  # not a stuffed zero, a restart or a fill byte
_ALONE = {0x01, *range(0xD0, 0xD9)}  # markers without a body
_END, _SCAN, _FILL = 0xD9, 0xDA, 0xFF
_SIZES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}  # frame headers; the others are tables
_SHORTEST = 5  # bytes of a frame header up to its width


def size(data: bytes) -> tuple[int, int]:
    """Height and width of a whole file, in pixels.

    Raises:
        Truncated: The file ends before its end marker.
        Damaged: Its markers contradict each other.
        ZeroSize: It has no pixels.
    """
    found: tuple[int, int] | None = None
    for marker, body in _segments(data):
        if marker in _SIZES and len(body) >= _SHORTEST:
            found = int.from_bytes(body[1:3], "big"), int.from_bytes(body[3:5], "big")
    if found is None:
        raise Damaged("a JPEG without a frame header")
    if not all(found):
        raise ZeroSize(f"a JPEG of {found[1]} x {found[0]} pixels")
    return found


def _segments(data: bytes) -> Iterator[tuple[int, memoryview]]:
    """Markers and what follows them, up to the end marker; what lies behind is no part of the picture."""
    view, at = memoryview(data), 2
    while (marker := _marker(data, at)) != _END:
        at += 1 if marker == _FILL else 2
        if marker == _FILL or marker in _ALONE:
            continue
        end = at + max(int.from_bytes(view[at : at + 2], "big"), 2)
        if end > len(data):
            raise Truncated("a JPEG that ends within a segment")
        yield marker, view[at + 2 : end]
        at = _after_scan(data, end) if marker == _SCAN else end


def _marker(data: bytes, at: int) -> int:
    if at + 2 > len(data):
        raise Truncated("a JPEG that ends before its end marker")
    if data[at] != _FILL:
        raise Damaged("a JPEG without a marker where one must be")
    return data[at + 1]


def _after_scan(data: bytes, at: int) -> int:
    end = _SCAN_END.search(data, at)
    if end is None:
        raise Truncated("a JPEG that ends within its pixels")
    return end.start()
