"""Pictures of a street by night: darker, bluish and noisy, under a dark sky, with lamps where asked for.

The camera opens up as it gets dark, but less than the light fades; noise follows from the electrons that are
then left in a pixel. Near things keep some light, as of the car's own headlights.

Source: Thompson, Shirley and Ferwerda, "A spatial post-processing algorithm for images of night scenes",
J. Graphics Tools 7(1), 2002 (blue shift); Foi, Trimeche, Katkovnik and Egiazarian, "Practical
Poissonian-Gaussian noise modeling and fitting", IEEE Trans. Image Processing 17(10), 2008 (noise).

Not for pictures with strong shadows, which no night has, nor for headlights and rear lights of others: they
would show where the labelled objects are.
"""

from typing import Any, ClassVar, Literal, Self

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from pydantic import Field, model_validator

from aug_assets.operators.image.base import ImageOperator, Sample
from aug_assets.operators.image.ranges import Range, drawn
from aug_assets.operators.image.signal import gauss
from aug_assets.operators.image.tables import F32, span
from aug_assets.operators.image.weather import (
    CameraParams,
    Scene,
    by_tiles,
    looked_at,
    repeated,
    sky_at,
    spread,
)

_COOL = np.array([0.82, 0.95, 1.15], np.float32)  # red, green, blue of things without lamps
_WARM = np.array([1.0, 0.8, 0.5], np.float32)  # of a lamp's light
_ELECTRONS_A_LUX = 400.0  # in a pixel that is white
_READ = 6.0  # electrons of noise without any light
_LAMPS = 8


class NightParams(CameraParams):
    """Parameters of ``night``."""

    operator: Literal["night"] = "night"
    lux: Range = Field(
        (1, 20),
        description="Light on the street in lux, least and most, 0.1 to 400; a lit street has 5 to 20",
    )
    lamps: tuple[int, int] = Field((0, 0), description="Number of street lamps, least and most, 0 to 8")
    headlights: Range = Field(
        (0.3, 0.8),
        description="Light of the car's own lamps at 10 m, as a share of what is needed for a picture as by"
        " day, least and most, 0 to 2",
    )

    @model_validator(mode="after")
    def _sensible(self) -> Self:
        if not 0.1 <= self.lux[0] <= self.lux[1] <= 400:  # noqa: PLR2004
            raise ValueError(f"lux {self.lux} is not from 0.1 to 400")
        if not 0 <= self.lamps[0] <= self.lamps[1] <= _LAMPS:
            raise ValueError(f"lamps {self.lamps} are not least and most from 0 to {_LAMPS}")
        if not 0 <= self.headlights[0] <= self.headlights[1] <= 2:  # noqa: PLR2004
            raise ValueError(f"headlights {self.headlights} is not from 0 to 2")
        return self


class Night(ImageOperator):
    """Pictures by night."""

    name: ClassVar = "night"
    version: ClassVar = "1"
    Params: ClassVar = NightParams

    @classmethod
    def change(
        cls, sample: Sample, state: Any, params: NightParams, rng: Generator
    ) -> tuple[Sample, dict[str, float]]:
        """Turn day to night; see :class:`aug_assets.operators.image.base.ImageOperator`."""
        lux, head = drawn(rng, params.lux), drawn(rng, params.headlights)
        count = params.lamps[0] + int(rng.random() * (params.lamps[1] - params.lamps[0] + 1))
        scene = looked_at(sample, params)
        level = float((lux / 1000) ** 0.3)  # what the camera makes of it, as a share of day
        own, sky = spread(_lit(scene, level, head), sample.size), sky_at(sample, scene)
        lit = own + (np.float32(0.06 * level) - own) * sky
        glow = spread(_lamps(scene, params, count, rng), sample.size)
        channels = scene.colour.shape[2]
        cool, warm = (c if channels == len(c) else np.ones(channels, np.float32) for c in (_COOL, _WARM))
        image = _exposed(sample, (lit, glow), (cool, warm), lux, rng)
        values = {"lux": lux, "headlights": head, "lamps": count, "level": level}
        return sample.with_image(image), {name: float(value) for name, value in values.items()}


def _lit(scene: Scene, level: float, head: float) -> F32:
    """Light on the things at each place of the coarse grid, as a share of day's."""
    across = np.linspace(-1, 1, scene.sky.shape[1], dtype=np.float32)[None, :]
    beam = np.exp(-((across * np.float32(1.1)) ** 2)) * np.minimum(1, (10 / scene.things) ** 2 * head)
    return np.asarray(np.float32(level * 0.8) + np.float32(1.2 * level) * beam, np.float32)


def _lamps(scene: Scene, params: NightParams, count: int, rng: Generator) -> F32:
    """Lamps above the road and the light around them, 0 to 1 and above, on the coarse grid."""
    rows, columns = scene.sky.shape
    x, y = np.arange(columns, dtype=np.float32)[None, :], np.arange(rows, dtype=np.float32)[:, None]
    glow = np.zeros((rows, columns), np.float32)
    for _ in range(count):
        metres, side = 12 + 60 * rng.random(), 1 if rng.random() < 0.5 else -1  # noqa: PLR2004
        focal = params.focal * columns
        at = (
            columns / 2 + side * (5 + rng.random()) * focal / metres,
            params.horizon * rows - 6 * focal / metres,
        )
        square = (x - np.float32(at[0])) ** 2 + (y - np.float32(at[1])) ** 2
        size = np.float32((0.25 * focal / metres) ** 2 + 0.3)
        glow += np.exp(-square / size) + np.float32(0.06) / (1 + square / (size * 12))
    return glow


def _exposed(
    sample: Sample, planes: tuple[F32, F32], colours: tuple[F32, F32], lux: float, rng: Generator
) -> NDArray[Any]:
    """What the sensor makes of that light; grey values are taken as the square root of light."""
    low, high = span(sample)
    scale, wide = np.float32(high - low or 1), sample.size[1]
    full = np.float32(_ELECTRONS_A_LUX * lux)
    cool, warm = (np.tile(colour, wide)[None, :] for colour in colours)

    def change(pixels: F32, part: slice) -> F32:
        unit = (pixels - np.float32(low)) / scale
        light = unit * unit * repeated(planes[0][part], len(colours[0])) * cool
        light += repeated(planes[1][part], len(colours[0])) * warm
        noise = np.sqrt(np.maximum(light, 0) / full * _GAIN + np.float32(_READ**2) / (full * full) * _GAIN**2)
        light += noise * gauss(rng, light.shape)
        return np.asarray(np.sqrt(np.maximum(light, 0) + _BLACK) * scale + np.float32(low), np.float32)

    return by_tiles(sample, change)


_BLACK = np.float32(0.0009)  # 3 % of grey: no camera's black is 0
_GAIN = np.float32(0.3)  # of light by the gain that makes up for the dark
