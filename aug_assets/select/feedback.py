"""Policy: copies of rows that people looked at, false alarms and queried rows, and of parents next to them.

Neighbours are told by the features that drift watches, so that it is for rows of any kind. A parent keeps its
own label: nothing here says that what lies next to a false alarm is one. Only these rows become parents, so
that an operator that draws towards neighbours stays among them.

Source: the feedback samples of Dal Pozzolo et al., "Credit card fraud detection", IEEE TNNLS 29, 2018.
"""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from aug_assets.rows import ROW_ID
from aug_assets.select.base import Beside, Flags, Weighed
from aug_assets.select.space import points
from aug_assets.spec import Branch, DatasetSpec
from aug_assets.spec_policy import Feedback

_WHY = {"false_alarm": "alert", "queried": "queue"}


def weigh(spec: DatasetSpec, branch: Branch, rows: pa.Table, chosen: Flags, beside: Beside) -> Weighed:
    """Weights of a day's rows; see :data:`aug_assets.select.base.Policy`."""
    params = branch.select.feedback or Feedback()
    weight = np.zeros(len(rows))
    if beside.labels is None or not beside.labels.num_rows:
        return Weighed(weight, {"came_back": 0}, "no label of the day has come back yet")
    centres = _came_back(spec, rows, beside.labels, params)
    told = {"came_back": beside.labels.num_rows, "centres": len(centres)}
    if not len(centres) or not chosen.any():
        return Weighed(weight, told, "no label that came back counts, or no parent is there to be next to it")
    own = centres[chosen[centres]]
    weight[own] = 1.0
    if params.nearby:
        at = _nearest(spec, rows, centres, chosen, branch.select.neighbours)
        np.add.at(weight, at, params.nearby)
    weight[~chosen] = 0.0
    return Weighed(weight, {**told, "parents": int((weight > 0).sum())}, "")


def _came_back(spec: DatasetSpec, rows: pa.Table, labels: pa.Table, params: Feedback) -> NDArray[np.int64]:
    """Places of the rows around which copies are made, ascending."""
    given = params.alarm if params.alarm is not None else spec.minority(rows.column(spec.label))
    alarm = str(given).lower()
    counts = pa.array(np.zeros(len(labels), bool))
    for kind in params.of:
        mine = pc.equal(labels["why"], _WHY[kind])
        if kind == "false_alarm":
            mine = pc.and_(mine, pc.not_equal(pc.utf8_lower(labels["label"]), alarm))
        counts = pc.or_(counts, pc.fill_null(mine, fill_value=False))
    place = pc.index_in(labels.filter(counts)[ROW_ID], rows.column(ROW_ID).combine_chunks())
    return np.unique(place.drop_null().to_numpy().astype(np.int64))


def _nearest(
    spec: DatasetSpec, rows: pa.Table, centres: NDArray[np.int64], chosen: Flags, neighbours: int
) -> NDArray[np.int64]:
    """Places of the parents next to each centre, itself left out."""
    from scipy.spatial import cKDTree

    where, parents = points(spec, rows), np.flatnonzero(chosen)
    k = min(neighbours + 1, len(parents))
    near = cKDTree(where[parents]).query(where[centres], k=k)[1].reshape(len(centres), k)
    place = parents[near]
    itself = place == centres[:, None]
    itself[~itself.any(axis=1) & (k > neighbours), -1] = True  # one too many where it is no parent itself
    return np.asarray(place[~itself], np.int64)
