"""A fair sample of candidates that merges: those with the lowest ids, in whatever pieces a day is seen.

Row ids are digests, so the lowest of them are a fair draw, and one that knows nothing of batches.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from aug_assets.gates.base import Batch

Encode = Callable[[str, pd.DataFrame], NDArray[Any]]


@dataclass(frozen=True)
class Sample:
    """Some candidates of a class.

    Attributes:
        ids: Their row ids, ascending.
        lines: What a gate wants of them, one line a row; shape (rows, ...).
    """

    ids: pa.Array
    lines: NDArray[Any]


Samples = dict[str, Sample]  # by class


def draw(real: Any, batch: Batch, size: int, encode: Encode) -> Samples:
    """Up to ``size`` candidates of each class of a batch; ``encode`` sees only those, with their class."""
    found = {}
    for label, part in real.by_class(batch.rows).items():
        ids = batch.ids.take(pa.array(part.index))
        lowest = pc.sort_indices(ids)[:size]
        found[label] = Sample(ids.take(lowest), encode(label, part.iloc[lowest.to_numpy()]))
    return found


def merged(evidence: Sequence[Samples], size: int) -> dict[str, NDArray[Any]]:
    """The values of up to ``size`` candidates of each class of the day."""
    return {
        label: _lowest([part[label] for part in evidence if label in part], size)
        for label in sorted({label for part in evidence for label in part})
    }


def _lowest(parts: list[Sample], size: int) -> NDArray[Any]:
    ids = pa.concat_arrays([part.ids for part in parts])
    lowest: NDArray[Any] = np.concatenate([part.lines for part in parts])[
        pc.sort_indices(ids)[:size].to_numpy()
    ]
    return lowest
