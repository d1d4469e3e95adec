"""How well a classifier tells a day's rows from others: a figure for a person; nothing is decided by it.

Source: Lopez-Paz and Oquab, "Revisiting classifier two-sample tests", ICLR 2017. It sees columns that move
together where each by itself stays; it also sees weekdays and bursts, so that no limit on it is honest.
"""

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from aug_assets.frames import columns_of, to_frame
from aug_assets.spec import DatasetSpec

ROWS = 2500  # of each side
_FEWEST = 100
_FOLDS = 2


def area(spec: DatasetSpec, day: pa.Table, others: pa.Table) -> float | None:
    """The area under the curve of telling two groups of rows apart: 0.5 where nothing tells them.

    Args:
        spec: The dataset.
        day: Rows in the stored schema.
        others: Rows to tell them from.

    Returns:
        None where a side has too few rows, or no column is a number or a category.
    """
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.metrics import roc_auc_score
    from threadpoolctl import threadpool_limits

    one, other = (_spread(rows, ROWS) for rows in (day, others))
    if min(one.num_rows, other.num_rows) < _FEWEST:
        return None
    points = _points(spec, pa.concat_tables([one, other]))
    if points.shape[1] == 0:
        return None
    side = np.arange(len(points)) >= one.num_rows
    fold = np.r_[np.arange(one.num_rows), np.arange(other.num_rows)] % _FOLDS
    found = []
    with threadpool_limits(1):
        for part in range(_FOLDS):
            model = HistGradientBoostingClassifier(
                max_iter=40, max_leaf_nodes=15, early_stopping=False, random_state=0
            )
            model.fit(points[fold != part], side[fold != part])
            scores = model.predict_proba(points[fold == part])[:, 1]
            found.append(roc_auc_score(side[fold == part], scores))
    return float(np.mean(found))


def _spread(rows: pa.Table, most: int) -> pa.Table:
    """At most so many rows, evenly spread: the stored order is that of ids, so this is a fair draw."""
    return rows.take(np.unique(np.linspace(0, rows.num_rows - 1, min(most, rows.num_rows)).astype(np.int64)))


def _points(spec: DatasetSpec, rows: pa.Table) -> NDArray[np.float64]:
    frame = to_frame(rows, spec)
    columns = columns_of(spec, frame)
    aside = {spec.label, *(spec.drift.ignore if spec.drift else ())}
    parts = [
        frame[name].astype("category").cat.codes if name in columns.categorical else frame[name]
        for name in (*columns.numeric, *columns.categorical)
        if name not in aside
    ]
    made = [part.to_numpy(np.float64, na_value=np.nan) for part in parts]
    return np.stack(made, axis=1) if made else np.empty((len(frame), 0))
