"""Gives a share of the events another item that is about as popular, so that the tail stays as long as it is.

Source: own; popularity as a confounder of such augmentations: Steck, "Item Popularity and Recommendation
Accuracy", RecSys 2011.

Not for learning what goes with what: the new item has no more to do with the session than its popularity.
"""

from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from aug_assets.operators.sequence import base
from aug_assets.operators.sequence.items import Catalogue, Choices, ItemParams, SwapOperator
from aug_assets.operators.sequence.ragged import Ints


class PopularitySwapParams(ItemParams):
    """Parameters of ``popularity_swap``."""

    operator: Literal["popularity_swap"] = "popularity_swap"
    share: float = Field(
        0.1, gt=0, le=1, description="Share of a session's events that change, at least one, 0 to 1"
    )
    ranks: int = Field(
        10, ge=1, le=10_000, description="How far apart two items may be in popularity, in ranks"
    )


class PopularitySwap(SwapOperator):
    """Sessions with items of the same popularity."""

    name: ClassVar = "popularity_swap"
    version: ClassVar = "1"
    Params: ClassVar = PopularitySwapParams

    @classmethod
    def choices(
        cls, visits: base.Visits, catalogue: Catalogue, codes: Ints, params: PopularitySwapParams
    ) -> Choices:
        """Items near in rank; see :class:`aug_assets.operators.sequence.items.SwapOperator`."""
        pool = np.argsort(-catalogue.count, kind="stable")
        rank = np.empty_like(pool)
        rank[pool] = np.arange(len(pool))
        high = np.minimum(rank + params.ranks + 1, len(pool))
        return Choices(pool, np.maximum(rank - params.ranks, 0), high, rank)
