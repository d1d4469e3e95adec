"""Turn, zoom, shift and shear, with all labels.

Source: Gonzalez and Woods, "Digital Image Processing", 4th edition, section 2.6 (geometric transformations).

Not for pictures whose size in pixels is a measure, such as a scan read in millimetres, at a scale far from 1;
and not for a side, such as the heart's, that a large turn would move: see ``orientation``.
"""

import math
from typing import Any, ClassVar, Literal, Self

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from pydantic import Field, model_validator

from aug_assets.operators import base
from aug_assets.operators.image import moving
from aug_assets.operators.image.base import ImageOperator, Sample
from aug_assets.operators.image.ranges import Range, drawn

_UPRIGHT_DEG = 15.0
_LOOSE_DEG = 7.0  # above it a box that is turned without its mask is too loose
_SHEAR_DEG = 45.0


class AffineParams(base.Params):
    """Parameters of ``affine``."""

    operator: Literal["affine"] = "affine"
    rotation_deg: Range = Field(
        (-5.0, 5.0), description="Turn about the middle in degrees, against the clock, least and most"
    )
    scale: Range = Field((0.9, 1.1), description="Zoom, least and most; 1 keeps the size, 2 doubles a side")
    shift: Range = Field(
        (-0.05, 0.05), description="Shift to the right and down as a share of that side, least and most"
    )
    shear_deg: Range = Field((0.0, 0.0), description="Slant of upright lines in degrees, least and most")
    border: Literal["constant", "reflect"] = Field(
        "constant",
        description="What comes in from outside: the picture's darkest value, or its mirror image",
    )

    @model_validator(mode="after")
    def _sensible(self) -> Self:
        if not self.scale[0] > 0:
            raise ValueError(f"scale {self.scale[0]} is not above 0")
        if max(map(abs, self.rotation_deg)) > 180:  # noqa: PLR2004 - half a turn
            raise ValueError(f"rotation_deg {self.rotation_deg} is outside -180 to 180")
        if max(map(abs, self.shear_deg)) > _SHEAR_DEG:
            raise ValueError(f"shear_deg {self.shear_deg} is outside -{_SHEAR_DEG:g} to {_SHEAR_DEG:g}")
        if max(map(abs, self.shift)) >= 1:
            raise ValueError(f"shift {self.shift} moves the whole picture out of the frame")
        return self


class Affine(ImageOperator):
    """Pictures as from a camera that is held a little otherwise."""

    name: ClassVar = "affine"
    version: ClassVar = "1"
    Params: ClassVar = AffineParams

    @classmethod
    def unsafe(cls, params: AffineParams, facts: base.Facts) -> str | None:
        """A turn too far, or objects that nobody named; see :class:`aug_assets.operators.base.Operator`."""
        if params.border == "reflect" and "boxes" in facts.kinds:
            return "border reflect shows objects a second time that no box names; use border constant"
        turn, (limit, reason) = max(map(abs, params.rotation_deg)), _limit(facts)
        return f"rotation_deg reaches {turn:g} and {reason}" if turn > limit else None

    @classmethod
    def change(
        cls, sample: Sample, state: Any, params: AffineParams, rng: Generator
    ) -> tuple[Sample, dict[str, float]]:
        """Move all that a sample has; see :class:`aug_assets.operators.image.base.ImageOperator`."""
        values = {
            "rotation_deg": drawn(rng, params.rotation_deg),
            "scale": drawn(rng, params.scale),
            "shift_x": drawn(rng, params.shift),
            "shift_y": drawn(rng, params.shift),
            "shear_deg": drawn(rng, params.shear_deg),
        }
        matrix = matrix_of(sample.size, **values)
        made, gone = moving.moved(
            sample, state.columns, _raster(matrix, sample, params.border), moving.affine(matrix)
        )
        names = ("m00", "m01", "m02", "m10", "m11", "m12")
        values |= dict(zip(names, matrix.ravel().tolist(), strict=True))
        area = float(matrix[0, 0] * matrix[1, 1] - matrix[0, 1] * matrix[1, 0])
        return made, {**values, "area_scale": area, "boxes_gone": float(gone)}


def matrix_of(
    size: tuple[int, int],
    *,
    rotation_deg: float,
    scale: float,
    shift_x: float,
    shift_y: float,
    shear_deg: float,
) -> NDArray[np.float64]:
    """The 2 x 3 matrix in continuous pixels: shear, zoom and turn about the middle, then shift."""
    turn, slant = math.radians(rotation_deg), math.tan(math.radians(shear_deg))
    c, s = scale * math.cos(turn), scale * math.sin(turn)
    a, b, d, e = c, c * slant + s, -s, c - s * slant
    x, y = size[1] / 2, size[0] / 2
    right, down = shift_x * size[1] + x - (a * x + b * y), shift_y * size[0] + y - (d * x + e * y)
    return np.array([[a, b, right], [d, e, down]])


def _raster(matrix: NDArray[np.float64], sample: Sample, border: str) -> moving.Raster:
    import cv2

    centres = moving.between_centres(matrix)
    (height, width), dark = sample.size, max(sample.low, float(sample.image.min()))

    def raster(pixels: NDArray[Any], kind: str) -> NDArray[Any]:
        how = cv2.INTER_LINEAR if kind == "image" else cv2.INTER_NEAREST
        # A mirror image of an object is no part of it, so the mask of objects never has one.
        mirrored = border == "reflect" and kind != "objects"
        edge = cv2.BORDER_REFLECT_101 if mirrored else cv2.BORDER_CONSTANT
        fill = (dark if kind == "image" else 0.0,) * 4
        return cv2.warpAffine(pixels, centres, (width, height), flags=how, borderMode=edge, borderValue=fill)

    return raster


def _limit(facts: base.Facts) -> tuple[float, str]:
    """The largest turn that is allowed, and why."""
    safety = facts.safety
    limits = []
    if "boxes" in facts.kinds and "objects" not in facts.kinds:
        told = f"boxes without a mask of objects stay tight up to {_LOOSE_DEG:g} degrees only"
        limits.append((_LOOSE_DEG, told + "; name the mask in objects_in, or turn less"))
    if safety.max_rotation_deg is not None:
        limits.append((safety.max_rotation_deg, f"safety.max_rotation_deg is {safety.max_rotation_deg:g}"))
    elif safety.orientation == "upright":
        told = f"pictures that are upright may turn by {_UPRIGHT_DEG:g} degrees"
        limits.append((_UPRIGHT_DEG, told + "; set safety.orientation or safety.max_rotation_deg"))
    return min(limits, default=(math.inf, ""))
