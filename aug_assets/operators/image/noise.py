"""Normal noise on each pixel and channel by itself, as of a sensor in poor light.

Source: Foi, Trimeche, Katkovnik and Egiazarian, "Practical Poissonian-Gaussian noise modeling and fitting
for single-image raw-data", IEEE Trans. Image Processing 17(10), 2008: the part that does not grow with the
signal.

Not for magnetic resonance (``rician_noise``) and X-ray (``quantum_noise``), nor for small lesions of low
contrast: the label stays and what it names is gone.
"""

from typing import Any, ClassVar, Literal

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from pydantic import Field

from aug_assets.operators import base
from aug_assets.operators.image.base import ImageOperator, Sample
from aug_assets.operators.image.ranges import Range, drawn
from aug_assets.operators.image.tables import ROWS, bits, flat, legal, looked_up, normals, span


class NoiseParams(base.Params):
    """Parameters of ``noise``."""

    operator: Literal["noise"] = "noise"
    sigma: Range = Field(
        (0.01, 0.05),
        description="Standard deviation as a share of the range of grey values, least and most, 0 to 0.5. The"
        " range is the column's `min` to `max`, else that of 8 bits, 0 to 1 for float32, and a picture's own"
        " for 16 bits",
    )

    def model_post_init(self, _: Any) -> None:
        """Refuse what is no standard deviation, or leaves nothing to see."""
        if not 0 <= self.sigma[0] <= self.sigma[1] <= 0.5:  # noqa: PLR2004
            raise ValueError(f"sigma {self.sigma} is not from 0 to 0.5")


class Noise(ImageOperator):
    """Pictures of a noisy sensor."""

    name: ClassVar = "noise"
    version: ClassVar = "1"
    Params: ClassVar = NoiseParams

    @classmethod
    def change(
        cls, sample: Sample, state: Any, params: NoiseParams, rng: Generator
    ) -> tuple[Sample, dict[str, float]]:
        """Add noise; see :class:`aug_assets.operators.image.base.ImageOperator`."""
        share = drawn(rng, params.sigma)
        low, high = span(sample)
        grey = share * (high - low)
        return sample.with_image(_noisy(sample, grey, rng)), {"sigma": share, "sigma_grey": grey}


def _noisy(sample: Sample, grey: float, rng: Generator) -> NDArray[Any]:
    """Pixels plus noise, cut off where the dtype ends and then where the column does."""
    quantiles = normals() * np.float32(grey)
    add = _add
    if sample.image.dtype == np.uint8:
        quantiles = np.rint(quantiles)  # whole steps add faster
        if quantiles[-1] < _ZERO:
            quantiles, add = (quantiles + _ZERO).astype(np.uint8), _add_bytes
    old = flat(sample.image)
    made = np.empty_like(old)
    for top in range(0, len(old), ROWS):
        part = old[top : top + ROWS]
        add(part, looked_up(bits(rng, part.shape), quantiles), made[top : top + ROWS])
    return legal(sample, made).reshape(sample.image.shape)


def _add(pixels: NDArray[Any], noise: NDArray[Any], made: NDArray[Any]) -> None:
    import cv2

    cv2.add(pixels, noise, dst=made, dtype=_DEPTHS[pixels.dtype.name])


def _add_bytes(pixels: NDArray[Any], noise: NDArray[Any], made: NDArray[Any]) -> None:
    """The same at a fifth of the time, from noise that is stored above 128."""
    import cv2

    middle = np.full_like(noise, _ZERO)
    cv2.add(pixels, cv2.subtract(noise, middle), dst=made)
    cv2.subtract(made, cv2.subtract(middle, noise), dst=made)


_DEPTHS = {"uint8": 0, "uint16": 2, "int16": 3, "float32": 5}  # OpenCV's numbers
_ZERO = 128
