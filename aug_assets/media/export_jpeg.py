"""Pictures as JPEG of quality 95: smaller, not exact, and of 8 bits only."""

from typing import Any

from numpy.typing import NDArray

from aug_assets.media.export_png import bgr
from aug_assets.values.picture import Picture

_QUALITY = 95
_LONGEST = 65_500  # pixels of a side that the format can count


def refuses(picture: Picture) -> str:
    """What it would take instead of this picture; empty when it takes it."""
    channels = picture.shape[2] if len(picture.shape) > 2 else 1  # noqa: PLR2004
    fits = picture.dtype == "uint8" and channels in (1, 3) and max(picture.shape[:2]) <= _LONGEST
    return "" if fits else "8 bits, grey or of three colours; png and dicom keep 16 bits"


def encode(pixels: NDArray[Any]) -> bytes:
    """The bytes of a file; colour in the order red, green, blue."""
    import cv2

    return bytes(cv2.imencode(".jpg", bgr(pixels), [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])[1].tobytes())
