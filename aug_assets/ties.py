"""How columns of one row are tied to each other, and what that does to making rows.

Operators must never learn what is known: a column that follows from others is computed, one that is never
below another is made as the difference, and one that is missing for a cause is missing exactly then. Rows are
loosened before operators see them and settled when the last operator is done, so that what they make holds
the ties without rejecting rows.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from aug_assets.frames import columns_of
from aug_assets.keys import U64, below
from aug_assets.operators import base
from aug_assets.rules import Formula, Rule

if TYPE_CHECKING:
    from aug_assets.spec import DatasetSpec


class NullTie:
    """A column is missing exactly where its cause holds; where the cause is unknown anything may be."""

    def __init__(self, column: str, cause: str) -> None:
        self.name, self.column, self.cause = f"{column}_null_when", column, _rule(cause)

    def broken(self, frame: pd.DataFrame) -> NDArray[np.bool_]:
        """Which rows break it; bool of shape (rows,)."""
        holds, known = self.cause.truth(frame)
        missing: NDArray[np.bool_] = frame[self.column].isna().to_numpy(bool)
        return np.asarray(known & (holds != missing))


class DeriveTie:
    """A column equals what its formula gives, to the column's own decimals; unknown inputs hold anything."""

    def __init__(self, column: str, formula: str, decimals: int | None) -> None:
        self.name, self.column, self.decimals = f"{column}_derived", column, decimals
        self.formula = Formula(formula)

    def broken(self, frame: pd.DataFrame) -> NDArray[np.bool_]:
        """Which rows break it; bool of shape (rows,)."""
        if frame.empty:
            return np.zeros(0, bool)
        wanted = self.formula.of(frame)
        seen = frame[self.column]
        known = (wanted.notna() & seen.notna()).to_numpy(bool)
        if not pd.api.types.is_numeric_dtype(seen.dtype) or pd.api.types.is_bool_dtype(seen.dtype):
            same = (wanted.astype(object) == seen.astype(object)).to_numpy(bool)
            return known & ~same
        gap = np.abs(wanted.to_numpy(np.float64, na_value=0) - seen.to_numpy(np.float64, na_value=0))
        size = np.abs(wanted.to_numpy(np.float64, na_value=0))
        allowed = 0.5000001 * 10.0**-self.decimals if self.decimals is not None else 0.0
        broken: NDArray[np.bool_] = known & (gap > np.maximum(allowed, 1e-9 * size))
        return broken


@lru_cache(maxsize=1024)
def _rule(condition: str) -> Rule:
    return Rule.of(condition)


def rules(spec: "DatasetSpec") -> tuple[Any, ...]:
    """The conditions that follow from the ties, by column; each has ``name`` and ``broken``."""
    found: list[Any] = []
    for name, column in spec.columns.items():
        if column.not_below:
            found.append(
                Rule(name=f"{name}_not_below_{column.not_below}", expr=f"{column.not_below} <= {name}")
            )
        if column.null_when:
            found.append(NullTie(name, column.null_when))
        if column.derive:
            found.append(DeriveTie(name, column.derive, _decimals(column)))
    return tuple(found)


def _decimals(column: Any) -> int | None:
    return 0 if column.type.startswith("int") else column.decimals


def roles(spec: "DatasetSpec", loose: pd.DataFrame) -> base.Columns:
    """The roles of loosened columns: a difference begins at zero, and what is derived is left alone."""
    columns = columns_of(spec, loose)
    bounds = dict(columns.bounds)
    for name in _differences(spec):
        if name in bounds:
            bounds[name] = (0.0, bounds[name][1])
    free = {name for name, column in spec.columns.items() if column.derive is None}
    return replace(
        columns,
        numeric=tuple(n for n in columns.numeric if n in free),
        categorical=tuple(n for n in columns.categorical if n in free),
        bounds=bounds,
    )


