"""What a day's candidates are made of beside its source rows: tables that the run stored.

The run names their versions; whoever makes rows again must be given the same.
"""

from dataclasses import dataclass

import pyarrow as pa


@dataclass(frozen=True)
class Recorded:
    """Stored tables of a day.

    Attributes:
        replies: What a model answered, for steps that ask; see :func:`aug_assets.recipe.asked`.
        shares: How copies are shared out by policies that look at more than the day's rows, see
            :mod:`aug_assets.select.shares`.
    """

    replies: pa.Table | None = None
    shares: pa.Table | None = None
