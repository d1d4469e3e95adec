"""Keeps the first few events of a session, and the last one, as of a visitor of whom little is known yet.

Source: Zhou, Huang, Xie et al., "Is Contrastive Learning Necessary? A Study of Data Augmentation vs
Contrastive Learning in Sequential Recommendation", WWW 2024 (subset-split, and the cold-start setting).

Not for data whose sessions are short already: their copies are the sessions themselves.
"""

from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from aug_assets.keys import RowKeys, below
from aug_assets.operators.sequence import base
from aug_assets.operators.sequence.ragged import Floats


class PrefixParams(base.SequenceParams):
    """Parameters of ``cold_prefix``."""

    operator: Literal["cold_prefix"] = "cold_prefix"
    most: int = Field(
        3,
        ge=1,
        le=1000,
        description="Most events that stay before the last; from one to this, each as likely",
    )


class Prefix(base.SequenceOperator):
    """Sessions that begin and soon end."""

    name: ClassVar = "cold_prefix"
    version: ClassVar = "1"
    Params: ClassVar = PrefixParams

    @classmethod
    def change(
        cls, visits: base.Visits, state: base.SequenceState, params: PrefixParams, keys: RowKeys
    ) -> tuple[base.Visits, dict[str, Floats]]:
        """Cut off; see :class:`aug_assets.operators.sequence.base.SequenceOperator`."""
        lists = visits.lists
        longest = np.clip(lists.lengths - 2, 1, params.most)  # so that one event goes, where there are two
        length = 1 + below(keys.words()[:, 0], longest.astype(np.uint64))
        gone = visits.free & ~lists.within(np.zeros_like(length), np.minimum(length, lists.lengths))
        made = visits.without(gone)
        dropped = base.told(lists, lists.lengths - made.lists.lengths, "dropped")
        return made, {"length": length.astype(np.float64), **dropped}
