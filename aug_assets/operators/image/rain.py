"""Pictures of a street in rain: streaks of near drops, and a light veil over what is far.

How many streaks there are and how long they are follows from the rate, by the sizes of drops, how fast they
fall and how long the shutter is open; smaller and farther drops are the veil.

Source: Marshall and Palmer, "The distribution of raindrops with size", J. Meteorology 5, 1948 (sizes); Garg
and Nayar, "Vision and Rain", IJCV 75, 2007 (streaks). The veil takes 1.08 R^0.67 dB/km, as links of light
through air are planned with.

Not for wet roads and mirror images in them, which it does not make; for drops on the lens see ``wet_lens``.
"""

from typing import Any, ClassVar, Literal, Self

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from pydantic import Field, model_validator

from aug_assets.operators.image.base import ImageOperator, Sample
from aug_assets.operators.image.ranges import Range, drawn
from aug_assets.operators.image.weather import (
    CameraParams,
    airlight_of,
    blended,
    grid,
    ground_m,
    guessed_m,
    known_m,
)

_NEAREST_M, _FARTHEST_M = 0.6, 3.0
_SEEN_MM = 2.0  # drops of a diameter below it leave no streak
_MOST = 1000  # streaks
_VEILED_M = 150.0  # what is above the horizon, where nothing better is known
_WIDE = 640  # pixels across at which a near drop is one pixel wide


class RainParams(CameraParams):
    """Parameters of ``rain``."""

    operator: Literal["rain"] = "rain"
    mm_per_h: Range = Field(
        (4, 40), description="Rate in millimetres an hour, least and most, above 0 and up to 200"
    )
    slant_deg: Range = Field(
        (-12, 12), description="How far streaks lean to the right from upright, in degrees, least and most"
    )
    exposure_ms: float = Field(8.0, gt=0, le=100, description="How long the shutter is open, in milliseconds")

    @model_validator(mode="after")
    def _sensible(self) -> Self:
        if not 0 < self.mm_per_h[0] <= self.mm_per_h[1] <= 200:  # noqa: PLR2004
            raise ValueError(f"mm_per_h {self.mm_per_h} is not above 0 and up to 200")
        if not -60 <= self.slant_deg[0] <= self.slant_deg[1] <= 60:  # noqa: PLR2004
            raise ValueError(f"slant_deg {self.slant_deg} is not from -60 to 60")
        return self


class Rain(ImageOperator):
    """Pictures in rain."""

    name: ClassVar = "rain"
    version: ClassVar = "1"
    Params: ClassVar = RainParams

    @classmethod
    def change(
        cls, sample: Sample, state: Any, params: RainParams, rng: Generator
    ) -> tuple[Sample, dict[str, float]]:
        """Let it rain; see :class:`aug_assets.operators.image.base.ImageOperator`."""
        import cv2

        rate, slant = drawn(rng, params.mm_per_h), drawn(rng, params.slant_deg)
        plane, count = _streaks(sample.size, params, rate, slant, rng)
        cv2.bitwise_not(plane, dst=plane)
        left = cv2.multiply(plane, _veil(sample, params, rate), dst=plane, scale=1 / 255)
        made = sample.with_image(blended(sample, left, airlight_of(sample, 0.85)))
        return made, {"mm_per_h": rate, "slant_deg": slant, "streaks": float(count)}


def _veil(sample: Sample, params: RainParams, rate: float) -> NDArray[np.uint8]:
    """What drops in the distance leave of each pixel, in parts of 255."""
    import cv2

    rows, columns, _ = grid(sample.size)
    if sample.depth is not None:
        metres = known_m(sample.depth, guessed_m(rows, columns, sample.size, params))
    else:  # without walls, which would stand against the sky
        below = ((np.arange(rows) + 0.5) / rows - params.horizon) * sample.size[0]
        metres = np.minimum(ground_m(below, params, sample.size[1]), _VEILED_M)[:, None].astype(np.float32)
    per_m = 1.08 * rate**0.67 / 4.343 / 1000
    left = cv2.convertScaleAbs(np.exp(metres * np.float32(-per_m)), alpha=255)
    return np.asarray(cv2.resize(left, sample.size[::-1], interpolation=cv2.INTER_LINEAR))


def _streaks(
    size: tuple[int, int], params: RainParams, rate: float, slant: float, rng: Generator
) -> tuple[NDArray[np.uint8], int]:
    """How much light each pixel gets from near drops, in parts of 255; and how many there are."""
    import cv2

    step = max(1, round(size[1] / _WIDE))  # in large pictures streaks are wider than a pixel, and soft
    height, width = (max(1, side // step) for side in size)
    focal = params.focal * width
    falls = 4.1 * rate**-0.21  # Marshall and Palmer's, per millimetre
    a_cubic_metre = 8000 / falls * np.exp(-falls * _SEEN_MM)
    volume = (_FARTHEST_M**3 - _NEAREST_M**3) / 3 * width * height / focal**2
    count = int(min(_MOST, a_cubic_metre * volume + rng.random()))
    u = rng.random((5, count))
    metres = np.cbrt(_NEAREST_M**3 + u[0] * (_FARTHEST_M**3 - _NEAREST_M**3))
    wide_mm = _SEEN_MM - np.log1p(-u[1]) / falls
    speed = 9.65 - 10.3 * np.exp(-0.6 * wide_mm)  # metres a second
    length = speed * params.exposure_ms / 1000 * focal / metres
    turn = np.radians(slant + 6 * (u[2] - 0.5))
    start = np.stack([u[3] * 1.2 - 0.1, u[4] * 1.2 - 0.2]) * np.array([[width], [height]])
    light = 30 + 150 * np.minimum(1.0, wide_mm / 1000 * focal / metres)
    plane = np.zeros((height, width), np.uint8)
    _drawn(plane, start, np.stack([-np.sin(turn), np.cos(turn)]), length, light.astype(np.uint8))
    soft = cv2.blur(plane, (3, 3))
    return np.asarray(soft if step == 1 else cv2.resize(soft, size[::-1])), count


def _drawn(plane: Any, start: Any, turn: Any, length: Any, light: Any) -> None:
    """Lines of one pixel's width: OpenCV's took five times as long for so many short ones."""
    height, width = plane.shape
    pixels = length.astype(np.int32) + 1
    line = np.repeat(np.arange(len(pixels), dtype=np.int32), pixels)
    first = (np.cumsum(pixels) - pixels).astype(np.float32)
    along = np.arange(len(line), dtype=np.float32) - first.take(line)
    x, y = (
        np.rint(s.take(line) + t.take(line) * along).astype(np.int32)
        for s, t in zip(start.astype(np.float32), turn.astype(np.float32), strict=True)
    )
    inside = (x.view(np.uint32) < width) & (y.view(np.uint32) < height)  # below 0 is far above, too
    plane.reshape(-1)[(y * width + x)[inside]] = light.take(line)[inside]
