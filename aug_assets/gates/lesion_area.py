"""Gate: the marked area of a copy, such as a lesion, is as large as its parent's within a narrow limit.

Source: the platform's own; the size of a lesion is a criterion of its stage, so a copy of another size may
need another label. Drawn scales count as changes here.

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
    max_change: float = Field(0.2, gt=0, description="Share by which the area may grow or shrink")


class LesionArea(PictureGate):
    """No candidate makes a lesion larger or smaller than the limit."""

    name: ClassVar = "lesion_area"
    Params: ClassVar = LesionAreaParams
    default: ClassVar = False  # where the size of an object is no label, scale may change it
    told: ClassVar = "change the size of a marked area"

    @classmethod
    def broken(cls, one: Beside, real: Any, params: LesionAreaParams) -> Sequence[str]:
        """See :class:`aug_assets.gates.pictures.PictureGate`."""
        for name, new in one.new.masks.items():
            old = one.old.masks.get(name) if one.old else None
            if old is None or not old.any():
                continue
            before, after = float((old != 0).sum()) / old.size, float((new != 0).sum()) / new.size
            if abs(after - before) > params.max_change * before + _FEW / new.size:
                return ("lesion_area",)
        return ()
