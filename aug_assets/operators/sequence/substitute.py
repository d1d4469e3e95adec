"""Gives a share of the events another item that visitors have together with the one they had.

Source: Liu, Chen, Li, Yu, McAuley, Xiong, "Contrastive Self-supervised Sequential Recommendation with Robust
Augmentation" (CoSeRec), arXiv 2108.06479, 2021.

Not for days with few sessions: what goes together is then chance, and such copies teach it.
"""

from typing import ClassVar, Literal

from pydantic import Field

from aug_assets.operators.sequence import base
from aug_assets.operators.sequence.correlation import correlated
from aug_assets.operators.sequence.items import Catalogue, Choices, ItemParams, SwapOperator
from aug_assets.operators.sequence.ragged import Ints


class SubstituteParams(ItemParams):
    """Parameters of ``substitute``."""

    operator: Literal["substitute"] = "substitute"
    share: float = Field(
        0.2, gt=0, le=1, description="Share of a session's events that change, at least one, 0 to 1"
    )
    neighbours: int = Field(5, ge=1, le=100, description="How many correlated items one is drawn from")


class Substitute(SwapOperator):
    """Sessions with items that go together with those they had."""

    name: ClassVar = "substitute"
    version: ClassVar = "1"
    Params: ClassVar = SubstituteParams

    @classmethod
    def choices(
        cls, visits: base.Visits, catalogue: Catalogue, codes: Ints, params: SubstituteParams
    ) -> Choices:
        """The correlated items; see :class:`aug_assets.operators.sequence.items.SwapOperator`."""
        return correlated(visits.lists, codes, len(catalogue.items), params.neighbours)
