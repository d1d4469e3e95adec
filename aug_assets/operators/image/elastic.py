"""Smooth local distortion, as of soft tissue or handwriting, that can never fold; with all labels.

Displacements are drawn on a coarse grid and joined by cubic splines, with none at the border, so that nothing
leaves the frame. A draw too steep is made smaller as a whole until displacements change by at most 0.5 px a
pixel in any direction: then the map is one to one and its Jacobian at least 0.25.

Source: Simard, Steinkraus and Platt, "Best Practices for Convolutional Neural Networks Applied to Visual
Document Analysis", ICDAR 2003; on folds Choi and Lee, "Injectivity Conditions of 2D and 3D Uniform Cubic
B-Spline Functions", Graphical Models 62, 2000.

Not for stiff things such as cars, buildings and bone, or where shape itself is the label.
"""

from typing import Any, ClassVar, Literal, NamedTuple, Self

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from pydantic import Field, model_validator

from aug_assets.operators import base
from aug_assets.operators.image import moving
from aug_assets.operators.image.base import ImageOperator, Sample
from aug_assets.operators.image.ranges import Range, drawn

_STEEPEST = 0.5
_CELL = 8  # most pixels of a cell in which displacements are straight
_TURNS = 40  # halving the error each time or better, from at most thousands of pixels
_NEAR = 1e-9


class ElasticParams(base.Params):
    """Parameters of ``elastic``."""

    operator: Literal["elastic"] = "elastic"
    amplitude_px: Range = Field(
        (2.0, 6.0), description="How far the point that moves farthest moves, in pixels, least and most"
    )
    smoothness_px: float = Field(
        64.0, ge=8, description="Distance in pixels over which displacements change: the nodes of the splines"
    )

    @model_validator(mode="after")
    def _sensible(self) -> Self:
        if not self.amplitude_px[0] >= 0:
            raise ValueError(f"amplitude_px {self.amplitude_px[0]} is below 0")
        return self


class Field2(NamedTuple):
    """Displacements from a new place to the old one.

    Attributes:
        grid: float64 (2, rows, columns), to the right and down, at the middles of cells, one cell beyond.
        cell: Pixels of a cell.
    """

    grid: NDArray[np.float64]
    cell: int


class Elastic(ImageOperator):
    """Pictures drawn on rubber."""

    name: ClassVar = "elastic"
    version: ClassVar = "1"
    Params: ClassVar = ElasticParams

    @classmethod
    def change(
        cls, sample: Sample, state: Any, params: ElasticParams, rng: Generator
    ) -> tuple[Sample, dict[str, float]]:
        """Distort; see :class:`aug_assets.operators.image.base.ImageOperator`."""
        wanted = drawn(rng, params.amplitude_px)
        field, amplitude = field_of(sample.size, wanted, params.smoothness_px, rng)
        made, gone = moving.moved(
            sample, state.columns, _raster(field, sample.size), _forward(field, sample.size)
        )
        jacobian = jacobians(field)
        return made, {
            "amplitude_px": amplitude,
            "smoothness_px": params.smoothness_px,
            "jacobian_min": float(jacobian.min()),
            "jacobian_max": float(jacobian.max()),
            "folded_share": float((jacobian <= 0).mean()),
            "boxes_gone": float(gone),
        }


