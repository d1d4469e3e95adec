"""Gate: a copy has its parent's boxes and labels, but for objects that left the frame, which are counted.

Source: the platform's own; operators record under ``boxes_gone`` how many objects left.

Not for telling whether a box is around its object: see ``box_tightness``.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Any, ClassVar, Literal

from aug_assets.gates.pictures import Beside, PictureGate, PictureParams


class BoxCountParams(PictureParams):
    """Settings of the ``box_count`` gate."""

    gate: Literal["box_count"] = "box_count"


class BoxCount(PictureGate):
    """No box and no label is lost or added in silence."""

    name: ClassVar = "box_count"
    Params: ClassVar = BoxCountParams
    told: ClassVar = "have another number of boxes or labels than they should"

    @classmethod
    def broken(cls, one: Beside, real: Any, params: BoxCountParams) -> Sequence[str]:
        """See :class:`aug_assets.gates.pictures.PictureGate`."""
        if one.old is None or one.old.boxes is None or one.new.boxes is None:
            return ()
        old, new = one.old.boxes, one.new.boxes
        if len(new) != len(new.labels) or len(old) - round(one.total("boxes_gone")) != len(new):
            return ("box_count",)
        mirrored = real.spec.safety.mirrored_labels
        legal = Counter([*old.labels, *(mirrored.get(label, label) for label in old.labels)])
        return ("box_label",) if Counter(new.labels) - legal else ()
