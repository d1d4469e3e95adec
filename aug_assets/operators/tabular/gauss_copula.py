"""Gaussian copula: each column as the selected rows have it, tied by correlations of normal scores.

Source: Nelsen, "An Introduction to Copulas", 2006; for tables of mixed columns Patki, Wedge, Veeramachaneni,
"The Synthetic Data Vault", DSAA 2016. Null is a value above all numbers with the share that it has;
categories lie side by side, the most frequent first. Columns that ``given`` fixes come first, so that the
others follow their conditional distribution; a fixed category is an even draw from its own stretch, which is
exact for one of them and an approximation for more. No row descends from single rows: the only parent is the
one that the key names.

Not for columns tied by a condition or lying in several clumps: it knows one monotone tie for each pair and
fills the gaps between clumps.
"""

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import Field

from aug_assets.errors import TooFewParentsError
from aug_assets.keys import RowKeys, digest_bits, philox, unit
from aug_assets.operators import base
from aug_assets.operators.tabular import normal
from aug_assets.operators.tabular.coded import ArrayOperator, Coded, DrawnArrays, encode
from aug_assets.operators.tabular.given import Fixed, Value, fixed_columns
from aug_assets.operators.tabular.leaves import batches, halves
from aug_assets.operators.tabular.margins import Margins, margins

_FEWEST = 10  # correlations of fewer rows mean nothing


class GaussCopulaParams(base.Params):
    """Parameters of ``gauss_copula``."""

    operator: Literal["gauss_copula"] = "gauss_copula"
    shrink: float = Field(
        0.01,
        gt=0,
        le=1,
        description="Share by which correlations are drawn to 0; at 1 columns are independent",
    )
    given: dict[str, Value] = Field({}, description="Columns that have one value in every row made")


@dataclass(frozen=True)
class GaussCopulaState:
    """Columns in order of rank, and how they are tied.

    Attributes:
        coded: The selected rows.
        margins: Their numeric columns.
        sorted_codes: int32 (categorical, m), the codes of each column, the most frequent first.
        order: The columns in the order of ``factor``: fixed ones first.
        stretch: Per fixed column, first place and number of places of its value among the m.
        fixed: What ``given`` fixes.
        factor: float64 (columns, columns), lower triangular; times its transpose it is the correlation.
    """

    coded: Coded
    margins: Margins
    sorted_codes: NDArray[np.int32]
    order: tuple[int, ...]
    stretch: tuple[tuple[float, float], ...]
    fixed: tuple[Fixed, ...]
    factor: NDArray[np.float64]


class GaussCopula(ArrayOperator):
    """Rows with the selected rows' columns and rank correlations."""

    name: ClassVar = "gauss_copula"
    version: ClassVar = "1"
    kind: ClassVar = "generate"
    Params: ClassVar = GaussCopulaParams

    @classmethod
    def fit(cls, rows: pd.DataFrame, columns: base.Columns, params: GaussCopulaParams) -> GaussCopulaState:
        """Correlations of normal scores; see :class:`aug_assets.operators.base.Operator`."""
        if len(rows) < _FEWEST:
            raise TooFewParentsError(
                "gauss_copula needs rows to take correlations of",
                seen=len(rows),
                legal=f"at least {_FEWEST} rows",
                todo="set `too_few: skip` in the branch's select",
            )
        coded = encode(rows, columns)
        fixed = fixed_columns(coded, params.given)
        cells = margins(coded.numbers, jitter=1.0)
        frequent = _by_frequency(coded.codes)
        ranks = np.vstack([np.where(cells.ranks() < 0, len(rows), cells.ranks()), frequent])
        first = [one.column for one in fixed]
        order = (*first, *(at for at in range(len(ranks)) if at not in first))
        factor = normal.factor(_scores(ranks[list(order)]), params.shrink)
        stretch = tuple(_stretch(coded, frequent, one) for one in fixed)
        sorted_codes = [coded.codes[np.argsort(rank, kind="stable"), j] for j, rank in enumerate(frequent)]
        stacked = np.array(sorted_codes, np.int32).reshape(-1, len(rows))
        return GaussCopulaState(coded, cells, stacked, order, stretch, fixed, factor)

    @classmethod
    def draw_arrays(cls, state: GaussCopulaState, params: GaussCopulaParams, keys: RowKeys) -> DrawnArrays:
        """Draw places in the columns; see :class:`aug_assets.operators.tabular.coded.ArrayOperator`."""
        count, numeric = len(keys), state.coded.numbers.shape[1]
        numbers, codes = np.empty((numeric, count)), np.empty((len(state.sorted_codes), count), np.int32)
        for one in state.fixed:
            (numbers[one.column] if one.column < numeric else codes[one.column - numeric])[:] = one.value
        first = np.empty(count)
        for part in batches(count):
            own = _independent(state, keys[part])
            first[part] = own[0]
            for k in range(len(state.fixed), len(state.order)):
                at, place = (
                    state.order[k],
                    normal.share(_row(state.factor, own, k)) * len(state.coded.numbers),
                )
                if at < numeric:
                    numbers[at, part] = state.margins.at(at, place)[0]
                else:
                    codes[at - numeric, part] = state.sorted_codes[at - numeric].take(place.astype(np.int64))
        return DrawnArrays(numbers.T, codes.T, keys.parent[:, None], {"normal": first})


