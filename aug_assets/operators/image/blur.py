"""Gaussian blur, as of a lens out of focus.

Source: Gonzalez and Woods, "Digital Image Processing", 4th edition, section 3.5 (Gaussian filters).

Not for small lesions or far objects at a sigma near their size: the label stays and what it names is gone.
"""

from typing import Any, ClassVar, Literal

from numpy.random import Generator
from pydantic import Field

from aug_assets.operators import base
from aug_assets.operators.image.base import ImageOperator, Sample
from aug_assets.operators.image.ranges import Range, drawn


class BlurParams(base.Params):
    """Parameters of ``blur``."""

    operator: Literal["blur"] = "blur"
    sigma_px: Range = Field(
        (0.5, 1.5), description="Standard deviation of the kernel in pixels, least and most"
    )


class Blur(ImageOperator):
    """Pictures out of focus."""

    name: ClassVar = "blur"
    version: ClassVar = "1"
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
        blurred = cv2.GaussianBlur(sample.image, (0, 0), sigma, borderType=cv2.BORDER_REFLECT_101)
        return sample.with_image(blurred), {"sigma_px": sigma}
