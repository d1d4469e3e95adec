"""The bytes of a picture file to a Picture: by what they are and not by what the file is called.

PNG of 1 to 16 bits, JPEG, TIFF of 8, 16 and 32 bits, DICOM. Pixels are as they lie in the file: a camera's
note that it was held askew is not followed, as annotation tools do not follow it either. Sizes are read
first, so that a small file of very many pixels is refused before it is unpacked.
"""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from aug_assets.media import dicom, jpeg, png, tiff
from aug_assets.media.bad import Channels, Damaged, Depth, NotAnImage, TooLarge, ZeroSize
from aug_assets.values.picture import Picture

MAX_PIXELS = 100_000_000  # a mammogram has 20 million
MAX_BYTES = 1 << 29
_WITH_ALPHA, _COLOUR, _CHANNELS = 4, 3, 2


@dataclass(frozen=True)
class Wanted:
    """What a column asks of its files.

    Attributes:
        kind: Of a mask, places in a palette are the values.
        channels: How many it must have; 3 drops a channel of transparency, which is else refused.
        kept: DICOM keywords that the dataset keeps in columns.
    """

    kind: Literal["image", "mask", "depth"] = "image"
    channels: int | None = None
    kept: frozenset[str] = frozenset()


def picture(data: bytes, wanted: Wanted = Wanted()) -> Picture:
    """The picture in a file's bytes; colour in the order red, green, blue.

    Raises:
        BadPicture: They hold none that the column can take; its ``code`` says why.
    """
    if not data:
        raise ZeroSize("an empty file")
    if len(data) > MAX_BYTES:
        raise TooLarge(f"a file of {len(data):,} bytes")
    pixels = _pixels(data, wanted)
    try:
        return Picture.of(pixels)
    except ValueError as error:
        raise Depth(str(error)) from error


def _pixels(data: bytes, wanted: Wanted) -> NDArray[Any]:
    if dicom.is_dicom(data):  # asked first: what stands before the mark may be another format's
        pixels = dicom.pixels(data, wanted.kept, _check_size, mask=wanted.kind == "mask")
        return _of_channels(pixels, wanted)
    if data.startswith(png.SIGNATURE):
        return _png(data, wanted)
    if data.startswith(jpeg.SIGNATURE):
        _check_size(*jpeg.size(data))
        return _coloured(_decoded(data), wanted)
    if data.startswith(tiff.SIGNATURES):
        _check_size(*tiff.size(data))
        return _coloured(_decoded(data), wanted)
    raise NotAnImage("neither PNG nor JPEG, TIFF or DICOM")


def _png(data: bytes, wanted: Wanted) -> NDArray[Any]:
    header = png.header(data)
    _check_size(header.height, header.width)
    mask = wanted.kind == "mask"
    pixels = _decoded(png.indices(data) if mask and header.palette else data)
    if mask and pixels.ndim == _CHANNELS:
        pixels = pixels // np.uint8(png.spread(header.bits)) if png.spread(header.bits) > 1 else pixels
    if header.grey_alpha and pixels.ndim > _CHANNELS:
        if wanted.channels != 1:
            raise Channels("grey with transparency")
        return np.ascontiguousarray(pixels[..., 0])
    return _coloured(pixels, wanted)


def _check_size(height: int, width: int) -> None:
    if height * width > MAX_PIXELS:
        raise TooLarge(f"{width} x {height} pixels; at most {MAX_PIXELS:,}")


def _decoded(data: bytes) -> NDArray[Any]:
    import cv2

    try:
        pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    except cv2.error as error:
        raise Damaged(str(error)) from error
    if pixels is None:
        raise Damaged("its content cannot be decoded")
    return np.asarray(pixels)


def _coloured(pixels: NDArray[Any], wanted: Wanted) -> NDArray[Any]:
    """From OpenCV's order of colours to ours."""
    if pixels.ndim > _CHANNELS and pixels.shape[2] in (_COLOUR, _WITH_ALPHA):
        pixels = _swapped(pixels)
    return _of_channels(pixels, wanted)


def _swapped(pixels: NDArray[Any]) -> NDArray[Any]:
    import cv2

    if pixels.dtype.name not in ("uint8", "uint16", "float32"):  # what OpenCV swaps, several times as fast
        return pixels[..., [2, 1, 0, 3][: pixels.shape[2]]]
    order = cv2.COLOR_BGR2RGB if pixels.shape[2] == _COLOUR else cv2.COLOR_BGRA2RGBA
    return np.asarray(cv2.cvtColor(pixels, order))


def _of_channels(pixels: NDArray[Any], wanted: Wanted) -> NDArray[Any]:
    if pixels.ndim > _CHANNELS and pixels.shape[2] == 1:
        pixels = pixels[..., 0]
    if pixels.ndim > _CHANNELS and wanted.kind != "image":
        raise Channels(f"a {wanted.kind} of {pixels.shape[2]} channels")
    if pixels.ndim > _CHANNELS and pixels.shape[2] == _WITH_ALPHA:
        if wanted.channels == _COLOUR:
            pixels = pixels[..., :_COLOUR]
        elif wanted.channels != _WITH_ALPHA:
            raise Channels("colour with transparency; `channels: 3` drops it")
    return np.ascontiguousarray(pixels)
