"""Gate: each marked area of a copy, such as a lesion, is as large as its parent's within a narrow limit.

Source: the platform's own; the size of a lesion is a criterion of its stage, so a copy of another size may
need another label. A drawn zoom counts as a change, unless ``zoom_counts`` is false: then the parent's area
is scaled by the drawn ``area_scale`` first, and the limit is on what bends, cuts or repeats the lesion.

Not for street scenes, where objects may be near or far: it judges only datasets that name it.
"""

from collections.abc import Sequence
from typing import Any, ClassVar, Literal

from pydantic import Field

from aug_assets.gates.pictures import Beside, PictureGate, PictureParams

_FEW = 8  # pixels by which the border of a mask may wander


class LesionAreaParams(PictureParams):
    """Settings of the ``lesion_area`` gate."""

    gate: Literal["lesion_area"] = "lesion_area"
    max_change: float = Field(0.2, gt=0, description="Share by which an area may grow or shrink")
    zoom_counts: bool = Field(
        default=True, description="Whether a drawn zoom is a change; false where the size of a pixel is known"
    )


class LesionArea(PictureGate):
    """No candidate makes a lesion larger or smaller than the limit."""

    name: ClassVar = "lesion_area"
    Params: ClassVar = LesionAreaParams
    default: ClassVar = False  # where the size of an object is no label, scale may change it
    needs: ClassVar = ("mask",)
    told: ClassVar = "change the size of a marked area"

    @classmethod
    def broken(cls, one: Beside, real: Any, params: LesionAreaParams) -> Sequence[str]:
        """See :class:`aug_assets.gates.pictures.PictureGate`."""
        zoom = 1.0 if params.zoom_counts else one.product("area_scale")
        for before, after in one.areas.values():
            for value, area in before.items():
                wanted = area * zoom
                if abs(after.get(value, 0) - wanted) > params.max_change * wanted + _FEW:
                    return ("lesion_area",)
        return ()
