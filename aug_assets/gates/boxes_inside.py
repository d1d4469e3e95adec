"""Gate: every box lies inside its picture and has an area.

Source: the platform's own; boxes that leave the frame are what users of augmentation libraries report most.

Not for boxes that lie inside and around nothing: see ``box_tightness``.
"""

from collections.abc import Sequence
from typing import Any, ClassVar, Literal

import numpy as np

from aug_assets.gates.pictures import Beside, PictureGate, PictureParams

_ROUNDING = 1e-6  # pixels


class BoxesInsideParams(PictureParams):
    """Settings of the ``boxes_inside`` gate."""

    gate: Literal["boxes_inside"] = "boxes_inside"


class BoxesInside(PictureGate):
    """No candidate has a box outside the frame or without an area."""

    name: ClassVar = "boxes_inside"
    Params: ClassVar = BoxesInsideParams
    needs: ClassVar = ("boxes",)
    told: ClassVar = "have a box outside the frame"

    @classmethod
    def broken(cls, one: Beside, real: Any, params: BoxesInsideParams) -> Sequence[str]:
        """See :class:`aug_assets.gates.pictures.PictureGate`."""
        if one.new.boxes is None or not len(one.new.boxes):
            return ()
        height, width = one.new.size
        box = one.new.boxes.xyxy
        found = []
        if (box < -_ROUNDING).any() or (box > np.array([width, height] * 2) + _ROUNDING).any():
            found.append("box_outside")
        if not (one.new.boxes.area > 0).all():
            found.append("box_without_area")
        return found
