"""A part of the picture, at a place drawn at random, with all labels.

Source: Szegedy et al., "Going Deeper with Convolutions", CVPR 2015, section 6 (crops by area and aspect).

Not for pictures of which a small part decides the label of the whole, such as one lesion in a scan: the part
that is cut out may not have it.
"""

import math
from typing import Any, ClassVar, Literal, Self

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from pydantic import Field, model_validator

from aug_assets.operators import base
from aug_assets.operators.image import moving
from aug_assets.operators.image.base import ImageOperator, Sample
from aug_assets.operators.image.ranges import Range, drawn


class CropParams(base.Params):
    """Parameters of ``crop``."""

    operator: Literal["crop"] = "crop"
    area: Range = Field((0.6, 1.0), description="Share of the picture's area that is kept, least and most")
    aspect: Range = Field(
        (0.9, 1.1), description="Width by height of the part against the picture's own, least and most"
    )
    keep_size: bool = Field(
        default=True, description="Whether the part is resized to the size of the picture it is from"
    )

    @model_validator(mode="after")
    def _sensible(self) -> Self:
        if not 0 < self.area[0] <= self.area[1] <= 1:
            raise ValueError(f"area {self.area} is not above 0 and up to 1")
        if not self.aspect[0] > 0:
            raise ValueError(f"aspect {self.aspect[0]} is not above 0")
        return self


class Crop(ImageOperator):
    """Parts of pictures."""

    name: ClassVar = "crop"
    version: ClassVar = "1"
    Params: ClassVar = CropParams

    @classmethod
    def change(
        cls, sample: Sample, state: Any, params: CropParams, rng: Generator
    ) -> tuple[Sample, dict[str, float]]:
        """Cut a part out; see :class:`aug_assets.operators.image.base.ImageOperator`."""
        x, y, width, height = _part(sample.size, drawn(rng, params.area), drawn(rng, params.aspect), rng)
        size = sample.size if params.keep_size else (height, width)
        zoom_x, zoom_y = size[1] / width, size[0] / height
        matrix = np.array([[zoom_x, 0, -x * zoom_x], [0, zoom_y, -y * zoom_y]])
        made, gone = moving.moved(
            sample, state.columns, _raster((x, y, width, height), size), moving.affine(matrix)
        )
        part = {"x0": x, "y0": y, "width": width, "height": height, "boxes_gone": gone}
        return made, {"area_scale": zoom_x * zoom_y, **{name: float(value) for name, value in part.items()}}


def _part(size: tuple[int, int], area: float, aspect: float, rng: Generator) -> tuple[int, int, int, int]:
    """Left, top, width and height of a part, in whole pixels and inside the frame."""
    height, width = size
    wide = min(width, max(1, round(width * math.sqrt(area * aspect))))
    high = min(height, max(1, round(height * math.sqrt(area / aspect))))
    return int(rng.random() * (width - wide + 1)), int(rng.random() * (height - high + 1)), wide, high


def _raster(part: tuple[int, int, int, int], size: tuple[int, int]) -> moving.Raster:
    import cv2

    x, y, width, height = part

    def raster(pixels: NDArray[Any], kind: str) -> NDArray[Any]:
        cut = pixels[y : y + height, x : x + width]
        if cut.shape[:2] == size:
            return cut
        how = cv2.INTER_LINEAR if kind == "image" else cv2.INTER_NEAREST_EXACT
        return cv2.resize(cut, (size[1], size[0]), interpolation=how)

    return raster
