"""Keeps a stretch of a session's events, and the last one (crop, or slide window).

Source: Xie, Sun, Liu et al., "Contrastive Learning for Sequential Recommendation" (CL4SRec), ICDE 2022; as
rows of their own: Zhou, Huang, Xie et al., "Is Contrastive Learning Necessary? A Study of Data Augmentation
vs Contrastive Learning in Sequential Recommendation", WWW 2024.

Not for models that count transitions: on public data cropped sessions made them worse.
"""

from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from aug_assets.keys import RowKeys, below
from aug_assets.operators.sequence import base
from aug_assets.operators.sequence.ragged import Floats


class CropWindowParams(base.SequenceParams):
    """Parameters of ``crop_window``."""

    operator: Literal["crop_window"] = "crop_window"
    share: float = Field(
        0.6, gt=0, lt=1, description="Length of the stretch as a share of the events before the last, 0 to 1"
    )


class CropWindow(base.SequenceOperator):
    """Stretches of sessions."""

    name: ClassVar = "crop_window"
    version: ClassVar = "1"
    Params: ClassVar = CropWindowParams

    @classmethod
    def change(
        cls, visits: base.Visits, state: base.SequenceState, params: CropWindowParams, keys: RowKeys
    ) -> tuple[base.Visits, dict[str, Floats]]:
        """Cut; see :class:`aug_assets.operators.sequence.base.SequenceOperator`."""
        lists = visits.lists
        history = np.maximum(lists.lengths - 1, 0)
        width = np.minimum(np.maximum(1, (params.share * history).astype(np.int64)), history)
        start = below(keys.words()[:, 0], (history - width + 1).astype(np.uint64))
        gone = visits.free & ~lists.within(start, width)
        made = visits.without(gone)
        dropped = base.told(lists, lists.lengths - made.lists.lengths, "dropped")
        return made, {"start": start.astype(np.float64), **dropped}
