"""Gate: a copy has its parent's boxes and labels, but for objects that left the frame, which are counted.

Source: the platform's own; operators record under ``boxes_gone`` how many objects left.

Not for telling whether a box is around its object: see ``box_tightness``.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Any, ClassVar, Literal

from aug_assets.gates.pictures import Beside, PictureGate, PictureParams, by_class


class BoxCountParams(PictureParams):
    """Settings of the ``box_count`` gate."""

    gate: Literal["box_count"] = "box_count"


class BoxCount(PictureGate):
    """No box and no label is lost or added in silence."""

    name: ClassVar = "box_count"
    Params: ClassVar = BoxCountParams
    needs: ClassVar = ("boxes",)
    told: ClassVar = "have another number of boxes or labels than they should"

    @classmethod
    def broken(cls, one: Beside, real: Any, params: BoxCountParams) -> Sequence[str]:
        """See :class:`aug_assets.gates.pictures.PictureGate`."""
        if one.old is None or one.old.boxes is None or one.new.boxes is None:
            return ()
        old, new = one.old.boxes, one.new.boxes
        if len(new) != len(new.labels) or len(old) - round(one.total("boxes_gone")) != len(new):
            return ("box_count",)
        legal = (Counter(old.labels), Counter(_mirrored(old.labels, real)))
        return ("box_label",) if all(Counter(new.labels) - labels for labels in legal) else ()

    @classmethod
    def counted(cls, one: Beside, real: Any) -> dict[str, int]:
        """Objects that are gone, by class; see :class:`aug_assets.gates.pictures.PictureGate`."""
        if one.old is None or one.old.boxes is None or one.new.boxes is None:
            return {}
        old, new = Counter(one.old.boxes.labels), Counter(one.new.boxes.labels)
        if new - old:
            old = Counter(_mirrored(one.old.boxes.labels, real))
        return by_class("gone", (old - new).elements())


def _mirrored(labels: Any, real: Any) -> list[str]:
    """What labels are called in a mirror; the dataset may say it one way only."""
    said = real.spec.safety.mirrored_labels
    names = {**{there: here for here, there in said.items()}, **said}
    return [names.get(label, label) for label in labels]
