"""Look-up tables: new pixels from old ones at 8 and 16 bits, and normal noise from random bits."""

from collections.abc import Callable
from functools import cache
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from aug_assets.operators.image.base import Sample

F32 = NDArray[np.float32]
F64 = NDArray[np.float64]

ROWS = 64  # so that temporaries stay in the cache; whole float pictures were measured 9 times slower
_LEVELS = 1 << 16


def span(sample: Sample) -> tuple[float, float]:
    """The grey values that darkest and brightest mean here.

    The legal range, but the picture's own where it has 16 bits and no range was declared: 12 bits of 16 are
    usual, and a share of what the dtype could hold would say nothing.
    """
    kind = sample.image.dtype
    if kind.itemsize == 2:  # noqa: PLR2004 - bytes
        full = np.iinfo(kind)
        if (sample.low, sample.high) == (full.min, full.max):
            return float(sample.image.min()), float(sample.image.max())
    return sample.low, sample.high


def mapped(sample: Sample, curve: Callable[[F64], F64]) -> NDArray[Any]:
    """Each pixel of 8 or 16 bits by a curve, which is asked once for every value that the dtype has.

    Args:
        sample: The sample, whose picture is not float.
        curve: From float64 grey values to new ones, of any shape.

    Returns:
        Legal pixels of the picture's shape and dtype.
    """
    image = sample.image
    new = np.minimum(np.maximum(curve(_values(image.dtype.name)), sample.low), sample.high)
    table = np.rint(new).astype(image.dtype)
    if image.dtype == np.uint8:
        import stringzilla  # type: ignore[import-not-found]

        told = stringzilla.translate(np.ascontiguousarray(image).data, table.data)
        return np.frombuffer(told, np.uint8).reshape(image.shape)
    return looked_up(flat(image).view(np.uint16), table).reshape(image.shape)


def flat(image: NDArray[Any]) -> NDArray[Any]:
    """The picture with its channels side by side, (height, width * channels): OpenCV drops an axis of one."""
    return np.ascontiguousarray(image).reshape(len(image), -1)


def looked_up(index: NDArray[np.uint16], table: NDArray[Any]) -> NDArray[Any]:
    """``table[index]`` of 65,536 entries, at a third of the time."""
    import cv2

    return np.asarray(cv2.LUT(index, table.reshape(1, -1)))


@cache
def _values(dtype: str) -> F64:
    """Every value of a dtype, at the place that its bits name."""
    kind = np.dtype(dtype)
    return np.arange(256**kind.itemsize).astype(f"u{kind.itemsize}").view(kind).astype(np.float64)


def legal(sample: Sample, made: NDArray[Any]) -> NDArray[Any]:
    """New pixels of the picture's dtype, cut off in place where they may lie outside its legal range."""
    whole = None if made.dtype == np.float32 else np.iinfo(made.dtype)
    if whole is None or sample.low > whole.min or sample.high < whole.max:
        least, most = np.array([sample.low, sample.high]).astype(made.dtype)
        np.clip(made, least, most, out=made)
    return made


def bits(rng: Generator, shape: tuple[int, int]) -> NDArray[np.uint16]:
    """16 random bits each, from the generator's raw words, which no version of numpy may change."""
    count = shape[0] * shape[1]
    words: Any = rng.bit_generator.random_raw(-(-count // 4))
    return np.asarray(words, np.uint64).astype("<u8", copy=False).view("<u2")[:count].reshape(shape)


@cache
def normals() -> F32:
    """The normal quantiles in the middles of 65,536 equal shares, ascending, up to 4.3 on either side."""
    bell = NormalDist()
    upper = [bell.inv_cdf((k + 0.5) / _LEVELS) for k in range(_LEVELS // 2, _LEVELS)]
    made = np.array([*[-value for value in upper[::-1]], *upper], np.float32)
    made.flags.writeable = False
    return made
