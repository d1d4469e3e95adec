"""What a PNG file says of itself, checked chunk by chunk before anything is unpacked."""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from aug_assets.media.bad import Damaged, Frames, Truncated, ZeroSize

SIGNATURE = b"\x89PNG\r\n\x1a\n"
_CHUNK = struct.Struct(">I4s")
_HEADER = struct.Struct(">IIBBBBB")
_GREY, _PALETTE, _GREY_ALPHA = 0, 3, 4
_BYTE = 8


@dataclass(frozen=True)
class Header:
    """Size in pixels, bits a sample, and how samples make colours."""

    width: int
    height: int
    bits: int
    colour: int

    @property
    def palette(self) -> bool:
        """Whether samples are places in a palette."""
        return self.colour == _PALETTE

    @property
    def grey_alpha(self) -> bool:
        """Whether it is grey with transparency."""
        return self.colour == _GREY_ALPHA


def header(data: bytes) -> Header:
    """The header of a whole file.

    Raises:
        Truncated: The file ends before its last chunk.
        Damaged: A checksum does not fit, or the first chunk is no header.
        Frames: It is an animation.
        ZeroSize: It has no pixels.
    """
    found = None
    for name, body in _chunks(data):
        if name == b"IHDR" and len(body) == _HEADER.size:
            width, height, bits, colour, *_ = _HEADER.unpack(body)
            found = Header(width, height, bits, colour)
        if name == b"acTL":
            raise Frames("an animated PNG")
    if found is None:
        raise Damaged("a PNG without a header")
    if not (found.width and found.height):
        raise ZeroSize(f"a PNG of {found.width} x {found.height} pixels")
    return found


def _chunks(data: bytes) -> Iterator[tuple[bytes, memoryview]]:
    view, at = memoryview(data), len(SIGNATURE)
    while True:
        if at + _CHUNK.size > len(data):
            raise Truncated("a PNG that ends before its last chunk")
        length, name = _CHUNK.unpack_from(data, at)
        body, end = at + _CHUNK.size, at + _CHUNK.size + length
        if end + 4 > len(data):
            raise Truncated("a PNG that ends within a chunk")
        if zlib.crc32(view[at + 4 : end]) != int.from_bytes(view[end : end + 4], "big"):
            raise Damaged(f"the checksum of a PNG's chunk {name!r} does not fit")
        yield name, view[body:end]
        if name == b"IEND":
            return
        at = end + 4


def indices(data: bytes) -> bytes:
    """The same file with the places in its palette as grey values, which in a mask are the classes."""
    made = [SIGNATURE]
    for name, body in _chunks(data):
        if name == b"IHDR":
            width, height, bits, _, *rest = _HEADER.unpack(body)
            made.append(_chunk(name, _HEADER.pack(width, height, bits, _GREY, *rest)))
        elif name in (b"IDAT", b"IEND"):
            made.append(_chunk(name, bytes(body)))
    return b"".join(made)


def spread(bits: int) -> int:
    """By what decoders multiply samples of fewer than 8 bits, so that white becomes 255."""
    return 1 if bits >= _BYTE else 255 // (2**bits - 1)


def _chunk(name: bytes, body: bytes) -> bytes:
    return _CHUNK.pack(len(body), name) + body + zlib.crc32(name + body).to_bytes(4, "big")
