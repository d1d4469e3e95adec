"""Drops of water on the lens or windscreen: each shows the scene upside down, small and out of focus.

Source: Roser and Geiger, "Video-based raindrop detection for improved image registration", ICCV Workshops
2009: a drop is a lens of wide angle.

Not for small objects whose label stands for a few pixels: a drop may cover them. Falling rain is ``rain``.
"""

from typing import Any, ClassVar, Literal, Self

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from pydantic import Field, model_validator

from aug_assets.operators import base
from aug_assets.operators.image.base import ImageOperator, Sample
from aug_assets.operators.image.ranges import Range, drawn

_MOST = 200
_WIDE = 3.0  # how much more than its own size a drop shows


class WetLensParams(base.Params):
    """Parameters of ``wet_lens``."""

    operator: Literal["wet_lens"] = "wet_lens"
    drops: tuple[int, int] = Field((8, 30), description="Number of drops, least and most, 1 to 200")
    diameter_px: Range = Field(
        (6, 28), description="Diameter of a drop in pixels, least and most, above 2; small ones are more"
    )

    @model_validator(mode="after")
    def _sensible(self) -> Self:
        if not 1 <= self.drops[0] <= self.drops[1] <= _MOST:
            raise ValueError(f"drops {self.drops} are not least and most from 1 to {_MOST}")
        if self.diameter_px[0] <= 2:  # noqa: PLR2004 - pixels
            raise ValueError(f"diameter_px {self.diameter_px} is not above 2")
        return self


class WetLens(ImageOperator):
    """Pictures through drops."""

    name: ClassVar = "wet_lens"
    version: ClassVar = "1"
    Params: ClassVar = WetLensParams

    @classmethod
    def change(
        cls, sample: Sample, state: Any, params: WetLensParams, rng: Generator
    ) -> tuple[Sample, dict[str, float]]:
        """Wet the lens; see :class:`aug_assets.operators.image.base.ImageOperator`."""
        import cv2

        count = params.drops[0] + int(rng.random() * (params.drops[1] - params.drops[0] + 1))
        blurred = cv2.blur(sample.image, (7, 7))
        image, widest, covered = sample.image.copy(), 0.0, np.zeros(sample.size, bool)
        for _ in range(count):
            x, y, small = rng.random(3)
            diameter = drawn(rng, params.diameter_px)
            diameter = params.diameter_px[0] + (diameter - params.diameter_px[0]) * (0.3 + 0.7 * small)
            at = x * sample.size[1], y * sample.size[0]
            part, depth = _inside(sample.size, at, diameter / 2, 1 + 0.25 * rng.random())
            if depth.size:
                _drop(image, blurred, part, depth, at, sample)
                covered[part] |= depth > 0
            widest = max(widest, diameter)
        values = {"drops": float(count), "widest_px": widest, "covered": float(covered.mean())}
        return sample.with_image(image), values


def _inside(
    size: tuple[int, int], at: tuple[float, float], radius: float, tall: float
) -> tuple[tuple[slice, slice], NDArray[np.float32]]:
    """The window of a drop, and in it 1 at the middle of the drop down to 0 at its border and beyond."""
    high = radius * tall
    rows = slice(max(0, int(at[1] - high)), min(size[0], int(at[1] + high) + 2))
    columns = slice(max(0, int(at[0] - radius)), min(size[1], int(at[0] + radius) + 2))
    y = (np.arange(rows.start, rows.stop, dtype=np.float32)[:, None] - np.float32(at[1])) / np.float32(high)
    x = (np.arange(columns.start, columns.stop, dtype=np.float32)[None, :] - np.float32(at[0])) / np.float32(
        radius
    )
    y = np.where(y < 0, y * (1 - np.float32(0.25) * y), y)  # pointed above, as gravity leaves it
    return (rows, columns), np.asarray(np.maximum(1 - x * x - y * y, 0), np.float32)


def _drop(
    image: NDArray[Any],
    blurred: NDArray[Any],
    part: tuple[slice, slice],
    depth: NDArray[np.float32],
    at: tuple[float, float],
    sample: Sample,
) -> None:
    """Write one drop into the picture, in place."""
    import cv2

    y = np.arange(part[0].start, part[0].stop, dtype=np.float32)[:, None]
    x = np.arange(part[1].start, part[1].stop, dtype=np.float32)[None, :]
    bend = np.float32(_WIDE) * (np.float32(1.6) - depth)
    to_x = np.float32(at[0]) - (x - np.float32(at[0])) * bend
    to_y = np.float32(at[1]) - (y - np.float32(at[1])) * bend
    seen = cv2.remap(
        blurred, to_x, np.ascontiguousarray(to_y), cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101
    ).astype(np.float32)
    low = np.float32(max(sample.low, 0.0))
    share = np.clip(depth * 4, 0, 1)
    rim = np.float32(0.72) + np.float32(0.36) * np.sqrt(depth)
    planes = [p if image.ndim == p.ndim else p[:, :, None] for p in (share, rim)]
    seen = low + (seen.reshape(image[part].shape) - low) * planes[1]
    image[part] = sample.pixels(image[part] * (1 - planes[0]) + seen * planes[0])
