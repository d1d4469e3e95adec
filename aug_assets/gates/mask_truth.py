"""Gate: a mask has its parent's values, dtype and size, and about the areas that the drawn steps explain.

Source: the platform's own; resampling a mask by anything but its nearest neighbour invents classes.

Not for lesions whose size is the label: see ``lesion_area``, which is stricter. Where a step may move things
out of the frame, areas are held object by object in the mask of objects only, and of objects that the frame
cuts off no least area is asked; after ``albumentations``, which says no zoom, no area at all.
"""

from collections.abc import Sequence
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from aug_assets.gates.pictures import Areas, Beside, PictureGate, PictureParams

_FEW = 8  # pixels by which the border of a mask may wander
_LEAVING = ("affine", "crop")  # what they move may leave the frame
_SILENT = ("albumentations",)


class MaskTruthParams(PictureParams):
    """Settings of the ``mask_truth`` gate."""

    gate: Literal["mask_truth"] = "mask_truth"
    max_area_change: float = Field(
        0.5, gt=0, description="Share by which an area may differ from its parent's, scaled as drawn"
    )


class MaskTruth(PictureGate):
    """No mask has other classes, another dtype or size, or loses a component."""

    name: ClassVar = "mask_truth"
    Params: ClassVar = MaskTruthParams
    needs: ClassVar = ("mask",)
    told: ClassVar = "have a mask that is not its parent's, moved"

    @classmethod
    def broken(cls, one: Beside, real: Any, params: MaskTruthParams) -> Sequence[str]:
        """See :class:`aug_assets.gates.pictures.PictureGate`."""
        found = set()
        for name, (before, after) in one.areas.items():
            old, new = one.old.masks[name], one.new.masks[name]  # type: ignore[union-attr]
            if new.dtype != old.dtype:
                found.add("mask_dtype")
            if new.shape != one.new.size:
                found.add("mask_size")
            if after.keys() - before.keys():
                found.add("mask_values")
            if _done(one, _SILENT):
                continue
            leaving = _done(one, _LEAVING)
            if not leaving and any(area > _spare(one) for area in _without(before, after)):
                found.add("mask_lost")
            if leaving and name != real.columns.only("objects"):
                continue  # parts may have left, or come back as the mirror image beyond the border
            cut = _at_border(new) | (before.keys() - after.keys()) if leaving else set()
            if _wrong(before, after, _scales(one, params.max_area_change), cut):
                found.add("mask_area")
        return sorted(found)


def _done(one: Beside, operators: tuple[str, ...]) -> bool:
    return any(operator in operators for operator, _ in one.steps)


def _without(before: Areas, after: Areas) -> list[int]:
    """Areas of the values that are there no more."""
    return [area for value, area in before.items() if value not in after]


def _spare(one: Beside) -> int:
    """Pixels that an object may have and still fall between those of a picture drawn on rubber."""
    return _FEW if any("jacobian_min" in values for _, values in one.steps) else 0


def _at_border(mask: NDArray[Any]) -> set[int]:
    """Values that touch the border: the frame may have cut off what they mark."""
    return set(np.unique(np.concatenate([mask[0], mask[-1], mask[:, 0], mask[:, -1]])).tolist())


def _scales(one: Beside, slack: float) -> tuple[float, float]:
    """How small and how large an area may have become, in areas of the parent."""
    least, most = one.product("jacobian_min"), one.product("jacobian_max")
    if not 0 < least <= most:  # folded, or not told: see the gate on folding
        least = most = 1.0
    scale = one.product("area_scale")
    return scale * min(1, 1 / most) * (1 - slack), scale * max(1, 1 / least) * (1 + slack)


def _wrong(before: Areas, after: Areas, scales: tuple[float, float], cut: set[int]) -> bool:
    """Whether an area is smaller, unless it is cut, or larger than the scales say."""
    return any(
        now > scales[1] * area + _FEW or (value not in cut and now < scales[0] * area - _FEW)
        for value, area in before.items()
        for now in (after.get(value, 0),)
    )
