"""Gate: a box is as tight around its object as the mask of objects says.

Source: measured on ellipses, a box whose corners were turned by 15 degrees overlaps the true one by 0.67; the
same remedy as torchvision issue 382, to measure boxes anew from masks.

Not for datasets without a mask of objects (``objects_in``), where nothing can be held against a box.
"""

import math
from collections.abc import Sequence
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from aug_assets.gates.pictures import Beside, PictureGate, PictureParams, areas


class BoxTightnessParams(PictureParams):
    """Settings of the ``box_tightness`` gate."""

    gate: Literal["box_tightness"] = "box_tightness"
    max_gap_px: float = Field(1.5, gt=0, description="How far a side may be from the object, in pixels")


class BoxTightness(PictureGate):
    """No box is loose around its object, or beside it."""

    name: ClassVar = "box_tightness"
    Params: ClassVar = BoxTightnessParams
    needs: ClassVar = ("boxes", "objects")
    told: ClassVar = "have a box that is not around its object"

    @classmethod
    def broken(cls, one: Beside, real: Any, params: BoxTightnessParams) -> Sequence[str]:
        """See :class:`aug_assets.gates.pictures.PictureGate`."""
        name = real.columns.only("objects")
        mask = one.new.masks.get(name)
        if one.new.boxes is None or mask is None:
            return ()
        area = one.areas[name][1] if name in one.areas else areas(mask)
        boxes = one.new.boxes
        for box, value in zip(boxes.xyxy.tolist(), boxes.object.tolist(), strict=True):
            if value == 0:
                continue
            if value not in area:
                return ("object_lost",)
            if not _gap(mask, value, box, area[value], params.max_gap_px) <= params.max_gap_px:
                return ("box_loose",)
        return ()


def _gap(mask: NDArray[Any], value: int, box: list[float], area: int, most: float) -> float:
    """How far the farthest side of a box is from its object, in pixels; infinite where it is far off."""
    import cv2

    if not all(map(math.isfinite, box)):
        return math.inf
    height, width = mask.shape
    box = [min(max(side, 0), end) for side, end in zip(box, (width, height) * 2, strict=True)]
    slack = math.ceil(most) + 1
    left, top = (max(0, math.floor(side) - slack) for side in box[:2])
    right, bottom = (math.ceil(side) + slack for side in box[2:])
    inside = (mask[top:bottom, left:right] == value).view(np.uint8)
    if cv2.countNonZero(inside) < area:
        return math.inf
    x, y, wide, high = cv2.boundingRect(inside)
    true = (left + x, top + y, left + x + wide, top + y + high)
    return max(abs(side - is_at) for side, is_at in zip(box, true, strict=True))
