"""All that a report says of a day, gathered by whoever knows where it lies; rows in it are never printed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd
from numpy.typing import NDArray

if TYPE_CHECKING:
    import numpy as np

    from aug_assets.spec import DatasetSpec


class Held(NamedTuple):
    """Rows that a stage held back for a reason; a row with two reasons counts under both."""

    stage: str
    reason: str
    rows: int


@dataclass(frozen=True)
class Day:
    """A materialized day at the versions that its assets recorded.

    Attributes:
        spec: The dataset, as its file is now.
        day: The partition, as an ISO date.
        real: All real rows, in the order of their ids.
        parents: bool (real rows,), which of them provenance names as the parent of a made row.
        candidates: The candidates that the gates judged, in the order of their ids.
        counts: What became of the rows, in order, such as ``candidates`` to a number.
        held: Quarantined rows by stage and reason.
        judgements: Rows of the stored verdict; none where the gates have not judged.
        lift: The newest record of a proof of benefit, of this recipe if there is one; None without any.
        recipe_digest: Of the recipe that made the candidates.
        facts: Versions and digests by name.
        warnings: What a reader must know first.
    """

    spec: "DatasetSpec"
    day: str
    real: pd.DataFrame
    parents: "NDArray[np.bool_]"
    candidates: pd.DataFrame
    counts: Mapping[str, int]
    held: list[Held]
    judgements: list[dict[str, Any]]
    lift: dict[str, Any] | None
    recipe_digest: str
    facts: Mapping[str, str]
    warnings: list[str] = field(default_factory=list)
