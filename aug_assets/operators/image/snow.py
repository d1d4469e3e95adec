"""Pictures of a street in snowfall: flakes, a veil over what is far, and white patches on the ground.

Nothing settles on the sky, and what stands upright is left alone; the veil hides contrast as fog does, at a
visibility of about 1 km at 1 mm of melted snow an hour, half of it at twice the rate.

Source: Rasmussen, Vivekanandan, Cole, Myers and Masters, "The estimation of snowfall rate using visibility",
J. Applied Meteorology 38, 1999.

Not for tyre tracks, snow on roofs and cars, or drifts, which it does not make.
"""

from functools import lru_cache
from typing import Any, ClassVar, Literal, Self

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from pydantic import Field, model_validator

from aug_assets.operators.image.base import ImageOperator, Sample
from aug_assets.operators.image.ranges import Range, drawn
from aug_assets.operators.image.tables import F32
from aug_assets.operators.image.weather import (
    CameraParams,
    Scene,
    airlight_of,
    blended,
    looked_at,
    transmission,
)

_VISIBILITY_M = 1000.0  # at 1 mm an hour
_NEAREST_M, _FARTHEST_M = 0.7, 6.0
_A_CUBIC_METRE = 12.0  # flakes at 1 mm an hour that are large enough to be seen
_MOST = 1500
_WIDE = 640  # pixels across at which a point is a pixel
_POINT_PX = 1.5  # radius below which a blurred point shows a flake as well


class SnowParams(CameraParams):
    """Parameters of ``snow``."""

    operator: Literal["snow"] = "snow"
    mm_per_h: Range = Field(
        (0.5, 3),
        description="Rate in millimetres of melted snow an hour, about a centimetre of fresh snow each, least"
        " and most, above 0 and up to 20",
    )
    cover: Range = Field(
        (0.1, 0.6), description="Share of the ground that has turned white, least and most, 0 to 1"
    )

    @model_validator(mode="after")
    def _sensible(self) -> Self:
        if not 0 < self.mm_per_h[0] <= self.mm_per_h[1] <= 20:  # noqa: PLR2004
            raise ValueError(f"mm_per_h {self.mm_per_h} is not above 0 and up to 20")
        if not 0 <= self.cover[0] <= self.cover[1] <= 1:
            raise ValueError(f"cover {self.cover} is not from 0 to 1")
        return self


class Snow(ImageOperator):
    """Pictures in snowfall."""

    name: ClassVar = "snow"
    version: ClassVar = "1"
    Params: ClassVar = SnowParams

    @classmethod
    def change(
        cls, sample: Sample, state: Any, params: SnowParams, rng: Generator
    ) -> tuple[Sample, dict[str, float]]:
        """Let it snow; see :class:`aug_assets.operators.image.base.ImageOperator`."""
        import cv2

        rate, cover = drawn(rng, params.mm_per_h), drawn(rng, params.cover)
        scene = looked_at(sample, params)
        veil = transmission(scene.distance, _VISIBILITY_M / rate)
        veil *= np.float32(1) - _settled(scene, params, cover, rng)
        left = cv2.resize(
            cv2.convertScaleAbs(veil, alpha=255), sample.size[::-1], interpolation=cv2.INTER_LINEAR
        )
        flakes, count = _flakes(sample.size, params, rate, rng)
        cv2.bitwise_not(flakes, dst=flakes)
        left = cv2.multiply(left, flakes, dst=flakes, scale=1 / 255)
        made = sample.with_image(blended(sample, left, airlight_of(sample, 0.95)))
        return made, {"mm_per_h": rate, "cover": cover, "flakes": float(count)}


def _settled(scene: Scene, params: SnowParams, cover: float, rng: Generator) -> F32:
    """How white each place of the ground is, 0 to 0.8, on the coarse grid: patches that run with the road."""
    import cv2

    rows, columns = scene.sky.shape
    patches = rng.random((rows // 3 + 2, columns // 8 + 2), np.float32)  # flat: seen from low above
    field: Any = cv2.resize(patches, (columns, rows), interpolation=cv2.INTER_CUBIC)
    field += (rng.random((rows, columns), np.float32) - np.float32(0.5)) * np.float32(0.35)
    ground = np.clip((scene.down - np.float32(params.horizon + 0.02)) * 14, 0, 1) * (1 - scene.sky)
    edge = np.quantile(field[::3, ::3], 1 - cover) if cover > 0 else np.inf
    white = np.clip((field - np.float32(edge)) * 5 + np.float32(0.5), 0, 1) if cover > 0 else 0 * field
    return np.asarray(np.float32(0.72) * white * ground * _flat(scene), np.float32)


def _flat(scene: Scene) -> F32:
    """1 where distance falls steadily downwards, as on the ground; 0 on walls and things that stand."""
    if scene.things.flags.writeable:  # of a depth map
        return _fall(scene.things)
    return _known_fall(scene.things.tobytes(), scene.things.shape)


@lru_cache(maxsize=16)
def _known_fall(metres: bytes, shape: tuple[int, ...]) -> F32:
    """The same for a guess, which is one for all pictures of a camera."""
    return _fall(np.frombuffer(metres, np.float32).reshape(shape))


def _fall(metres: F32) -> F32:
    fall = np.abs(np.gradient(np.log(metres), axis=0)) if len(metres) > 1 else 0
    return np.asarray(np.clip(np.asarray(fall) * np.float32(250), 0, 1), np.float32)


def _flakes(
    size: tuple[int, int], params: SnowParams, rate: float, rng: Generator
) -> tuple[NDArray[np.uint8], int]:
    """How much light each pixel gets from flakes near the camera, in parts of 255; and how many there are."""
    import cv2

    step = max(1, round(size[1] / _WIDE))
    height, width = (max(1, side // step) for side in size)
    focal = params.focal * width
    volume = (_FARTHEST_M**3 - _NEAREST_M**3) / 3 * width * height / focal**2
    count = int(min(_MOST, _A_CUBIC_METRE * rate * volume + rng.random()))
    u = rng.random((5, count))
    metres = np.cbrt(_NEAREST_M**3 + u[0] * (_FARTHEST_M**3 - _NEAREST_M**3))
    radius = (0.002 + 0.005 * u[1]) * focal / metres  # flakes of 4 to 14 mm
    x, y = (u[2] * width).astype(np.int32), (u[3] * height).astype(np.int32)
    light = np.minimum(1.0, 1.5 * radius) * (130 + 110 * u[4])
    plane: Any = np.zeros((height, width), np.uint8)
    small = radius < _POINT_PX
    plane[y[small], x[small]] = np.minimum(255, 2.2 * light[small]).astype(np.uint8)
    large = np.stack([x, y, np.rint(radius), np.rint(1.4 * radius), 30 * u[4] - 15, 0.8 * light])[:, ~small]
    for left, top, wide, high, turn, shade in large.T.tolist():
        centre, axes = (int(left), int(top)), (int(wide), int(high))
        cv2.ellipse(plane, centre, axes, turn, 0, 360, int(shade), -1)
    soft = cv2.GaussianBlur(plane, (3, 3), 0)
    return np.asarray(soft if step == 1 else cv2.resize(soft, size[::-1])), count