def loosen(spec: "DatasetSpec", rows: pd.DataFrame) -> pd.DataFrame:
    """Rows as operators see them: a column that is never below another becomes the difference."""
    ordered = _differences(spec)
    if not ordered:
        return rows
    loose = rows.copy()
    for name in ordered:
        loose[name] = _shifted(spec, rows[name], rows[_base(spec, name)], -1)
    return loose


def settle(
    spec: "DatasetSpec", rows: pd.DataFrame, pool: pd.DataFrame, words: Callable[[str], U64]
) -> tuple[pd.DataFrame, list[NDArray[np.int64]]]:
    """Loosened rows as legal ones again.

    Args:
        spec: The dataset.
        rows: n loosened rows.
        pool: The selected parents, loosened: a value that must be there and is not is taken from one of them.
        words: Column name to n random words that choose that parent.

    Returns:
        The rows, and for each such column int64 (n,): the parent that gave the value, -1 where none did.
    """
    made, donors = rows.copy(), []
    for name, column in spec.columns.items():
        if column.null_when:
            holds, known = _rule(column.null_when).truth(made)
            made[name] = made[name].mask(pd.Series(holds & known))
            donors.append(_fill(made, name, known & ~holds, pool, words))
    for name in _differences(spec)[::-1]:
        made[name] = _shifted(spec, made[name], made[_base(spec, name)], 1)
    for name, column in spec.columns.items():
        if column.derive:
            made[name] = _as_column(Formula(column.derive).of(made), made[name], _decimals(column))
    return made, donors


def _fill(
    made: pd.DataFrame, name: str, wanted: NDArray[np.bool_], pool: pd.DataFrame, words: Callable[[str], U64]
) -> NDArray[np.int64]:
    """Values for the rows that want one, in place; who gave each."""
    given = np.full(len(made), -1, np.int64)
    at = np.flatnonzero(wanted & made[name].isna().to_numpy(bool))
    able = np.flatnonzero(pool[name].notna().to_numpy(bool)) if len(at) else at
    if len(able):
        given[at] = able[below(words(name)[at], len(able))]
        values = pool[name].take(given[at]).set_axis(at)
        made[name] = made[name].where(~made.index.isin(at), values.reindex(made.index))
    return given


def _differences(spec: "DatasetSpec") -> list[str]:
    """The columns kept as differences, each before the one that it is measured from."""
    names = [name for name, column in spec.columns.items() if column.not_below]
    return sorted(names, key=lambda name: -_depth(spec, name))


def _depth(spec: "DatasetSpec", name: str) -> int:
    base_name = spec.columns[name].not_below
    return 0 if base_name is None else 1 + _depth(spec, base_name)


def _base(spec: "DatasetSpec", name: str) -> str:
    base_name = spec.columns[name].not_below
    assert base_name is not None
    return base_name


def _shifted(spec: "DatasetSpec", values: pd.Series, other: pd.Series, sign: int) -> pd.Series:
    """Values plus or minus another column, to the column's decimals; as they are where the other is null."""
    ours = values.to_numpy(np.float64, na_value=np.nan)
    theirs = np.nan_to_num(other.to_numpy(np.float64, na_value=np.nan), nan=0.0)
    moved = ours + sign * theirs
    column = spec.columns[str(values.name)]
    if (digits := _decimals(column)) is not None:
        moved = np.round(moved, digits)
    if sign > 0 and column.max is not None:
        moved = np.maximum(np.minimum(moved, column.max), theirs)
    return base.as_dtype(moved + 0.0, values)


def _as_column(values: pd.Series, like: pd.Series, digits: int | None) -> pd.Series:
    if pd.api.types.is_numeric_dtype(like.dtype) and not pd.api.types.is_bool_dtype(like.dtype):
        numbers = values.to_numpy(np.float64, na_value=np.nan)
        return base.as_dtype((numbers if digits is None else np.round(numbers, digits)) + 0.0, like)
    return values.astype(like.dtype)
