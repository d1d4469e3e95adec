"""A small model of pictures: frozen features, brightness and edges by place, under logistic regression.

Source: histograms of oriented gradients after Dalal and Triggs, CVPR 2005; fitted as Fan et al.,
"LIBLINEAR", JMLR 9, 2008.
"""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from aug_assets.learners.base import Scorer, linear, need_both
from aug_assets.spec import DatasetSpec

_SIDE, _CELL, _COARSE = 64, 8, 12  # pixels
_BINS = 9  # directions of an edge
_ENDS = (1, 99)  # percentiles that become black and white
_STRENGTH = 0.02
_GREY = 2  # dimensions


def features(spec: DatasetSpec) -> tuple[str, ...]:
    """The columns that a model reads."""
    return spec.kinds["image"]


def described(pixels: NDArray[Any]) -> NDArray[np.float32]:
    """Features of one picture, float32 (1908,): edges in 64 x 64 pixels, and brightness in 12 x 12."""
    import cv2

    grey = pixels.astype(np.float32)
    grey = grey if grey.ndim == _GREY else grey.mean(axis=2)
    low, high = np.percentile(grey, _ENDS)
    unit = np.clip((grey - low) / max(float(high - low), 1e-6), 0, 1)
    small = cv2.resize(unit, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA)
    coarse = cv2.resize(unit, (_COARSE, _COARSE), interpolation=cv2.INTER_AREA)
    return np.concatenate([_edges(small), coarse.ravel() - 0.5]).astype(np.float32)


def _edges(grey: NDArray[Any]) -> NDArray[np.float64]:
    """Histograms of edge directions by cell, each block of 2 x 2 cells scaled to length one."""
    down, right = np.gradient(grey.astype(np.float64))
    turn = np.arctan2(down, right) % np.pi
    place = np.minimum((turn * (_BINS / np.pi)).astype(np.int64), _BINS - 1)
    cells = _SIDE // _CELL
    row, column = np.indices(grey.shape) // _CELL
    count = np.bincount(
        ((row * cells + column) * _BINS + place).ravel(), np.hypot(down, right).ravel(), cells * cells * _BINS
    ).reshape(cells, cells, _BINS)
    blocks = np.concatenate([count[:-1, :-1], count[1:, :-1], count[:-1, 1:], count[1:, 1:]], axis=2)
    return np.asarray(blocks / np.sqrt((blocks**2).sum(axis=2, keepdims=True) + 1e-3)).ravel()


def linear_image(
    columns: tuple[str, ...],
    rows: pd.DataFrame,
    positive: NDArray[np.bool_],
    weight: NDArray[np.float64] | None = None,
    seed: int = 0,  # noqa: ARG001 - a linear model of the same rows is the same model
) -> Scorer:
    """Learn to tell the positive rows from the others; see :data:`aug_assets.learners.base.Learner`.

    Raises:
        TooFewParentsError: The rows are all of one class.
    """
    need_both(positive)
    model = linear(_matrix(rows, columns[0]), positive, weight, _STRENGTH)

    def score(unseen: pd.DataFrame) -> NDArray[np.float64]:
        if unseen.empty:
            return np.empty(0)
        return np.asarray(model.decision_function(_matrix(unseen, columns[0])), np.float64)

    return score


def _matrix(rows: pd.DataFrame, column: str) -> NDArray[np.float32]:
    return np.stack([described(picture.pixels) for picture in rows[column]])
