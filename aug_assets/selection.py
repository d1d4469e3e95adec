"""Which real rows become parents, and how many copies each gets. Decides nothing about what copies become."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from aug_assets.errors import TooFewParentsError
from aug_assets.keys import U64
from aug_assets.operators.tabular.weights import row_weights
from aug_assets.select import near
from aug_assets.spec import Branch, DatasetSpec, Select


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


def select(
    spec: DatasetSpec, branch: Branch, frame: pd.DataFrame, share: NDArray[np.float64] | None = None
) -> Selection:
    """Choose a branch's parents among a day's real rows.

    Args:
        spec: The dataset.
        branch: The branch.
        frame: The day's rows.
        share: Of a policy of ``aug_assets.select.BESIDE`` what it stored, float64 (rows,); only rows above 0
            become parents.

    Raises:
        TooFewParentsError: The day has no minority class, or no row that the policy would copy.
    """
    chosen, others = eligible(spec, branch, frame)
    if share is not None:
        chosen = chosen & (share > 0)
        weight = share[chosen]
        _refuse_none(branch, len(weight))
    else:
        weight = np.ones(int(chosen.sum()))
    if branch.select.policy in ("adasyn", "borderline") and len(weight):
        weight = weight * near.weigh(spec, branch, frame, chosen, others)
    given = row_weights(frame[chosen], branch.select.weights) if len(weight) else None
    if given is not None:
        weight = weight * given.astype(np.float64)
    return Selection(chosen, others, weight)


def eligible(
    spec: DatasetSpec, branch: Branch, frame: pd.DataFrame
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which rows may become parents, and which are of other classes; bool (rows,) each.

    Raises:
        TooFewParentsError: The day has no minority class.
    """
    chosen, others = _by_class(spec, branch, frame)
    if (condition := branch.select.condition) is not None:
        holds, known = condition.truth(frame)
        chosen = chosen & holds & known
    return chosen, others


def _refuse_none(branch: Branch, parents: int) -> None:
    if not parents:
        raise TooFewParentsError(
            f"branch {branch.name!r}: `policy: {branch.select.policy}` gives no parent a share",
            seen="0 parents", legal="at least one",
            todo="materialize the day again once labels have come back, or set `too_few: skip`",
        )  # fmt: skip


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
