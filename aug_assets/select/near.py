"""Policies ``adasyn`` and ``borderline``: weights by how many of a parent's nearest neighbours are others.

Sources: He, Bai, Garcia and Li, "ADASYN", IJCNN 2008; Han, Wang and Mao, "Borderline-SMOTE", ICIC 2005.
"""

import numpy as np
import pandas as pd

from aug_assets import frames
from aug_assets.errors import TooFewParentsError
from aug_assets.operators.tabular.coded import encode
from aug_assets.operators.tabular.neighbours import embedded, points
from aug_assets.select.base import Flags, Floats
from aug_assets.spec import Branch, DatasetSpec

_HALF = 0.5


def weigh(spec: DatasetSpec, branch: Branch, frame: pd.DataFrame, chosen: Flags, others: Flags) -> Floats:
    """Weights of the parents; float64 (parents,).

    ``adasyn``: in proportion to the share of others. ``borderline``: alike for the rows in danger, of whose
    neighbours at least half and not all are others, none for the rest.

    Raises:
        TooFewParentsError: No parent has a weight.
    """
    near = _share_of_others(spec, frame, chosen, others, branch.select.neighbours)
    danger = ((near >= _HALF) & (near < 1)).astype(np.float64)
    weight = near if branch.select.policy == "adasyn" else danger
    if not weight.any():
        raise TooFewParentsError(
            f"branch {branch.name!r}: `policy: {branch.select.policy}` finds no parent near another class",
            seen=f"{len(near)} parents, at most {near.max():.0%} of whose neighbours are others",
            legal="at least one", todo="use `policy: even`, raise `neighbours`, or set `too_few: skip`",
        )  # fmt: skip
    return weight


def _share_of_others(
    spec: DatasetSpec, frame: pd.DataFrame, chosen: Flags, others: Flags, neighbours: int
) -> Floats:
    from scipy.spatial import cKDTree

    coded = encode(frame, frames.columns_of(spec, frame))
    where = embedded(points(coded.numbers, coded.codes))
    k = min(neighbours, len(frame) - 1)
    index = cKDTree(where).query(where[chosen], k=k + 1)[1].reshape(-1, k + 1)
    own = index == np.flatnonzero(chosen)[:, None]
    own[~own.any(axis=1), -1] = True  # exact copies crowded the row itself out
    found: Floats = others[index[~own].reshape(-1, k)].mean(axis=1)
    return found
