"""Gate: of every object enough is left. A copy that cuts one off is refused as a whole, never the box alone.

Source: the platform's own; the share is ``safety.min_visibility`` of the dataset, itself included. Libraries
that drop such boxes leave objects in the picture that no label names.

Not for objects that weather or noise hides: see ``faint_objects``.
"""

from collections.abc import Sequence
from typing import Any, ClassVar, Literal

from aug_assets.gates.pictures import Beside, PictureGate, PictureParams, by_class

_ROUNDING = 1e-9  # the share itself passes


class BoxVisibilityParams(PictureParams):
    """Settings of the ``box_visibility`` gate."""

    gate: Literal["box_visibility"] = "box_visibility"


class BoxVisibility(PictureGate):
    """No candidate shows less of an object than the dataset asks for."""

    name: ClassVar = "box_visibility"
    Params: ClassVar = BoxVisibilityParams
    needs: ClassVar = ("boxes",)
    told: ClassVar = "cut an object off"

    @classmethod
    def broken(cls, one: Beside, real: Any, params: BoxVisibilityParams) -> Sequence[str]:
        """See :class:`aug_assets.gates.pictures.PictureGate`."""
        return ("box_cut",) if len(_cut(one, real)) else ()

    @classmethod
    def counted(cls, one: Beside, real: Any) -> dict[str, int]:
        """Objects that are cut, by class; see :class:`aug_assets.gates.pictures.PictureGate`."""
        return by_class("cut", _cut(one, real))


def _cut(one: Beside, real: Any) -> Any:
    """Labels of the objects of which too little is left, or nobody knows how much."""
    if one.new.boxes is None:
        return ()
    least = real.spec.safety.min_visibility
    return one.new.boxes.labels[~(one.new.boxes.visible >= least - _ROUNDING)]
