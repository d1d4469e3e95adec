"""Rectangles of the picture are hidden, as by something in the way.

Masks, depth, points and the extent of boxes stay: they say what stands there, seen or not. What a box loses
of its area counts against how much of it is visible, and a box that is wholly hidden is removed.

Source: DeVries and Taylor, "Improved Regularization of Convolutional Neural Networks with Cutout",
arXiv:1708.04552, 2017.

Not for pictures whose label hangs on one small place, such as a lesion without a box: a hole may hide it.
"""

from dataclasses import replace
from typing import Any, ClassVar, Literal, Self

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from pydantic import Field, model_validator

from aug_assets.operators import base
from aug_assets.operators.image.base import ImageOperator, Sample
from aug_assets.operators.image.ranges import Range, drawn
from aug_assets.values.boxes import Boxes

_MOST = 16  # holes, each of which is four numbers in the provenance of every row


class CutoutParams(base.Params):
    """Parameters of ``cutout``."""

    operator: Literal["cutout"] = "cutout"
    holes: tuple[int, int] = Field((1, 3), description="Number of rectangles, least and most, up to 16")
    size: Range = Field(
        (0.1, 0.2), description="Width and height of a rectangle as a share of that side, least and most"
    )
    fill: Literal["mean", "noise", "value"] = Field(
        "mean",
        description="mean: the picture's mean colour; noise: pixels of the picture drawn at random; value: "
        "`fill_value`",
    )
    fill_value: float | None = Field(None, description="Pixel value for fill value, in units of the picture")

    @model_validator(mode="after")
    def _sensible(self) -> Self:
        if not 1 <= self.holes[0] <= self.holes[1] <= _MOST:
            raise ValueError(f"holes {self.holes} are not least and most from 1 to {_MOST}")
        if not 0 < self.size[0] <= self.size[1] <= 1:
            raise ValueError(f"size {self.size} is not above 0 and up to 1")
        if (self.fill == "value") != (self.fill_value is not None):
            raise ValueError(f"fill is {self.fill}; fill_value belongs to fill: value, and only there")
        return self


class Cutout(ImageOperator):
    """Pictures with something in the way."""

    name: ClassVar = "cutout"
    version: ClassVar = "1"
    Params: ClassVar = CutoutParams

    @classmethod
    def change(
        cls, sample: Sample, state: Any, params: CutoutParams, rng: Generator
    ) -> tuple[Sample, dict[str, float]]:
        """Hide rectangles; see :class:`aug_assets.operators.image.base.ImageOperator`."""
        import cv2

        count = params.holes[0] + int(rng.random() * (params.holes[1] - params.holes[0] + 1))
        holes = [_hole(sample.size, params, rng) for _ in range(count)]
        image, hidden = sample.image.copy(), np.zeros(sample.size, np.uint8)
        plain = _colour(sample, params)
        for x0, y0, x1, y1 in holes:
            hidden[y0:y1, x0:x1] = 1
            part = image[y0:y1, x0:x1]
            part[:] = _pixels_of(sample.image, part.shape[:2], rng) if params.fill == "noise" else plain
        made, gone = sample.with_image(image), 0
        if sample.boxes is not None:
            boxes = covered(sample.boxes, hidden)
            gone = len(sample.boxes) - len(boxes)
            made = replace(made, boxes=boxes)
        values = {"holes": count, "hidden_share": cv2.countNonZero(hidden) / hidden.size, "boxes_gone": gone}
        for n in range(params.holes[1]):  # the same names for every row; a hole that is not there has no area
            corners = holes[n] if n < count else (0, 0, 0, 0)
            values |= {
                f"hole{n}_{name}": v for name, v in zip(("x0", "y0", "x1", "y1"), corners, strict=True)
            }
        return made, {name: float(value) for name, value in values.items()}


def _hole(size: tuple[int, int], params: CutoutParams, rng: Generator) -> tuple[int, int, int, int]:
    """Left, top, right and bottom in whole pixels, inside the frame."""
    high, wide = (max(1, round(side * drawn(rng, params.size))) for side in size)
    x, y = int(rng.random() * (size[1] - wide + 1)), int(rng.random() * (size[0] - high + 1))
    return x, y, x + wide, y + high


def _colour(sample: Sample, params: CutoutParams) -> NDArray[Any]:
    if params.fill == "value":
        return sample.pixels(np.array(params.fill_value))
    import cv2

    channels = sample.image.shape[2] if sample.image.ndim > 2 else 1  # noqa: PLR2004 - a plane has two
    return sample.pixels(np.array(cv2.mean(sample.image)[:channels]))


def _pixels_of(image: NDArray[Any], shape: tuple[int, ...], rng: Generator) -> NDArray[Any]:
    """Pixels drawn from all of a picture, colour by colour whole: always legal, in every dtype."""
    flat = image.reshape(image.shape[0] * image.shape[1], *image.shape[2:])
    return np.asarray(flat[rng.integers(0, len(flat), shape)])


def covered(boxes: Boxes, hidden: NDArray[np.uint8]) -> Boxes:
    """Boxes with the share of them that is still visible, without those that are wholly hidden.

    Args:
        boxes: The boxes.
        hidden: (height, width), 1 where the picture is hidden.
    """
    lost = np.array([_hidden_area(xyxy, hidden) for xyxy in boxes.xyxy.tolist()]).reshape(-1)
    share = 1 - lost / np.maximum(boxes.area, np.finfo(float).tiny)
    share = np.where(share < 1e-9, 0.0, share)  # noqa: PLR2004 - rounding
    return replace(boxes, visible=boxes.visible * share)[share > 0]


def _hidden_area(xyxy: list[float], hidden: NDArray[np.uint8]) -> float:
    """Square pixels of a box that are hidden, parts of pixels counted as parts."""
    height, width = hidden.shape
    left, top = max(0, int(xyxy[0])), max(0, int(xyxy[1]))
    right, bottom = min(width, int(np.ceil(xyxy[2]))), min(height, int(np.ceil(xyxy[3])))
    part = hidden[top:bottom, left:right]
    if not part.any():
        return 0.0
    across, down = np.arange(left, right), np.arange(top, bottom)
    wide = np.minimum(across + 1, xyxy[2]) - np.maximum(across, xyxy[0])
    high = np.minimum(down + 1, xyxy[3]) - np.maximum(down, xyxy[1])
    return float((part * wide * high[:, None]).sum())