def _independent(state: GaussCopulaState, keys: RowKeys) -> list[NDArray[np.float64]]:
    """Independent normal numbers, (n,) each; in fixed columns such that the tied ones hit the value."""
    own: list[NDArray[np.float64]] = []
    for k, number in enumerate(halves(keys, len(state.order), first_block=0)):
        share = number * 2.0**-32
        if k < len(state.fixed):
            start, length = state.stretch[k]
            wanted = normal.score(np.asarray((start + share * length) / len(state.coded.numbers), np.float64))
            own.append((wanted - _row(state.factor[:, :k], own, k)) / state.factor[k, k])
        else:
            own.append(normal.score(np.asarray(share, np.float64)))
    return own


def _row(factor: NDArray[np.float64], own: list[NDArray[np.float64]], k: int) -> NDArray[np.float64]:
    """Row ``k`` of ``factor`` times ``own``. Spelled out: a matrix product may add in another order."""
    total = np.zeros_like(own[0]) if own else np.zeros(1)
    for weight, column in zip(factor[k, : k + 1], own, strict=False):
        total = total + weight * column
    return total


def _by_frequency(codes: NDArray[np.int32]) -> NDArray[np.int64]:
    """Codes numbered anew by falling frequency, of shape (categorical, m)."""
    renamed = [np.argsort(np.argsort(-np.bincount(column), kind="stable"))[column] for column in codes.T]
    return np.array(renamed, np.int64).reshape(codes.shape[::-1])


def _scores(ranks: NDArray[np.int64]) -> NDArray[np.float64]:
    """Normal scores of (columns, m) ranks; equal ranks lie in an order of chance, not of the rows."""
    rows = np.arange(ranks.shape[1], dtype=np.uint64)
    scores = np.empty(ranks.shape)
    for line, rank in enumerate(ranks):
        chance = unit(philox(digest_bits("gauss_copula ties", str(line)), (rows, 0, 0, 0))[:, 0])
        scores[line, np.lexsort((chance, rank))] = normal.score((rows + 0.5) / len(rows))
    return scores


def _stretch(coded: Coded, frequent: NDArray[np.int64], one: Fixed) -> tuple[float, float]:
    """Where a fixed value lies among the m sorted ones, and how many places it has."""
    numeric = coded.numbers.shape[1]
    if one.column < numeric:
        ordered = np.sort(coded.numbers[:, one.column])
        first, end = np.searchsorted(ordered, one.value, "left"), np.searchsorted(ordered, one.value, "right")
        return (float(first), float(end - first)) if end > first else (float(first), 0.0)
    rank = frequent[one.column - numeric]
    own = rank[coded.codes[:, one.column - numeric] == int(one.value)][0]
    return float((rank < own).sum()), float((rank == own).sum())
