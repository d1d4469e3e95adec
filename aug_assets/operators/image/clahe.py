"""Contrast evened out tile by tile, as many viewing stations show films.

Source: Zuiderveld, "Contrast limited adaptive histogram equalization", Graphics Gems IV, 1994.

Not for pictures whose absolute brightness decides the label, and not with a high limit: noise in flat areas
looks like texture then.
"""

from typing import Any, ClassVar, Literal

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from pydantic import Field

from aug_assets.operators import base
from aug_assets.operators.image.base import ImageOperator, Sample
from aug_assets.operators.image.ranges import Range, drawn
from aug_assets.operators.image.signal import by_rows, scale, shaped
from aug_assets.operators.image.tables import F32

_BINS = 256  # at any depth: of a bin a value, as OpenCV has at 16 bits, a tile fills too few to be limited


class ClaheParams(base.Params):
    """Parameters of ``clahe``."""

    operator: Literal["clahe"] = "clahe"
    clip: Range = Field(
        (1.2, 2.5),
        description="Limit of the contrast in times of the even share of a bin, least and most; 1 is none",
    )
    tiles: int = Field(8, ge=1, le=64, description="Tiles down and across, each evened out by itself")
    blend: Range = Field(
        (0.3, 0.8), description="Share of the result that is evened out, the rest is the picture as it was"
    )

    def model_post_init(self, _: Any) -> None:
        """Refuse what is no limit or no share."""
        if self.clip[0] < 1:
            raise ValueError(f"clip {self.clip[0]} is below 1, the even share of a bin")
        if not 0 < self.blend[0] <= self.blend[1] <= 1:
            raise ValueError(f"blend {self.blend} is not above 0 and up to 1")


class Clahe(ImageOperator):
    """Pictures of even local contrast."""

    name: ClassVar = "clahe"
    version: ClassVar = "1"
    Params: ClassVar = ClaheParams

    @classmethod
    def change(
        cls, sample: Sample, state: Any, params: ClaheParams, rng: Generator
    ) -> tuple[Sample, dict[str, float]]:
        """Even contrast out; see :class:`aug_assets.operators.image.base.ImageOperator`."""
        clip, blend = drawn(rng, params.clip), drawn(rng, params.blend)
        told = {"clip": clip, "blend": blend}
        if sample.image.dtype == np.uint8 and (sample.low, sample.high) == (0, 255):
            return sample.with_image(_eight_bits(sample.image, params.tiles, clip, blend)), told
        low, width = scale(sample)
        share = np.clip((_grey(sample.image.astype(np.float32)) - low) / width, 0, 1)
        curves = _curves(share, params.tiles, clip)
        down = _between(sample.size[0], curves.shape[0])
        across = _between(sample.size[1], curves.shape[1])

        def evened(values: F32, rows: slice) -> F32:
            plane = share[rows]
            new = _looked_up(plane, curves, tuple(part[rows] for part in down), across)
            return np.asarray(values + shaped(np.float32(blend) * width * (new - plane), values))

        return sample.with_image(by_rows(sample, evened)), told


def _eight_bits(image: NDArray[np.uint8], tiles: int, clip: float, blend: float) -> NDArray[np.uint8]:
    """The same by OpenCV, which is several times faster and right at 8 bits."""
    import cv2

    flat = image.ndim == 2  # noqa: PLR2004
    grey = image if flat else cv2.transform(image, np.full((1, image.shape[2]), 1 / image.shape[2]))
    new = cv2.createCLAHE(clip, (tiles, tiles)).apply(grey)
    if flat:
        return np.asarray(cv2.addWeighted(image, 1 - blend, new, blend, 0))
    change = cv2.addWeighted(new, blend, grey, -blend, 0, dtype=cv2.CV_16S)
    return np.asarray(cv2.add(image, np.repeat(change[:, :, None], image.shape[2], axis=2), dtype=cv2.CV_8U))


def _grey(image: F32) -> F32:
    return image if image.ndim == 2 else image.mean(axis=2, dtype=np.float32)  # noqa: PLR2004


def _curves(share: F32, tiles: int, clip: float) -> F32:
    """The curve of each tile from 0..1 to 0..1, float32 (down, across, 257), from its clipped histogram."""
    height, width = share.shape
    down, across = min(tiles, height), min(tiles, width)
    bins = np.minimum((share * _BINS).astype(np.int64), _BINS - 1)
    y, x = np.arange(height) * down // height, np.arange(width) * across // width
    where = (y[:, None] * across + x) * _BINS + bins
    counts = np.bincount(where.ravel(), minlength=down * across * _BINS).reshape(down * across, _BINS)
    even = counts.sum(axis=1, keepdims=True) / _BINS
    clipped = np.minimum(counts, clip * even)
    clipped += (counts.sum(axis=1, keepdims=True) - clipped.sum(axis=1, keepdims=True)) / _BINS
    curves = np.zeros((down * across, _BINS + 1), np.float32)
    curves[:, 1:] = np.cumsum(clipped, axis=1) / clipped.sum(axis=1, keepdims=True)
    return curves.reshape(down, across, _BINS + 1)


def _between(length: int, tiles: int) -> tuple[Any, ...]:
    """For each pixel of a side the tiles before and after it, and how near it is to the latter's middle."""
    at = np.clip((np.arange(length) + 0.5) * tiles / length - 0.5, 0, tiles - 1)
    before = np.minimum(at.astype(np.int64), max(tiles - 2, 0))
    return before, np.minimum(before + 1, tiles - 1), (at - before).astype(np.float32)


def _looked_up(share: F32, curves: F32, down: tuple[Any, ...], across: tuple[Any, ...]) -> F32:
    """Each pixel by the curves of the four tiles around it, linear between tiles and within a bin."""
    above, below, near = down
    mixed = curves[above] + near[:, None, None] * (curves[below] - curves[above])  # (rows, across, 257)
    flat, size = mixed.ravel(), _BINS + 1
    scaled = share * np.float32(_BINS)
    first = np.minimum(scaled.astype(np.int64), _BINS - 1)
    part = scaled - first
    row = np.arange(len(share))[:, None] * (mixed.shape[1] * size)
    sides = []
    for tile in across[:2]:
        index = row + tile * size + first
        lower = flat[index]
        sides.append(lower + part * (flat[index + 1] - lower))
    return np.asarray(sides[0] + across[2] * (sides[1] - sides[0]), np.float32)
