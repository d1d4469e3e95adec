"""Dark parts brighter or darker against bright ones, with the order of all grey values kept.

Source: Poynton, "The rehabilitation of gamma", SPIE Human Vision and Electronic Imaging III, 1998: the power
law between signal and light.

Not for pictures whose values are a measured quantity, such as Hounsfield units: ratios and differences
change.
"""

from typing import Any, ClassVar, Literal

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from pydantic import Field

from aug_assets.operators import base
from aug_assets.operators.image.base import ImageOperator, Sample
from aug_assets.operators.image.ranges import Range, drawn
from aug_assets.operators.image.tables import F64, ROWS, flat, legal, mapped, span


class GammaParams(base.Params):
    """Parameters of ``gamma``."""

    operator: Literal["gamma"] = "gamma"
    gamma: Range = Field(
        (0.8, 1.25),
        description="Exponent of the grey value as a share of its range, least and most, above 0; below 1 is"
        " brighter",
    )

    def model_post_init(self, _: Any) -> None:
        """Refuse what turns bright and dark about."""
        if self.gamma[0] <= 0:
            raise ValueError(f"gamma {self.gamma[0]} is not above 0")


class Gamma(ImageOperator):
    """Pictures of another tone."""

    name: ClassVar = "gamma"
    version: ClassVar = "1"
    Params: ClassVar = GammaParams

    @classmethod
    def change(
        cls, sample: Sample, state: Any, params: GammaParams, rng: Generator
    ) -> tuple[Sample, dict[str, float]]:
        """Apply the power law; see :class:`aug_assets.operators.image.base.ImageOperator`."""
        gamma = drawn(rng, params.gamma)
        low, high = span(sample)

        def curve(values: F64) -> F64:
            share = np.minimum(np.maximum((values - low) / max(high - low, 1e-9), 0), 1)
            return np.asarray(low + (high - low) * share**gamma)

        made = _power(sample, gamma) if sample.image.dtype == np.float32 else mapped(sample, curve)
        return sample.with_image(made), {"gamma": gamma}


def _power(sample: Sample, gamma: float) -> NDArray[Any]:
    """Float pixels by the power law. A test holds that OpenCV's power never falls."""
    import cv2

    low, width = np.float32(sample.low), np.float32(sample.high - sample.low)
    made = np.empty_like(sample.image)
    for top in range(0, len(made), ROWS):
        share = np.maximum((sample.image[top : top + ROWS] - low) / width, 0)
        bent = cv2.pow(flat(share), gamma).reshape(share.shape)
        np.multiply(bent, width, out=bent)
        np.add(bent, low, out=made[top : top + ROWS])
    return legal(sample, made)
