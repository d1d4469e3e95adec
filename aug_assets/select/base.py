"""What a select policy is given and what it returns. No policy is in here."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from aug_assets.spec import Branch, DatasetSpec

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Beside:
    """What there is beside a day's own rows; nothing of it is what a preview and a proof of benefit see.

    Attributes:
        before: Rows of the days before, in the stored schema.
        after: Rows of the newest days that come later; their labels are not looked at.
        labels: ``row_id, label, why`` of the day's labels that came back, one a row.
    """

    before: pa.Table | None = None
    after: pa.Table | None = None
    labels: pa.Table | None = None


@dataclass(frozen=True)
class Weighed:
    """The outcome of a policy.

    Attributes:
        weight: float64 (rows of the day,), 0 for rows that are not to be parents.
        figures: What a person should know of it.
        why_none: Why no row has a weight.
    """

    weight: Floats
    figures: dict[str, Any] = field(default_factory=dict)
    why_none: str = ""


Policy = Callable[[DatasetSpec, Branch, pa.Table, Flags, Beside], Weighed]
"""Called with dataset, branch, the day's rows without the holdout, bool (rows,) who of them may be a parent,
and what is beside them."""
