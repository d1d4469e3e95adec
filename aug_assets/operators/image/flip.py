"""Mirror image, with all labels; what names a side in a label or a column changes its name.

Source: Krizhevsky, Sutskever and Hinton, "ImageNet Classification with Deep Convolutional Neural Networks",
NIPS 2012, section 4.1 (horizontal reflections).

Not for pictures in which a side means something: a chest film (the heart is on the left), signs and text,
road lanes, teeth by number. A vertical flip is a mirror image as well.
"""

from typing import Any, ClassVar, Literal

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from pydantic import Field

from aug_assets.operators import base
from aug_assets.operators.image import moving, sides
from aug_assets.operators.image.base import ImageOperator, Sample

_NAMED = 5  # labels in a message


class FlipParams(base.Params):
    """Parameters of ``flip``."""

    operator: Literal["flip"] = "flip"
    axis: Literal["horizontal", "vertical"] = Field(
        "horizontal", description="horizontal: left and right change places; vertical: top and bottom"
    )
    chance: float = Field(0.5, gt=0, le=1, description="Share of copies that are flipped")


class Flip(ImageOperator):
    """Pictures in a mirror."""

    name: ClassVar = "flip"
    version: ClassVar = "2"
    Params: ClassVar = FlipParams

    @classmethod
    def unsafe(cls, params: FlipParams, facts: base.Facts) -> str | None:
        """Sides that would be untrue; see :class:`aug_assets.operators.base.Operator`."""
        safety = facts.safety
        if safety.laterality == "fixed":
            sided = [label for label in facts.labels if sides.has_side(label)] or list(facts.labels)
            named = ", ".join(map(repr, sided[:_NAMED])) or "each picture"
            return f"a flip changes left and right and safety.laterality is fixed: {named} may be untrue"
        if params.axis == "vertical" and safety.orientation != "any":
            return "a vertical flip stands pictures on their head, and safety.orientation is upright"
        return sides.untrue(facts)

    @classmethod
    def change(
        cls, sample: Sample, state: Any, params: FlipParams, rng: Generator
    ) -> tuple[Sample, dict[str, float]]:
        """Flip, or leave; see :class:`aug_assets.operators.image.base.ImageOperator`."""
        if rng.random() >= params.chance:
            return sample, {"flipped": 0.0, "boxes_gone": 0.0}
        facts = state.columns.facts
        names = sides.both_ways(facts.safety.mirrored_labels) if facts else {}
        made, gone = moving.moved(
            sample,
            state.columns,
            lambda pixels, _: _mirrored(pixels, params.axis),
            _where(sample.size, params.axis),
            mirror=names,
            measure=False,
        )
        return made, {"flipped": 1.0, "boxes_gone": float(gone)}


def _mirrored(pixels: NDArray[Any], axis: str) -> NDArray[Any]:
    import cv2

    return cv2.flip(pixels, 1 if axis == "horizontal" else 0)


def _where(size: tuple[int, int], axis: str) -> moving.Forward:
    height, width = size
    if axis == "horizontal":
        return lambda xy: np.stack([width - xy[:, 0], xy[:, 1]], axis=-1)
    return lambda xy: np.stack([xy[:, 0], height - xy[:, 1]], axis=-1)
