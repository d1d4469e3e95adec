"""Gaussian blur, as of a lens out of focus.

Source: Gonzalez and Woods, "Digital Image Processing", 4th edition, section 3.5 (Gaussian filters).

Not for small lesions or far objects at a sigma near their size: the label stays and what it names is gone.
"""

from typing import Any, ClassVar, Literal

import numpy as np
from numpy.random import Generator
from pydantic import Field

from aug_assets.operators import base
from aug_assets.operators.image.base import ImageOperator, Sample
from aug_assets.operators.image.ranges import Range, drawn
from aug_assets.operators.image.tables import legal

_REACH = 3.5  # standard deviations; the size that OpenCV would choose takes up to twice the time


class BlurParams(base.Params):
    """Parameters of ``blur``."""

    operator: Literal["blur"] = "blur"
    sigma_px: Range = Field(
        (0.5, 1.5), description="Standard deviation of the kernel in pixels, least and most, above 0"
    )

    def model_post_init(self, _: Any) -> None:
        """Refuse a kernel of no width."""
        if self.sigma_px[0] <= 0:
            raise ValueError(f"sigma_px {self.sigma_px[0]} is not above 0")


class Blur(ImageOperator):
    """Pictures out of focus."""

    name: ClassVar = "blur"
    version: ClassVar = "2"
    Params: ClassVar = BlurParams

    @classmethod
    def change(
        cls,
        sample: Sample,
        state: Any,
        params: BlurParams,
        rng: Generator,
    ) -> tuple[Sample, dict[str, float]]:
        """Blur; see :class:`aug_assets.operators.image.base.ImageOperator`."""
        import cv2

        sigma = drawn(rng, params.sigma_px)
        image, size = sample.image, 2 * max(1, int(_REACH * sigma)) + 1
        if image.dtype == np.uint8:
            kernel = cv2.getGaussianKernel(size, sigma, cv2.CV_32F)
            blurred = cv2.sepFilter2D(image, -1, kernel, kernel, borderType=cv2.BORDER_REFLECT_101)
        else:
            blurred = cv2.GaussianBlur(image, (size, size), sigma, borderType=cv2.BORDER_REFLECT_101)
        return sample.with_image(legal(sample, blurred.reshape(image.shape))), {"sigma_px": sigma}
