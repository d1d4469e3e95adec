"""Tabular rows as two arrays and back, and the base of all operators that work on the arrays.

Generators think in numbers (NaN for null) and category codes (null is a category like any other); what makes
that a legal row again, decimals, bounds and dtypes, is the same for all of them and is here.
"""

from abc import abstractmethod
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from aug_assets.keys import RowKeys
from aug_assets.operators import base


@dataclass(frozen=True)
class Coded:
    """Rows as arrays.

    Attributes:
        columns: The roles of the columns; arrays hold the numeric and categorical ones, in that order.
        numbers: float64 (m, numeric), C-contiguous, NaN for null.
        codes: int32 (m, categorical), C-contiguous.
        categories: Per categorical column, code to value.
    """

    columns: base.Columns
    numbers: NDArray[np.float64]
    codes: NDArray[np.int32]
    categories: tuple[pd.Index, ...]


@dataclass(frozen=True)
class DrawnArrays:
    """What a generator made, before it is rounded into legal rows.

    Attributes:
        numbers: float64 (n, numeric).
        codes: int32 (n, categorical).
        parents: int64 (n, p), as in :class:`aug_assets.operators.base.Drawn`.
        values: The concrete parameters drawn, each float64 (n,).
    """

    numbers: NDArray[np.float64]
    codes: NDArray[np.int32]
    parents: NDArray[np.int64]
    values: dict[str, NDArray[np.float64]]


class ArrayOperator(base.Operator):
    """An operator on coded rows. Its state has the attribute ``coded``: what ``fit`` was given, as arrays."""

    @classmethod
    @abstractmethod
    def draw_arrays(cls, state: Any, params: Any, keys: RowKeys) -> DrawnArrays:
        """Make one row per key, as arrays; row k depends on ``state``, ``params`` and ``keys[k]`` only."""

    @classmethod
    def draw(cls, state: Any, params: Any, keys: RowKeys, rows: pd.DataFrame) -> base.Drawn:
        """Make rows; see :class:`aug_assets.operators.base.Operator`."""
        made = cls.draw_arrays(state, params, keys)
        return base.Drawn(decode(state.coded, rows, made.numbers, made.codes), made.parents, made.values)


def encode(rows: pd.DataFrame, columns: base.Columns) -> Coded:
    """Rows as arrays; categories are sorted, so equal rows give equal codes."""
    codes, categories = [], []
    for name in columns.categorical:
        code, values = pd.factorize(rows[name], sort=True, use_na_sentinel=False)
        codes.append(code.astype(np.int32))
        categories.append(pd.Index(values))
    stacked = np.column_stack(codes) if codes else np.empty((len(rows), 0), np.int32)
    return Coded(
        columns, base.numbers(rows, columns.numeric), np.ascontiguousarray(stacked), tuple(categories)
    )


def decode(
    coded: Coded, rows: pd.DataFrame, numbers: NDArray[np.float64], codes: NDArray[np.int32]
) -> pd.DataFrame:
    """Arrays as legal rows: decimals, bounds and dtypes of the dataset; other columns as in ``rows``."""
    made = rows.reset_index(drop=True).copy()
    for j, name in enumerate(coded.columns.numeric):
        made[name] = base.as_dtype(base.rounded(numbers[:, j], name, coded.columns), made[name])
    for j, name in enumerate(coded.columns.categorical):
        made[name] = pd.Series(coded.categories[j].take(codes[:, j]), dtype=made[name].dtype)
    return made
