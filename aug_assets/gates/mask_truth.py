"""Gate: a mask has its parent's values, dtype and size, and about the area that the drawn scale explains.

Source: the platform's own; resampling a mask by anything but its nearest neighbour invents classes.

Not for lesions whose size is the label: see ``lesion_area``, which is stricter.
"""

from collections.abc import Sequence
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from aug_assets.gates.pictures import Beside, PictureGate, PictureParams

_FEW = 8  # pixels by which the border of a mask may wander


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
    told: ClassVar = "have a mask that is not its parent's, moved"

    @classmethod
    def broken(cls, one: Beside, real: Any, params: MaskTruthParams) -> Sequence[str]:
        """See :class:`aug_assets.gates.pictures.PictureGate`."""
        found = set()
        for name, new in one.new.masks.items():
            old = one.old.masks.get(name) if one.old else None
            if old is None:
                continue
            if new.dtype != old.dtype:
                found.add("mask_dtype")
            if new.shape != one.new.size:
                found.add("mask_size")
            before, after = _values(old), _values(new)
            if np.setdiff1d(after, [*before, 0]).size:
                found.add("mask_values")
            if one.total("boxes_gone") == 0 and np.setdiff1d(before, after).size and not _cut(one):
                found.add("mask_lost")
            area, scaled = float((new != 0).mean()), float((old != 0).mean()) * one.product("area_scale")
            if not _cut(one) and abs(area - scaled) > params.max_area_change * scaled + _FEW / new.size:
                found.add("mask_area")
        return sorted(found)


def _values(mask: Any) -> Any:
    """The values of a mask, ascending; counted where they are small, for sorting pixels takes long."""
    if mask.dtype == np.uint8:
        return np.flatnonzero(np.bincount(mask.ravel(), minlength=1))
    return np.unique(mask)


def _cut(one: Beside) -> bool:
    """Whether a step may have moved a part of the mask out of the frame."""
    moving = {"affine", "crop", "elastic", "flip", "albumentations", "trivial"}
    return any(operator in moving for operator, _ in one.steps)
