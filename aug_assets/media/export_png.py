"""Pictures as PNG, which keeps 8 and 16 bits exactly."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from aug_assets.values.picture import Picture

_DTYPES = ("uint8", "uint16")
_CHANNELS = (1, 3, 4)


def refuses(picture: Picture) -> str:
    """What it would take instead of this picture; empty when it takes it."""
    channels = picture.shape[2] if len(picture.shape) > 2 else 1  # noqa: PLR2004
    fits = picture.dtype in _DTYPES and channels in _CHANNELS
    return "" if fits else "8 or 16 bits without sign, in 1, 3 or 4 channels; dicom takes int16"


def encode(pixels: NDArray[Any], ending: str) -> bytes:
    """The bytes of a file.

    Args:
        pixels: Colour in the order red, green, blue.
        ending: ``.png``, or ``.tiff`` for what PNG cannot hold.
    """
    import cv2

    return bytes(cv2.imencode(ending, bgr(pixels))[1].tobytes())


def bgr(pixels: NDArray[Any]) -> NDArray[Any]:
    """Colours in OpenCV's order."""
    if pixels.ndim == 2:  # noqa: PLR2004 - no channels
        return pixels
    return np.ascontiguousarray(pixels[..., [2, 1, 0, 3][: pixels.shape[2]] if pixels.shape[2] > 1 else [0]])
