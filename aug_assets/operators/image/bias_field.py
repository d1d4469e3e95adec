"""Uneven brightness that changes slowly over the picture, as of a coil, a heel effect or a tilted grid.

Source: Van Leemput, Maes, Vandermeulen and Suetens, "Automated model-based bias field correction of MR images
of the brain", IEEE Trans. Medical Imaging 18(10), 1999: a smooth field of low order multiplies the signal.

Not for pictures whose values are a measured quantity, such as Hounsfield units or dose: they would be wrong.
"""

from typing import Any, ClassVar, Literal

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from pydantic import Field

from aug_assets.operators import base
from aug_assets.operators.image.base import ImageOperator, Sample
from aug_assets.operators.image.ranges import Range, drawn
from aug_assets.operators.image.signal import by_rows, shaped, zero
from aug_assets.operators.image.tables import F32

_GRID = 33  # points a side at which the field's greatest departure is looked for


class BiasFieldParams(base.Params):
    """Parameters of ``bias_field``."""

    operator: Literal["bias_field"] = "bias_field"
    strength: Range = Field(
        (0.05, 0.2),
        description="Greatest departure of the field from 1, as a share of the signal, least and most",
    )
    order: int = Field(2, ge=1, le=3, description="Highest power of the field: 1 is a slope, 3 has two bends")

    def model_post_init(self, _: Any) -> None:
        """Refuse a field that could turn the signal off or about."""
        if not 0 <= self.strength[0] <= self.strength[1] < 1:
            raise ValueError(f"strength {self.strength} is not from 0 to below 1")


class BiasField(ImageOperator):
    """Pictures lit unevenly."""

    name: ClassVar = "bias_field"
    version: ClassVar = "1"
    Params: ClassVar = BiasFieldParams

    @classmethod
    def change(
        cls, sample: Sample, state: Any, params: BiasFieldParams, rng: Generator
    ) -> tuple[Sample, dict[str, float]]:
        """Multiply by a field; see :class:`aug_assets.operators.image.base.ImageOperator`."""
        strength = drawn(rng, params.strength)
        weights = _weights(rng, params.order, strength)
        across, floor = _legendre(sample.size[1]), np.float32(zero(sample))
        down = _legendre(sample.size[0])

        def lit(values: F32, rows: slice) -> F32:
            field = _field(weights, down[:, rows], across)
            return np.asarray((values - floor) * shaped(1 + field, values) + floor)

        told = {f"x{i}y{j}": float(weights[i, j]) for i, j in _powers(params.order)}
        return sample.with_image(by_rows(sample, lit)), {"strength": strength, **told}


def _powers(order: int) -> list[tuple[int, int]]:
    return [(i, j) for i in range(order + 1) for j in range(order + 1) if 0 < i + j <= order]


def _weights(rng: Generator, order: int, strength: float) -> NDArray[np.float64]:
    """Weights of the Legendre products, a square; the field then departs from 1 by ``strength`` at most."""
    weights = np.zeros((order + 1, order + 1))
    for i, j in _powers(order):
        weights[i, j] = 2 * rng.random() - 1
    grid = _legendre(_GRID)
    return weights * (strength / max(float(np.abs(_field(weights, grid, grid)).max()), 1e-6))


def _legendre(count: int) -> F32:
    """The Legendre polynomials 0 to 3 at ``count`` points from -1 to 1, float32 (4, count)."""
    at = np.linspace(-1, 1, count) if count > 1 else np.zeros(1)
    return np.array([at * 0 + 1, at, (3 * at * at - 1) / 2, (5 * at * at * at - 3 * at) / 2], np.float32)


def _field(weights: NDArray[np.float64], down: F32, across: F32) -> F32:
    """The field less 1, (rows, columns); spelled out, since a product of matrices adds in any order."""
    total = np.zeros((down.shape[1], across.shape[1]), np.float32)
    for i in range(len(weights)):
        row = np.zeros(down.shape[1], np.float32)
        for j in range(len(weights)):
            row = row + np.float32(weights[i, j]) * down[j]
        total = total + row[:, None] * across[i]
    return total
