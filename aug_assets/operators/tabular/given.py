"""Columns whose value a recipe fixes: checked against what the selected rows have, and found among them."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from aug_assets.errors import SpecError, TooFewParentsError
from aug_assets.operators.base import rounded
from aug_assets.operators.tabular.coded import Coded

Value = bool | int | float | str | None


@dataclass(frozen=True)
class Fixed:
    """One fixed column: its position (numeric ones first, then categorical), and its number or its code."""

    column: int
    value: float


def fixed_columns(coded: Coded, given: dict[str, Value]) -> tuple[Fixed, ...]:
    """What ``given`` fixes, in the order of the columns.

    Raises:
        SpecError: A column that is not synthesized, or a value that it never has.
    """
    names = (*coded.columns.numeric, *coded.columns.categorical)
    if unknown := sorted(set(given) - set(names)):
        raise SpecError(
            "given names columns that are not synthesized",
            seen=unknown,
            legal=sorted(names),
            todo="fix numeric, category or bool columns only",
        )
    numeric = len(coded.columns.numeric)
    return tuple(
        Fixed(
            at, _number(coded, at, given[name]) if at < numeric else _code(coded, at - numeric, given[name])
        )
        for at, name in enumerate(names)
        if name in given
    )


def matching(coded: Coded, fixed: tuple[Fixed, ...]) -> NDArray[np.bool_]:
    """Which selected rows have all the fixed values; shape (m,).

    Raises:
        TooFewParentsError: None has.
    """
    same = np.ones(len(coded.numbers), bool)
    numeric = coded.numbers.shape[1]
    for one in fixed:
        column = (
            coded.numbers[:, one.column] if one.column < numeric else coded.codes[:, one.column - numeric]
        )
        same &= np.isnan(column) if np.isnan(one.value) else column == one.value
    if not same.any():
        raise TooFewParentsError(
            "no selected row has the values that `given` fixes",
            seen=0,
            legal="at least 1 row that has all of them",
            todo="fix fewer columns, or use seq_cart or gauss_copula, which need no such row",
        )
    return same


def _number(coded: Coded, column: int, value: Value) -> float:
    name = coded.columns.numeric[column]
    values = coded.numbers[:, column]
    present = values[~np.isnan(values)]
    legal: Any = [float(present.min()), float(present.max())] if len(present) else []
    told = f"a number in {legal}" + (" or null" if len(present) < len(values) else "")
    if value is None and len(present) < len(values):
        return float("nan")
    if isinstance(value, (int, float)) and not isinstance(value, bool) and legal:
        exact = float(rounded(np.array([float(value)]), name, coded.columns)[0])
        if legal[0] <= value <= legal[1] and exact == value:
            return exact
        if name in coded.columns.decimals:
            told += f" of at most {coded.columns.decimals[name]} decimals"
    raise _illegal(name, value, told)


def _code(coded: Coded, column: int, value: Value) -> float:
    categories = coded.categories[column]
    for code, category in enumerate(categories):
        if bool(pd.isna(category)) if value is None else (not pd.isna(category) and category == value):
            return float(code)
    seen = [None if pd.isna(category) else category for category in categories]
    raise _illegal(coded.columns.categorical[column], value, seen)


def _illegal(name: str, value: Value, legal: Any) -> SpecError:
    return SpecError(
        f"given fixes {name!r} at a value that no selected row could have",
        seen=repr(value) if value is None else value,
        legal=legal,
        todo="choose a value that the selected rows have",
    )
