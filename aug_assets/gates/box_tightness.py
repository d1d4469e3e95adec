"""Gate: a box is as tight around its object as the mask of objects says.

Source: measured on ellipses, a box whose corners were turned by 15 degrees overlaps the true one by 0.67; the
same remedy as torchvision issue 382, to measure boxes anew from masks.

Not for datasets without a mask of objects (``objects_in``), where nothing can be held against a box.
"""

from collections.abc import Sequence
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from aug_assets.gates.pictures import Beside, PictureGate, PictureParams


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
        mask = one.new.masks.get(real.columns.only("objects"))
        if one.new.boxes is None or mask is None:
            return ()
        height, width = one.new.size
        for box, value in zip(one.new.boxes.xyxy, one.new.boxes.object, strict=True):
            if value == 0:
                continue
            rows, columns = (np.flatnonzero((mask == value).any(axis=axis)) for axis in (1, 0))
            if not len(rows):
                return ("object_lost",)
            true = np.array([columns[0], rows[0], columns[-1] + 1, rows[-1] + 1], float)
            if (np.abs(np.clip(box, 0, [width, height] * 2) - true) > params.max_gap_px).any():
                return ("box_loose",)
        return ()
