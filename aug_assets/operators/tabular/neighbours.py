"""The metric of SMOTE-NC and the k nearest other rows under it.

Neighbours are the rows of least (squared distance, position). The distance is summed in float64, number by
number in the order of the columns and then category by category, so every way to search gives the same
neighbours on every machine: a k-d tree proposes, its proposal is measured again and checked, and where it
proves nothing, or compiled code beats it, all rows are compared. No BLAS takes part, whose sums vary. Nor
does faiss: comparing all rows, compiled, takes no longer than its exact index.

``hnsw`` (Malkov, Yashunin, TPAMI 2020; faiss, built on one thread) is for selections above 30,000 rows with
many columns. It may miss neighbours and so makes other rows than ``exact``; hence it is asked for by name and
never taken because a package happens to be there. It computes in float32, so processors of another kind may
choose other neighbours; for rows that must be drawn again anywhere, stay with ``exact``.
"""

from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from aug_assets.errors import SpecError, TooFewParentsError
from aug_assets.operators import base
from aug_assets.operators.tabular.pairs import Codes, Floats, Points, Rows, compare, comparing, squares

Flags = NDArray[np.bool_]

_TREE_COLUMNS, _TREE_ROWS = 12, 4_000  # up to and from where a tree beats comparing all rows, compiled
_SPARE = 4  # rows that a proposal holds beyond those asked for, so that ties can be told


class NeighbourParams(base.Params):
    """Parameters of operators that make rows towards neighbours."""

    k: int = Field(5, ge=1, le=100, description="Neighbours of a parent that a new row may lie towards")
    index: Literal["exact", "hnsw"] = Field(
        "exact", description="hnsw: approximate, for more than 30,000 selected rows; needs aug-assets[fast]"
    )


def points(numbers: Floats, codes: Codes) -> Points:
    """Rows under SMOTE-NC's metric: a differing category counts the median of the standard deviations.

    A null number counts as its column's median. Source: Chawla et al., JAIR 16, 2002, section 6.1.

    Args:
        numbers: float64 (m, d), NaN for null; m > 0.
        codes: int32 (m, c).
    """
    filled = numbers.copy()
    for column in filled.T:
        null = np.isnan(column)
        column[null] = np.median(column[~null]) if not null.all() else 0.0
    deviation = float(np.median(filled.std(axis=0))) if filled.shape[1] else 1.0
    return Points(filled, codes, deviation**2)


def embedded(space: Points) -> Floats:
    """The same rows in Euclidean space, float64 (m, d + categories): categories one-hot and scaled."""
    half = np.sqrt(space.mismatch / 2)
    hot = [(column[:, None] == np.unique(column)) * half for column in space.codes.T]
    return np.hstack([space.numbers, *hot])


def nearest(numbers: Floats, codes: Codes, params: NeighbourParams) -> Codes:
    """The k nearest other rows of each row, nearest first.

    Args:
        numbers: float64 (m, d), NaN for null.
        codes: int32 (m, c).
        params: The operator's own.

    Returns:
        int32 (m, k).

    Raises:
        TooFewParentsError: There are not more rows than neighbours.
        SpecError: ``hnsw`` is asked for and faiss is not installed.
    """
    rows = len(numbers)
    if rows <= params.k:
        raise TooFewParentsError(
            f"{params.operator} needs more selected rows than neighbours",
            seen=rows,
            legal=f"at least {params.k + 1} rows for k = {params.k}",
            todo="lower k, or set `too_few: skip` in the branch's select",
        )
    space = points(numbers, codes)
    loop = comparing(space)
    where = embedded(space)
    if params.index == "hnsw":
        found, sure = _by_hnsw(space, where, params.k)
    elif np.isfinite(where).all() and (not loop or (rows >= _TREE_ROWS and where.shape[1] <= _TREE_COLUMNS)):
        found, sure = _by_tree(space, where, params.k)
    else:
        found, sure = np.empty((rows, params.k), np.int32), np.zeros(rows, bool)
    found[~sure] = compare(space, np.flatnonzero(~sure), params.k, loop)
    return found


def _by_tree(space: Points, where: Floats, k: int) -> tuple[Codes, Flags]:
    """Neighbours from a k-d tree, and for which rows it proves that no others are as near."""
    from scipy.spatial import cKDTree

    wanted = min(k + 1 + _SPARE, len(where))
    distance, proposed = cKDTree(where).query(where, k=wanted)
    found, last = _ranked(space, proposed, k)
    beyond = distance[:, -1] ** 2 * (1 - 1e-9)  # the tree's sums may be off by some last bits
    return found, last < beyond if wanted < len(where) else np.isfinite(last)


def _by_hnsw(space: Points, where: Floats, k: int) -> tuple[Codes, Flags]:
    """Neighbours from faiss, and for which rows it found as many as asked for."""
    from threadpoolctl import threadpool_limits

    try:
        import faiss
    except ImportError:
        raise SpecError(
            "The index hnsw needs faiss, which is not installed",
            seen="hnsw",
            legal="exact",
            todo="install aug-assets[fast], or leave out `index`",
        ) from None
    near_zero = np.ascontiguousarray(where - where.mean(axis=0), np.float32)
    with threadpool_limits(1):  # faiss builds another graph on more threads
        index = faiss.IndexHNSWFlat(where.shape[1], 16)
        index.hnsw.efConstruction, index.hnsw.efSearch = 60, max(48, 2 * k)
        index.add(near_zero)
        proposed = index.search(near_zero, min(k + 1 + _SPARE, len(where)))[1]
    found, last = _ranked(space, proposed, k)
    return found, np.isfinite(last)


def _ranked(space: Points, proposed: Rows, k: int) -> tuple[Codes, Floats]:
    """The k nearest of the rows proposed, and the squared distance of the last; infinite: too few of them."""
    own = np.arange(len(proposed))
    square = np.column_stack([squares(space, own, other) for other in proposed.T])
    square[(proposed == own[:, None]) | (proposed < 0)] = np.inf
    order = np.lexsort((proposed, square), axis=1)[:, :k]
    nearest_first = np.take_along_axis(proposed, order, 1).astype(np.int32)
    return nearest_first, np.take_along_axis(square, order, 1)[:, -1]
