"""The low sun in or beside the picture: its disc, light scattered in eye and lens, and rings along its axis.

Source: the glare spread of Vos, "Disability glare - a state of the art report", CIE Journal 3, 1984:
scattered light falls with the square of the angle from the source.

Not for nights, and not for pictures whose exposure carries the label.
"""

from typing import Any, ClassVar, Literal, Self

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from pydantic import Field, model_validator

from aug_assets.operators.image.base import ImageOperator, Sample
from aug_assets.operators.image.ranges import Range, drawn
from aug_assets.operators.image.tables import F32, span
from aug_assets.operators.image.weather import CameraParams, Scene, blended, looked_at

_WARM = np.array([1.0, 0.96, 0.86], np.float32)  # red, green, blue of a low sun
_DISC = 0.012  # radians: the sun and what its light burns out around it
_HIDDEN = 0.4  # of the scattered light, when something stands before the sun
_RINGS = (-0.35, -0.8, 0.45)  # where between the sun, at 1, and the middle of the picture, at 0


class SunGlareParams(CameraParams):
    """Parameters of ``sun_glare``."""

    operator: Literal["sun_glare"] = "sun_glare"
    elevation_deg: Range = Field(
        (3, 18), description="Height of the sun above the horizon in degrees, least and most, -2 to 60"
    )
    azimuth_deg: Range = Field(
        (-25, 25), description="How far to the right of the camera's axis it is, in degrees, least and most"
    )
    glare: Range = Field(
        (0.2, 0.6),
        description="Scattered light at 10 degrees from the sun as a share of white, least and most, 0 to 1",
    )

    @model_validator(mode="after")
    def _sensible(self) -> Self:
        if not -2 <= self.elevation_deg[0] <= self.elevation_deg[1] <= 60:  # noqa: PLR2004
            raise ValueError(f"elevation_deg {self.elevation_deg} is not from -2 to 60")
        if not -80 <= self.azimuth_deg[0] <= self.azimuth_deg[1] <= 80:  # noqa: PLR2004
            raise ValueError(f"azimuth_deg {self.azimuth_deg} is not from -80 to 80")
        if not 0 <= self.glare[0] <= self.glare[1] <= 1:
            raise ValueError(f"glare {self.glare} is not from 0 to 1")
        return self


class SunGlare(ImageOperator):
    """Pictures against the sun."""

    name: ClassVar = "sun_glare"
    version: ClassVar = "1"
    Params: ClassVar = SunGlareParams

    @classmethod
    def change(
        cls, sample: Sample, state: Any, params: SunGlareParams, rng: Generator
    ) -> tuple[Sample, dict[str, float]]:
        """Let the sun in; see :class:`aug_assets.operators.image.base.ImageOperator`."""
        import cv2

        elevation, azimuth = drawn(rng, params.elevation_deg), drawn(rng, params.azimuth_deg)
        glare = drawn(rng, params.glare)
        scene = looked_at(sample, params)
        lit, free = _light(scene, sample.size, params, np.radians([azimuth, elevation]), glare)
        left = cv2.resize(
            cv2.convertScaleAbs(1 - lit, alpha=255), sample.size[::-1], interpolation=cv2.INTER_LINEAR
        )
        low, high = span(sample)
        channels = (*sample.image.shape, 1)[2]
        tint = _WARM if channels == len(_WARM) else np.ones(channels, np.float32)
        air = np.float32(low) + tint * np.float32(high - low)
        made = sample.with_image(blended(sample, left, air))
        values = {"elevation_deg": elevation, "azimuth_deg": azimuth, "glare": glare, "free": free}
        return made, {name: float(value) for name, value in values.items()}


def _light(
    scene: Scene, size: tuple[int, int], params: SunGlareParams, sun: NDArray[np.float64], glare: float
) -> tuple[F32, float]:
    """How far each place of the coarse grid is drowned in light, 0 to 1; and how much of the sun is free.

    Behind houses and trees the sun itself is not seen, and little of its light is scattered.
    """
    rows, columns = scene.sky.shape
    focal = params.focal * size[1]
    x = (((np.arange(columns, dtype=np.float32) + 0.5) / columns - 0.5) * size[1] / focal)[None, :]
    y = ((params.horizon - (np.arange(rows, dtype=np.float32) + 0.5) / rows) * size[0] / focal)[:, None]
    at = np.array([np.tan(sun[0]), np.tan(sun[1]) / np.cos(sun[0])])
    square = (x - np.float32(at[0])) ** 2 + (y - np.float32(at[1])) ** 2
    disc = np.clip(2 - square / np.float32(_DISC**2 * (1 + 6 * glare)), 0, 1)
    whole = float(disc.sum())
    free = (
        float((disc * scene.sky).sum()) / whole if whole else 1.0
    )  # out of the picture nothing is in its way
    scattered = np.float32(glare * (_HIDDEN + (1 - _HIDDEN) * free))
    total = scattered * np.radians(10) ** 2 / (square + np.float32(0.12**2)) + disc * scene.sky
    middle = np.array([0.0, (params.horizon - 0.5) * size[0] / focal])
    for n, place in enumerate(_RINGS):
        spot = middle + (at - middle) * place
        away = np.sqrt((x - np.float32(spot[0])) ** 2 + (y - np.float32(spot[1])) ** 2)
        radius = np.float32(0.03 + 0.02 * n)
        total += np.float32(0.1) * scattered * np.clip(3 * (1 - away / radius), 0, 1)
    return np.asarray(np.clip(1 - np.exp(-total), 0, 1), np.float32), free
