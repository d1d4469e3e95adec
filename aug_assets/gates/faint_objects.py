"""Gate: an object that fog has made invisible is marked to be ignored.

Transmission at an object follows from its depth and the drawn visibility: what is left of the contrast is
exp(-3.912 d / V).

Source: Koschmieder's law with the contrast threshold of 2 %, as Sakaridis et al., "Semantic Foggy Scene
Understanding with Synthetic Data", IJCV 2018, use it.

Not for pictures without depth, where only the operator itself can tell, nor for night, rain or snow.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from aug_assets.gates.pictures import Beside, PictureGate, PictureParams, by_class

_CONTRAST = 3.912  # -ln(0.02)
_SLACK = 0.9  # depth is a median, which moves by a pixel more or less


class FaintObjectsParams(PictureParams):
    """Settings of the ``faint_objects`` gate."""

    gate: Literal["faint_objects"] = "faint_objects"
    min_transmission: float = Field(0.05, gt=0, lt=1, description="Below it nobody can see the object")


class FaintObjects(PictureGate):
    """No label asks for an object that fog has swallowed."""

    name: ClassVar = "faint_objects"
    Params: ClassVar = FaintObjectsParams
    needs: ClassVar = ("boxes", "depth")
    told: ClassVar = "have a label on an object that fog has swallowed"

    @classmethod
    def broken(cls, one: Beside, real: Any, params: FaintObjectsParams) -> Sequence[str]:
        """See :class:`aug_assets.gates.pictures.PictureGate`."""
        reach = [values["visibility_m"] for _, values in one.steps if values.get("visibility_m", 0) > 0]
        if not reach or one.new.boxes is None or one.new.depth is None:
            return ()
        extinction = sum(_CONTRAST / visibility for visibility in reach)
        mask = one.new.masks.get(real.columns.only("objects"))
        for box, value, ignore in zip(
            one.new.boxes.xyxy, one.new.boxes.object, one.new.boxes.ignore, strict=True
        ):
            metres = _distance(one.new.depth, mask, box, value)
            if not ignore and np.exp(-extinction * metres) < params.min_transmission * _SLACK:
                return ("faint_not_ignored",)
        return ()

    @classmethod
    def counted(cls, one: Beside, real: Any) -> dict[str, int]:
        """Objects newly ignored, by class; see :class:`aug_assets.gates.pictures.PictureGate`."""
        if one.old is None or one.old.boxes is None or one.new.boxes is None:
            return {}
        old, new = one.old.boxes, one.new.boxes
        more = Counter(new.labels[new.ignore]) - Counter(old.labels[old.ignore])
        return by_class("ignored", more.elements())


def _distance(depth: Any, mask: Any, box: Any, value: int) -> float:
    """Median depth of an object, by its mask or else its box; 0 where unknown."""
    x0, y0, x1, y1 = np.rint(box).astype(int)
    part = depth[y0:y1, x0:x1]
    if mask is not None and value:
        part = depth[mask == value]
    known = part[part > 0]
    return float(np.median(known)) if known.size else 0.0
