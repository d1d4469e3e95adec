"""Blur along one direction, as of a camera or a scene that moves during the exposure.

Source: Gonzalez and Woods, "Digital Image Processing", 4th edition, section 5.6 (degradation by uniform
motion).

Not for small lesions or far objects shorter than the motion: the label stays and what it names is gone.
"""

import math
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from pydantic import Field

from aug_assets.operators import base
from aug_assets.operators.image.base import ImageOperator, Sample
from aug_assets.operators.image.ranges import Range, drawn
from aug_assets.operators.image.tables import legal

_LONGEST = 101.0


class MotionBlurParams(base.Params):
    """Parameters of ``motion_blur``."""

    operator: Literal["motion_blur"] = "motion_blur"
    length_px: Range = Field(
        (3, 7),
        description="How far the picture moves, in pixels, least and most, 1 to 101; 1 changes nothing",
    )
    angle_deg: Range = Field(
        (0, 180),
        description="Direction in degrees, least and most: 0 is along the rows, 90 along the columns",
    )

    def model_post_init(self, _: Any) -> None:
        """Refuse what is no motion."""
        if not 1 <= self.length_px[0] <= self.length_px[1] <= _LONGEST:
            raise ValueError(f"length_px {self.length_px} is not from 1 to {_LONGEST:g}")


class MotionBlur(ImageOperator):
    """Pictures of something that moved."""

    name: ClassVar = "motion_blur"
    version: ClassVar = "1"
    Params: ClassVar = MotionBlurParams

    @classmethod
    def change(
        cls, sample: Sample, state: Any, params: MotionBlurParams, rng: Generator
    ) -> tuple[Sample, dict[str, float]]:
        """Average along a line; see :class:`aug_assets.operators.image.base.ImageOperator`."""
        import cv2

        length, angle = drawn(rng, params.length_px), drawn(rng, params.angle_deg)
        moved = cv2.filter2D(sample.image, -1, line(length, angle), borderType=cv2.BORDER_REFLECT_101)
        image = legal(sample, moved.reshape(sample.image.shape))
        return sample.with_image(image), {"length_px": length, "angle_deg": angle}


def line(length_px: float, angle_deg: float) -> NDArray[np.float32]:
    """A straight path as weights that sum to 1, float32 (n, n) with n odd.

    One weight a step of the longer side, at the nearest pixel; the steps at the ends count by how much of
    them the path covers, so that a little more length is a little more blur.
    """
    down, across = math.sin(math.radians(angle_deg)), math.cos(math.radians(angle_deg))
    longer = max(abs(down), abs(across))
    half = length_px * longer / 2
    reach = max(math.ceil(half - 0.5), 0)
    at = np.arange(-reach, reach + 1)
    covered = np.clip(half + 0.5 - np.abs(at), 0, 1) if half > 0.5 else np.ones(1)  # noqa: PLR2004
    weights = np.zeros((2 * reach + 1, 2 * reach + 1), np.float32)
    rows, columns = (np.rint(at * side / longer).astype(np.int64) + reach for side in (down, across))
    weights[rows, columns] = covered / covered.sum()
    return weights
