"""Row rules: comparisons between columns of one row, written as text and checked when loaded."""

import re
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, model_validator

from aug_assets.expressions import evaluate, is_condition, names, parsed, truths


class Rule(BaseModel):
    """A condition that every row must hold, such as ``fee <= amount``.

    A row in which a used column is null holds the rule: whether nulls are legal is the schema's business, as
    with a CHECK constraint in SQL.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern=r"^[a-z][a-z0-9_]{0,63}$")
    expr: str = Field(min_length=1, max_length=500)

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, value: Any) -> Any:
        if isinstance(value, str):
            return {"name": _name_of(value), "expr": value}
        return value

    @model_validator(mode="after")
    def _legal(self) -> "Rule":
        if not is_condition(parsed(self.expr).body):
            raise ValueError(f"{self.expr!r} is not a condition; legal: for instance 'fee <= amount'")
        if not self.columns:
            raise ValueError(f"{self.expr!r} reads no column")
        return self

    @classmethod
    def __get_pydantic_json_schema__(cls, core: Any, handler: Any) -> dict[str, Any]:
        """Both forms, for editors and `dg check yaml`."""
        return {"anyOf": [{"type": "string", "minLength": 1}, handler(core)]}

    @classmethod
    def of(cls, expr: str) -> "Rule":
        """The rule that a text says."""
        return cls.model_validate(expr)

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that the rule reads, sorted."""
        return names(self.expr)

    def try_on(self, example: pd.DataFrame) -> None:
        """Evaluate once on a row of the right types, so that a rule that cannot work is refused when loaded.

        Raises:
            ValueError: The columns' types do not allow the comparison, or the outcome is no truth value.
        """
        tree = parsed(self.expr)
        for name in truths(tree.body):
            if not pd.api.types.is_bool_dtype(example[name].dtype):  # pandas would compare bits of numbers
                raise ValueError(f"{self.expr!r} cannot be evaluated: column {name!r} is not true or false")
        try:
            outcome = evaluate(self.expr, example)
        except Exception as error:
            raise ValueError(f"{self.expr!r} cannot be evaluated on these columns: {error}") from error
        if not (isinstance(outcome, pd.Series) and pd.api.types.is_bool_dtype(outcome.dtype)):
            raise ValueError(f"{self.expr!r} is not true or false; legal: for instance 'fee <= amount'")

    def broken(self, frame: pd.DataFrame) -> NDArray[np.bool_]:
        """Which rows break the rule; bool of shape (rows,)."""
        holds, known = self.truth(frame)
        return known & ~holds

    def truth(self, frame: pd.DataFrame) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Whether the condition holds, and whether that is known: it is not where a used column is null."""
        if frame.empty:
            return np.zeros(len(frame), bool), np.zeros(len(frame), bool)
        known = np.ones(len(frame), bool)
        for name in self.columns:
            known &= frame[name].notna().to_numpy(bool)
        return evaluate(self.expr, frame).to_numpy(dtype=bool, na_value=False), known


class Formula:
    """A value computed from columns of one row, such as ``country != home_country`` or ``price * amount``.

    Raises:
        ValueError: The text is no such expression.
    """

    def __init__(self, expr: str) -> None:
        parsed(expr)
        self.expr, self.columns = expr, names(expr)
        if not self.columns:
            raise ValueError(f"{expr!r} reads no column")

    def of(self, frame: pd.DataFrame) -> pd.Series:
        """The value of each row; null where a used column is."""
        found = pd.Series(evaluate(self.expr, frame), index=frame.index)
        missing = frame[list(self.columns)].isna().any(axis=1)
        return found.astype(object).mask(missing) if missing.any() else found


_WORDS = {
    "<=": "_le_", ">=": "_ge_", "==": "_eq_", "!=": "_ne_", "<": "_lt_", ">": "_gt_", "+": "_plus_",
    "-": "_minus_", "*": "_times_", "/": "_by_",
}  # fmt: skip


def _name_of(expr: str) -> str:
    """A reason code that still reads like the rule: ``fee <= amount`` is ``fee_le_amount``."""
    for sign, word in _WORDS.items():
        expr = expr.replace(sign, word)
    name = re.sub(r"[^a-z0-9]+", "_", expr.lower()).strip("_")
    return (name if name[:1].isalpha() else f"rule_{name}")[:64]
