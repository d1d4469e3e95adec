"""Takes a share of the events out of a session, anywhere before the last.

Source: Xie, Sun, Liu et al., "Contrastive Learning for Sequential Recommendation" (CL4SRec), ICDE 2022, whose
mask operator this is without the mask token.

Not for models that count how often one item follows another: pairs arise that nobody made.
"""

from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from aug_assets.keys import RowKeys, below
from aug_assets.operators.sequence import base
from aug_assets.operators.sequence.ragged import Floats


class DropParams(base.SequenceParams):
    """Parameters of ``drop_events``."""

    operator: Literal["drop_events"] = "drop_events"
    share: float = Field(
        0.2,
        gt=0,
        lt=1,
        description="Share of a session's events that go, 0 to 1; one at random is spared",
    )


class Drop(base.SequenceOperator):
    """Sessions with fewer events."""

    name: ClassVar = "drop_events"
    version: ClassVar = "1"
    Params: ClassVar = DropParams

    @classmethod
    def change(
        cls, visits: base.Visits, state: base.SequenceState, params: DropParams, keys: RowKeys
    ) -> tuple[base.Visits, dict[str, Floats]]:
        """Take events out; see :class:`aug_assets.operators.sequence.base.SequenceOperator`."""
        lists, allowed = visits.lists, visits.free.copy()
        some = lists.lengths > 1
        kept = below(keys.words()[:, 0], np.maximum(lists.lengths - 1, 1).astype(np.uint64))
        allowed[(lists.offsets[:-1] + kept)[some]] = False  # one event is left before the last
        gone = lists.chosen(keys, 1, allowed, params.share)
        made = visits.without(gone)
        return made, base.told(lists, lists.lengths - made.lists.lengths, "dropped")