def field_of(
    size: tuple[int, int], amplitude: float, smoothness: float, rng: Generator
) -> tuple[Field2, float]:
    """Displacements without a fold, and how far the farthest of them reaches, in pixels."""
    cell = int(min(_CELL, smoothness // 4))
    nodes = [max(2, round(side / smoothness)) for side in size]
    inner = rng.uniform(-1, 1, (2, nodes[0] - 1, nodes[1] - 1))
    # Odd about the border, so that splines are 0 there.
    free = np.pad(
        np.pad(inner, ((0, 0), (1, 1), (1, 1))), ((0, 0), (1, 1), (1, 1)), "reflect", reflect_type="odd"
    )
    down, across = [_splines(side, n, cell) for side, n in zip(size, nodes, strict=True)]
    grid = np.einsum("ri,kij->krj", down, free)
    grid = np.einsum("krj,cj->krc", grid, across)
    grid *= amplitude / max(float(np.abs(grid).max()), np.finfo(float).tiny)
    steepest = float(_slopes(grid, cell).sum(axis=1).max())
    factor = min(1.0, _STEEPEST / max(steepest, np.finfo(float).tiny))
    return Field2(grid * factor, cell), float(np.abs(grid).max() * factor)


def _splines(side: int, nodes: int, cell: int) -> NDArray[np.float64]:
    """Weights of nodes -1 to ``nodes`` + 1 at the middles of cells, one beyond either border included."""
    places = (np.arange(-1, -(-side // cell) + 1) + 0.5) * cell
    away = np.abs(places[:, None] * nodes / side - np.arange(-1, nodes + 2))
    near, far = 2 / 3 - away * away * (1 - away / 2), (2 - away) * (2 - away) * (2 - away) / 6
    return np.where(away < 1, near, np.where(away < 2, far, 0.0))  # noqa: PLR2004 - a cubic spline's reach


def _slopes(grid: NDArray[np.float64], cell: int) -> NDArray[np.float64]:
    """Sizes of the change a pixel along x and y, the largest at each cell; (2, 2, rows - 1, columns - 1)."""
    x, y = np.abs(np.diff(grid, axis=2)) / cell, np.abs(np.diff(grid, axis=1)) / cell
    return np.stack([np.maximum(x[:, :-1], x[:, 1:]), np.maximum(y[..., :-1], y[..., 1:])], axis=1)


def jacobians(field: Field2) -> NDArray[np.float64]:
    """Jacobians at the corners of all cells, where those of a cell are least and greatest."""
    x, y = np.diff(field.grid, axis=2) / field.cell, np.diff(field.grid, axis=1) / field.cell
    corners = [(x[:, r], y[..., c]) for r in (np.s_[:-1], np.s_[1:]) for c in (np.s_[:-1], np.s_[1:])]
    return np.stack([(1 + a[0]) * (1 + b[1]) - a[1] * b[0] for a, b in corners])


def _raster(field: Field2, size: tuple[int, int]) -> moving.Raster:
    import cv2

    (height, width), cell = size, field.cell
    places = np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32)[:, None]
    maps: list[NDArray[Any]] = []
    for part, place in zip(field.grid, places, strict=True):
        fine = cv2.resize(part.astype(np.float32), None, fx=cell, fy=cell, interpolation=cv2.INTER_LINEAR)
        maps.append(fine[cell : cell + height, cell : cell + width] + place)

    def raster(pixels: NDArray[Any], kind: str) -> NDArray[Any]:
        how = cv2.INTER_LINEAR if kind == "image" else cv2.INTER_NEAREST
        return np.asarray(cv2.remap(pixels, maps[0], maps[1], how, borderMode=cv2.BORDER_REPLICATE))

    return raster


def _forward(field: Field2, size: tuple[int, int]) -> moving.Forward:
    """Where a point goes: the place whose displacement leads back to it, found by turns."""
    frame = np.array([size[1], size[0]], np.float64)

    def forward(xy: NDArray[np.float64]) -> NDArray[np.float64]:
        found = xy
        for _ in range(_TURNS):
            before, found = found, xy - _at(field, found)
            if not (np.abs(found - before) > _NEAR).any():
                break
        return np.where((xy >= 0) & (xy <= frame), np.clip(found, 0, frame), found)

    return forward


def _at(field: Field2, xy: NDArray[np.float64]) -> NDArray[np.float64]:
    """Displacements at points, float64 (n, 2), straight inside a cell as the raster has them."""
    most = np.array([field.grid.shape[2], field.grid.shape[1]]) - 2
    place = xy / field.cell + 0.5
    cell = np.clip(np.floor(place), 0, most).astype(np.int64)
    u, v = np.clip(place - cell, 0, 1).T
    (x, y), grid = cell.T, field.grid
    above = grid[:, y, x] * (1 - u) + grid[:, y, x + 1] * u
    below = grid[:, y + 1, x] * (1 - u) + grid[:, y + 1, x + 1] * u
    return np.asarray((above * (1 - v) + below * v).T)
