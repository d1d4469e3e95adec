"""Gate: the last event of a session is its parent's, in every column, and is still the last.

Source: leave-one-out evaluation, in which the last item of a user is what is predicted, as in Kang and
McAuley, "Self-Attentive Sequential Recommendation", ICDM 2018.

Not for models that are to predict more than the last event: earlier ones may change.
"""

from typing import Any, ClassVar, Literal

import numpy as np
import pyarrow as pa

from aug_assets.gates import base, visits
from aug_assets.operators.sequence.ragged import Mask, Ragged


class HeldOutItemParams(visits.VisitParams):
    """Settings of the ``held_out_item`` gate."""

    gate: Literal["held_out_item"] = "held_out_item"


class HeldOutItem(visits.VisitGate):
    """What models are asked to predict is real."""

    name: ClassVar = "held_out_item"
    Params: ClassVar = HeldOutItemParams
    told: ClassVar = "do not end with the last event of their parent"

    @classmethod
    def broken(cls, real: Any, params: HeldOutItemParams, batch: base.Batch) -> dict[str, Mask]:
        """See :class:`aug_assets.gates.visits.VisitGate`."""
        names = real.spec.kinds["each"]
        pairs = visits.pairs(real, batch, names)
        ends = visits.Pairs(_ends(pairs.new), _ends(pairs.old), pairs.parent)
        lost = {name: np.not_equal(*ends.codes(name)) for name in names}
        item = lost.pop(visits.item_of(real, params))
        other = np.any(list(lost.values()), axis=0) if lost else np.zeros_like(item)
        child = pairs.parent >= 0
        return {"last_item": child & item, "last_event": child & other & ~item, "no_parent": ~child}


def _ends(events: visits.Events) -> visits.Events:
    """The last event of each session; nulls where it has none."""
    lists = events.lists
    places = pa.array(np.maximum(lists.offsets[1:] - 1, 0), mask=lists.lengths == 0)
    one = Ragged.of_lengths(np.ones(len(lists), np.int64))
    return visits.Events(one, {name: values.take(places) for name, values in events.flat.items()})
