"""Noise of single photons, as in an X-ray picture taken with less dose.

Source: Barrett and Swindell, "Radiological Imaging", Academic Press, 1981: photons that reach a detector
are Poisson distributed, and a film's brightness goes with the logarithm of their number.

Not for magnetic resonance (``rician_noise``), and not for a column without ``min`` and ``max`` where pixels
use a small part of what their dtype can hold: brightness is read against that range.
"""

import math
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.random import Generator
from pydantic import Field

from aug_assets.operators import base
from aug_assets.operators.image.base import ImageOperator, Sample
from aug_assets.operators.image.ranges import Range, drawn
from aug_assets.operators.image.signal import by_rows, gauss, scale
from aug_assets.operators.image.tables import F32

_MANY = 25.0  # photons from which on the normal distribution stands in for Poisson's
_HALF = np.float32(0.5)  # photons, for a pixel that none reached: its logarithm must be a number


class QuantumNoiseParams(base.Params):
    """Parameters of ``quantum_noise``."""

    operator: Literal["quantum_noise"] = "quantum_noise"
    photons_px: Range = Field(
        (1000, 4000),
        description="Photons that reach a pixel of the open beam, least and most; 2.5 microgray at pixels of"
        " 0.14 mm are about 1500",
    )
    bright: Literal["dense", "exposed"] = Field(
        "dense",
        description="What bright pixels show. dense: what few photons pass, on a logarithmic scale, as films"
        " are shown; exposed: where many photons came, on a linear scale, as a detector counts",
    )
    span: float = Field(
        30, ge=2, le=10000, description="For dense: how many times fewer photons the brightest pixel gets"
    )

    def model_post_init(self, _: Any) -> None:
        """Refuse a picture of no photons."""
        if self.photons_px[0] < 1:
            raise ValueError(f"photons_px {self.photons_px[0]} is below 1")


class QuantumNoise(ImageOperator):
    """Pictures of less dose."""

    name: ClassVar = "quantum_noise"
    version: ClassVar = "1"
    Params: ClassVar = QuantumNoiseParams

    @classmethod
    def change(
        cls, sample: Sample, state: Any, params: QuantumNoiseParams, rng: Generator
    ) -> tuple[Sample, dict[str, float]]:
        """Count photons anew; see :class:`aug_assets.operators.image.base.ImageOperator`."""
        photons = drawn(rng, params.photons_px)
        low, width = scale(sample)
        fade = np.float32(math.log(params.span))

        def exposed(values: F32, _: slice) -> F32:
            share = _counted(rng, (values - low) / width * np.float32(photons)) / np.float32(photons)
            return np.asarray(low + share * width)

        def dense(values: F32, _: slice) -> F32:
            share = (values - low) / width
            counted = _counted(rng, np.float32(photons) * np.exp(-fade * share))
            return np.asarray(low - np.log(np.maximum(counted, _HALF) / np.float32(photons)) / fade * width)

        change = dense if params.bright == "dense" else exposed
        return sample.with_image(by_rows(sample, change)), {"photons_px": photons}


def _counted(rng: Generator, expected: F32) -> F32:
    """Photons counted where so many are expected; from 25 on by the normal distribution, which is faster."""
    counted = expected + np.sqrt(np.maximum(expected, 0)) * gauss(rng, expected.shape)
    few = expected < _MANY
    if few.any():
        counted[few] = rng.poisson(np.maximum(expected[few], 0))
    return np.asarray(counted, np.float32)
