"""Which real rows become parents, and how many copies each gets. Decides nothing about what copies become."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from aug_assets import frames
from aug_assets.errors import TooFewParentsError
from aug_assets.keys import U64
from aug_assets.operators.tabular.coded import encode
from aug_assets.operators.tabular.neighbours import embedded, points
from aug_assets.operators.tabular.weights import row_weights
from aug_assets.spec import Branch, DatasetSpec, Select

_HALF = 0.5


@dataclass(frozen=True)
class Selection:
    """The parents of a branch.

    Attributes:
        chosen: bool (rows,), which rows become parents.
        others: bool (rows,), rows of other classes.
        weight: float64 (parents,), share of the copies that each parent gets, relative to the others.
    """

    chosen: NDArray[np.bool_]
    others: NDArray[np.bool_]
    weight: NDArray[np.float64]


def select(spec: DatasetSpec, branch: Branch, frame: pd.DataFrame) -> Selection:
    """Choose a branch's parents among a day's real rows.

    Raises:
        TooFewParentsError: The day has no minority class, or no row that the policy would copy.
    """
    chosen, others = _by_class(spec, branch, frame)
    if (condition := branch.select.condition) is not None:
        holds, known = condition.truth(frame)
        chosen &= holds & known
    weight = np.ones(int(chosen.sum()))
    if branch.select.policy != "even" and len(weight):
        weight = weight * _policy(spec, branch, frame, chosen, others)
    given = row_weights(frame[chosen], branch.select.weights) if len(weight) else None
    if given is not None:
        weight = weight * given.astype(np.float64)
    return Selection(chosen, others, weight)


def _by_class(
    spec: DatasetSpec, branch: Branch, frame: pd.DataFrame
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    if branch.select.rows == "all":
        return np.ones(len(frame), bool), np.zeros(len(frame), bool)
    counts = frame[spec.label].value_counts(dropna=True).sort_index()
    value = branch.select.label_value
    if len(counts) < 2 or (value is not None and value not in counts.index):  # noqa: PLR2004
        raise TooFewParentsError(
            f"branch {branch.name!r} finds no minority class in {spec.label!r}",
            seen={str(k): int(v) for k, v in counts.items()}, legal="two classes or more",
            todo="check the day's labels, or set `too_few: skip` in the branch's select",
        )  # fmt: skip
    value = counts.idxmin() if value is None else value
    chosen = (frame[spec.label] == value).fillna(value=False).to_numpy(bool)
    return chosen, ~chosen


def _policy(
    spec: DatasetSpec,
    branch: Branch,
    frame: pd.DataFrame,
    chosen: NDArray[np.bool_],
    others: NDArray[np.bool_],
) -> NDArray[np.float64]:
    """Weights by how many of a parent's nearest neighbours are of another class.

    ``adasyn``: in proportion to that share (He, Bai, Garcia and Li, IJCNN 2008). ``borderline``: alike for
    the rows in danger, of whose neighbours at least half and not all are others, none for the rest (Han, Wang
    and Mao, ICIC 2005).
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
    spec: DatasetSpec,
    frame: pd.DataFrame,
    chosen: NDArray[np.bool_],
    others: NDArray[np.bool_],
    neighbours: int,
) -> NDArray[np.float64]:
    from scipy.spatial import cKDTree

    coded = encode(frame, frames.columns_of(spec, frame))
    where = embedded(points(coded.numbers, coded.codes))
    k = min(neighbours, len(frame) - 1)
    index = cKDTree(where).query(where[chosen], k=k + 1)[1].reshape(-1, k + 1)
    own = index == np.flatnonzero(chosen)[:, None]
    own[~own.any(axis=1), -1] = True  # exact copies crowded the row itself out
    found: NDArray[np.float64] = others[index[~own].reshape(-1, k)].mean(axis=1)
    return found


def copies(
    select: Select, ids: U64, others: int, weight: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Parent and copy number of every candidate, parents in canonical order.

    What does not divide evenly goes to the largest remainders; among equal ones to the parents of the lowest
    ids, which are digests, so that it is a fair draw and one that a row's neighbours do not change.
    """
    rows = len(ids)
    if select.copies is not None:
        wanted = select.copies * rows
    else:
        wanted = max(0, round((select.ratio or 0.0) * others) - rows)
    exact = weight / weight.sum() * wanted if rows else weight
    each = np.floor(exact + 1e-9).astype(np.int64)  # so that equal weights share alike in spite of rounding
    largest = np.argsort(-np.round(exact - each, 9), kind="stable")
    each[largest[: wanted - int(each.sum())]] += 1
    parent = np.repeat(np.arange(rows, dtype=np.int64), each)
    first = np.repeat(np.cumsum(each) - each, each)
    return parent, (np.arange(len(parent)) - first).astype(np.int32)
