"""Shadows with soft borders on the ground, as of trees and houses beside the road.

The sky is left alone. What is in shadow is lit by the sky only, and so turns a little blue.

Source: Buslaev et al., "Albumentations: Fast and Flexible Image Augmentations", Information 11, 2020
(polygons of random corners); borders are softened by a penumbra here.

Not for overcast scenes and nights, where nothing throws a shadow.
"""

from typing import Any, ClassVar, Literal, Self

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from pydantic import Field, model_validator

from aug_assets.operators.image.base import ImageOperator, Sample
from aug_assets.operators.image.ranges import Range, drawn
from aug_assets.operators.image.tables import F32
from aug_assets.operators.image.weather import CameraParams, blended, looked_at

_MOST = 12
_BLUE = np.array([1.0, 0.9, 0.7], np.float32)  # of the darkness, red, green and blue
_FINE = 160


class ShadowParams(CameraParams):
    """Parameters of ``shadow``."""

    operator: Literal["shadow"] = "shadow"
    shadows: tuple[int, int] = Field((1, 3), description="Number of shadows, least and most, 1 to 12")
    darkness: Range = Field(
        (0.3, 0.6), description="Share of the light that is missing in shadow, least and most, 0 to 0.95"
    )
    penumbra: Range = Field(
        (0.005, 0.03), description="Softness of the border as a share of the width, least and most, 0 to 0.2"
    )

    @model_validator(mode="after")
    def _sensible(self) -> Self:
        if not 1 <= self.shadows[0] <= self.shadows[1] <= _MOST:
            raise ValueError(f"shadows {self.shadows} are not least and most from 1 to {_MOST}")
        if not 0 <= self.darkness[0] <= self.darkness[1] <= 0.95:  # noqa: PLR2004
            raise ValueError(f"darkness {self.darkness} is not from 0 to 0.95")
        if not 0 <= self.penumbra[0] <= self.penumbra[1] <= 0.2:  # noqa: PLR2004
            raise ValueError(f"penumbra {self.penumbra} is not from 0 to 0.2")
        return self


class Shadow(ImageOperator):
    """Pictures with shadows from outside."""

    name: ClassVar = "shadow"
    version: ClassVar = "1"
    Params: ClassVar = ShadowParams

    @classmethod
    def change(
        cls, sample: Sample, state: Any, params: ShadowParams, rng: Generator
    ) -> tuple[Sample, dict[str, float]]:
        """Throw shadows; see :class:`aug_assets.operators.image.base.ImageOperator`."""
        import cv2

        count = params.shadows[0] + int(rng.random() * (params.shadows[1] - params.shadows[0] + 1))
        dark, soft = drawn(rng, params.darkness), drawn(rng, params.penumbra)
        scene = looked_at(sample, params)
        shade = _shade(scene.sky.shape, params.horizon, count, soft, rng) * (1 - scene.sky)
        left = 1 - np.float32(dark) * shade
        full = cv2.resize(
            cv2.convertScaleAbs(left, alpha=255), sample.size[::-1], interpolation=cv2.INTER_LINEAR
        )
        low = np.float32(max(sample.low, 0.0))
        channels = scene.colour.shape[2]
        rest = (1 - _BLUE) / 4 if channels == len(_BLUE) else np.zeros(channels, np.float32)
        air = low + rest * scene.colour.reshape(-1, channels).mean(axis=0)
        made = sample.with_image(blended(sample, full, air.astype(np.float32)))
        return made, {
            "shadows": float(count), "darkness": dark, "penumbra": soft, "share": float(shade.mean())
        }  # fmt: skip


def _shade(size: tuple[int, ...], horizon: float, count: int, soft: float, rng: Generator) -> F32:
    """How deep in shadow each place of the coarse grid is, 0 to 1."""
    import cv2

    rows, columns = size
    fine = max(1, _FINE // max(size))
    plane: NDArray[np.uint8] = np.zeros((rows * fine, columns * fine), np.uint8)
    for _ in range(count):
        cv2.fillPoly(plane, [_polygon(plane.shape, horizon, rng)], 255)
    shade = cv2.GaussianBlur(plane, (0, 0), max(0.3, soft * plane.shape[1]))
    return cv2.resize(shade, (columns, rows), interpolation=cv2.INTER_AREA) * np.float32(1 / 255)


def _polygon(size: tuple[int, ...], horizon: float, rng: Generator) -> NDArray[np.int32]:
    """Corners around a place below the horizon, wider than high, as shadows on the ground are seen."""
    height, width = size
    middle = np.array([rng.random(), horizon + (1 - horizon) * rng.random()])
    corners = 5 + int(rng.random() * 5)
    turn = np.sort(rng.random(corners)) * 2 * np.pi
    reach = (0.5 + rng.random(corners)) * (0.12 + 0.2 * rng.random())
    lean = 0.6 * (rng.random() - 0.5)
    x, y = reach * np.cos(turn) * 1.6, reach * np.sin(turn) * (1 - horizon) * 0.8
    at = np.stack([middle[0] + x + lean * y, middle[1] + y], axis=1) * [width, height]
    return np.asarray(np.rint(at), np.int32)
