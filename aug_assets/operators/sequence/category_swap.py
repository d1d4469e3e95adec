"""Gives a share of the events another item of the same category, which also brings rare items among others.

Source: own; side information against cold items, as in Zhou et al., "S3-Rec: Self-Supervised Learning for
Sequential Recommendation with Mutual Information Maximization", CIKM 2020.

Not for categories so wide that their items have nothing in common.
"""

from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from aug_assets.operators.sequence import base
from aug_assets.operators.sequence.items import Catalogue, Choices, ItemParams, SwapOperator
from aug_assets.operators.sequence.ragged import Ints


class CategorySwapParams(ItemParams):
    """Parameters of ``category_swap``."""

    operator: Literal["category_swap"] = "category_swap"
    category: str = Field(description="Column with the item's category, by its first event among the parents")
    share: float = Field(
        0.1, gt=0, le=1, description="Share of a session's events that change, at least one, 0 to 1"
    )


class CategorySwap(SwapOperator):
    """Sessions with other items of the same category."""

    name: ClassVar = "category_swap"
    version: ClassVar = "1"
    Params: ClassVar = CategorySwapParams

    @classmethod
    def choices(
        cls, visits: base.Visits, catalogue: Catalogue, codes: Ints, params: CategorySwapParams
    ) -> Choices:
        """Items of one category; see :class:`aug_assets.operators.sequence.items.SwapOperator`."""
        known, first = np.unique(codes, return_index=True)
        of_event = visits.flat[params.category].dictionary_encode(null_encoding="encode").indices.to_numpy()
        category = of_event[first[known >= 0]]
        pool = np.argsort(category, kind="stable")
        place = np.empty_like(pool)
        place[pool] = np.arange(len(pool))
        low = np.searchsorted(category[pool], category, "left")
        return Choices(pool, low, np.searchsorted(category[pool], category, "right"), place)
