"""Manifest: all real rows once, those of the minority class with more weight.

The plainest remedy for imbalance, and with gradient boosting often the best. Source: Elkan, "The foundations
of cost-sensitive learning", IJCAI 2001.

Not for models that take no row weights, nor where scores are read as probabilities: weights shift them, so
calibrate again.
"""

from typing import ClassVar, Literal

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pydantic import Field

from aug_assets.keys import U64
from aug_assets.manifests import base


class ReweightParams(base.Params):
    """Settings of the ``reweight`` manifest."""

    manifest: Literal["reweight"] = "reweight"
    weight: float = Field(10, gt=0, le=10_000, description="Weight of a minority row; another row's is 1")


class Reweight(base.Manifest):
    """One bag of all rows."""

    name: ClassVar = "reweight"
    Params: ClassVar = ReweightParams

    @classmethod
    def weigh(cls, ids: U64, minority: NDArray[np.bool_], params: ReweightParams) -> pa.Table:
        """Weights; see :class:`aug_assets.manifests.base.Manifest`."""
        return base.listed(
            cls.name, ids, np.zeros(len(ids), np.int32), np.where(minority, params.weight, 1.0)
        )
