"""Manifest: several bags, each with every minority row and its own draw of the others.

Source: under-bagging of Barandela, Valdovinos and Sanchez, "New applications of ensembles of classifiers",
Pattern Analysis and Applications 6, 2003. Whether a row is in a bag follows from the row's id and the bag's
number alone, so that a day that arrives later changes no bag of the days before.

Not for small datasets: each bag leaves out most of the other rows. Scores are shifted as by weights.
"""

from typing import ClassVar, Literal

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pydantic import Field

from aug_assets.keys import U64, digest_bits, philox, unit
from aug_assets.manifests import base


class UnderbagParams(base.Params):
    """Settings of the ``underbag`` manifest."""

    manifest: Literal["underbag"] = "underbag"
    bags: int = Field(10, ge=1, le=100, description="Models to train")
    ratio: float = Field(20, gt=0, le=10_000, description="Expected other rows per minority row in a bag")


class Underbag(base.Manifest):
    """As many bags as models."""

    name: ClassVar = "underbag"
    Params: ClassVar = UnderbagParams

    @classmethod
    def weigh(cls, ids: U64, minority: NDArray[np.bool_], params: UnderbagParams) -> pa.Table:
        """Bags; see :class:`aug_assets.manifests.base.Manifest`."""
        others = max(int((~minority).sum()), 1)
        share = min(1.0, params.ratio * int(minority.sum()) / others)
        parts = []
        for bag in range(params.bags):
            words = philox(digest_bits("underbag", str(bag)), (ids[:, 0], ids[:, 1], 0, 0))
            chosen = ids[minority | (unit(words[:, 0]) < share)]
            parts.append(
                base.listed(cls.name, chosen, np.full(len(chosen), bag, np.int32), np.ones(len(chosen)))
            )
        return pa.concat_tables(parts)
