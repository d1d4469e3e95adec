"""Brighter or darker pictures of more or less contrast.

Source: Gonzalez and Woods, "Digital Image Processing", 4th edition, section 3.2: a linear change of grey
values.

Not for pictures whose values are a measured quantity, such as Hounsfield units, beyond what scanners differ
by.
"""

from typing import Any, ClassVar, Literal

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from pydantic import Field

from aug_assets.operators import base
from aug_assets.operators.image.base import ImageOperator, Sample
from aug_assets.operators.image.ranges import Range, drawn
from aug_assets.operators.image.tables import ROWS, legal, mapped, span


class BrightnessContrastParams(base.Params):
    """Parameters of ``brightness_contrast``."""

    operator: Literal["brightness_contrast"] = "brightness_contrast"
    brightness: Range = Field(
        (-0.15, 0.15),
        description="Added, as a share of the range of grey values, least and most. The range is the column's"
        " `min` to `max`, else that of 8 bits, 0 to 1 for float32, and a picture's own for 16 bits",
    )
    contrast: Range = Field(
        (0.8, 1.2),
        description="Factor of the distance from the middle of the range, least and most, above 0; 1 changes"
        " nothing",
    )

    def model_post_init(self, _: Any) -> None:
        """Refuse a negative and a picture without contrast."""
        if self.contrast[0] <= 0:
            raise ValueError(f"contrast {self.contrast[0]} is not above 0")


class BrightnessContrast(ImageOperator):
    """Pictures of another exposure."""

    name: ClassVar = "brightness_contrast"
    version: ClassVar = "1"
    Params: ClassVar = BrightnessContrastParams

    @classmethod
    def change(
        cls, sample: Sample, state: Any, params: BrightnessContrastParams, rng: Generator
    ) -> tuple[Sample, dict[str, float]]:
        """Change linearly; see :class:`aug_assets.operators.image.base.ImageOperator`."""
        share, factor = drawn(rng, params.brightness), drawn(rng, params.contrast)
        low, high = span(sample)
        offset = (high + low) / 2 * (1 - factor) + share * (high - low)
        if sample.image.dtype == np.float32:
            made = _linear(sample, factor, offset)
        else:
            made = mapped(sample, lambda values: values * factor + offset)
        return sample.with_image(made), {"brightness": share, "contrast": factor}


def _linear(sample: Sample, factor: float, offset: float) -> NDArray[Any]:
    made = np.empty_like(sample.image)
    for top in range(0, len(made), ROWS):
        part = made[top : top + ROWS]
        np.multiply(sample.image[top : top + ROWS], np.float32(factor), out=part)
        part += np.float32(offset)
        legal(sample, part)
    return made
