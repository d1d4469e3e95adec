"""Pixels as a measured signal: where its zero lies, noise for it, and float work a few rows at a time."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from aug_assets.operators.image.base import Sample
from aug_assets.operators.image.tables import F32, ROWS, bits, looked_up, normals, span


def by_rows(sample: Sample, change: Callable[[F32, slice], F32]) -> NDArray[Any]:
    """The picture with ``change`` applied to stretches of its rows.

    Args:
        sample: The sample, whose picture is (height, width) or (height, width, channels).
        change: From a stretch of rows as float32 and where it lies to its new values, of the same shape.

    Returns:
        Legal pixels of the picture's shape and dtype.
    """
    made = np.empty_like(sample.image)
    for top in range(0, sample.size[0], ROWS):
        part = slice(top, min(top + ROWS, sample.size[0]))
        made[part] = sample.pixels(change(sample.image[part].astype(np.float32), part))
    return made


def zero(sample: Sample) -> float:
    """The value of no signal: 0, or the picture's least value where it goes below, as air in a CT slice."""
    return max(sample.low, min(0.0, float(sample.image.min())))


def shaped(plane: NDArray[Any], like: NDArray[Any]) -> NDArray[Any]:
    """A plane (height, width) that multiplies all channels of a picture alike."""
    return plane if like.ndim == plane.ndim else plane[:, :, None]


def gauss(rng: Generator, shape: tuple[int, ...]) -> F32:
    """Normal noise of mean 0 and variance 1, cut off at 4.3, float32 of this shape."""
    flat = (shape[0], int(np.prod(shape[1:])))
    return np.asarray(looked_up(bits(rng, flat), normals()).reshape(shape), np.float32)


def scale(sample: Sample) -> tuple[np.float32, np.float32]:
    """The darkest grey value and the width of the range up to the brightest, never 0; see :func:`span`."""
    low, high = span(sample)
    return np.float32(low), np.float32((high - low) or 1.0)
