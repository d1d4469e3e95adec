"""Noise of magnitude pictures, as magnetic resonance has it: never below zero, and brightening what is dark.

Source: Gudbjartsson and Patz, "The Rician distribution of noisy MRI data", Magnetic Resonance in Medicine
34(6), 1995: the magnitude of a signal with equal normal noise in its two channels.

Not for X-ray and CT, whose noise is of photons: use ``quantum_noise``. A low ratio hides small lesions whose
label stays.
"""

from typing import Any, ClassVar, Literal

import numpy as np
from numpy.random import Generator
from pydantic import Field

from aug_assets.operators import base
from aug_assets.operators.image.base import ImageOperator, Sample
from aug_assets.operators.image.ranges import Range, drawn
from aug_assets.operators.image.signal import by_rows, gauss, zero
from aug_assets.operators.image.tables import F32


class RicianNoiseParams(base.Params):
    """Parameters of ``rician_noise``."""

    operator: Literal["rician_noise"] = "rician_noise"
    snr: Range = Field(
        (20, 60),
        description="Signal to noise: mean of the pixels brighter than the picture's mean, above no signal,"
        " over the noise's standard deviation in a channel; least and most",
    )

    def model_post_init(self, _: Any) -> None:
        """Refuse noise without end."""
        if self.snr[0] < 1:
            raise ValueError(f"snr {self.snr[0]} leaves more noise than signal; legal: 1 or more")


class RicianNoise(ImageOperator):
    """Pictures of a noisier magnet."""

    name: ClassVar = "rician_noise"
    version: ClassVar = "1"
    Params: ClassVar = RicianNoiseParams

    @classmethod
    def change(
        cls, sample: Sample, state: Any, params: RicianNoiseParams, rng: Generator
    ) -> tuple[Sample, dict[str, float]]:
        """Add noise in two channels; see :class:`aug_assets.operators.image.base.ImageOperator`."""
        snr, floor = drawn(rng, params.snr), zero(sample)
        sigma = _signal(sample, floor) / snr

        def noisy(values: F32, _: slice) -> F32:
            real = (values - np.float32(floor)) + np.float32(sigma) * gauss(rng, values.shape)
            other = np.float32(sigma) * gauss(rng, values.shape)
            return np.asarray(np.sqrt(real * real + other * other) + np.float32(floor))

        return sample.with_image(by_rows(sample, noisy)), {"snr": snr, "sigma": sigma}


def _signal(sample: Sample, floor: float) -> float:
    """Mean above no signal of what is brighter than the mean; of a picture of one value, that value."""
    bright = sample.image[sample.image > sample.image.mean(dtype=np.float64)]
    return float((bright if bright.size else sample.image).mean(dtype=np.float64)) - floor
