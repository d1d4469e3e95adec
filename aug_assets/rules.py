"""Row rules: comparisons between columns of one row, written as text and checked when loaded.

Only comparisons, arithmetic, and, or, not, columns and constants are legal, so a dataset file cannot run code.
"""

import ast
import re
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, model_validator

_LEGAL = (
    ast.Expression, ast.BoolOp, ast.And, ast.Or, ast.UnaryOp, ast.Not, ast.USub, ast.Compare, ast.Eq, ast.NotEq,
    ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.BinOp, ast.Add, ast.Sub, ast.Mult, ast.Div, ast.Name, ast.Load,
    ast.Constant,
)  # fmt: skip


class Rule(BaseModel):
    """A condition that every row must hold, such as ``fee <= amount``.

    A row in which a used column is null holds the rule: whether nulls are legal is the schema's business, as
    with a CHECK constraint in SQL.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern=r"^[a-z][a-z0-9_]{0,63}$")
    expr: str = Field(min_length=1)

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, value: Any) -> Any:
        if isinstance(value, str):
            return {"name": _name_of(value), "expr": value}
        return value

    @model_validator(mode="after")
    def _legal(self) -> "Rule":
        try:
            tree = ast.parse(self.expr, mode="eval")
        except SyntaxError as error:
            raise ValueError(f"{self.expr!r} is not an expression: {error.msg}") from None
        for node in ast.walk(tree):
            if not isinstance(node, _LEGAL):
                what = type(node).__name__
                raise ValueError(f"{what} in {self.expr!r}; legal: comparisons, + - * /, and, or, not")
        if not isinstance(tree.body, ast.Compare | ast.BoolOp | ast.UnaryOp):
            raise ValueError(f"{self.expr!r} is not a condition; legal: for instance 'fee <= amount'")
        return self

    @classmethod
    def __get_pydantic_json_schema__(cls, core: Any, handler: Any) -> dict[str, Any]:
        """Both forms, for editors and `dg check yaml`."""
        return {"anyOf": [{"type": "string", "minLength": 1}, handler(core)]}

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that the rule reads, sorted."""
        nodes = ast.walk(ast.parse(self.expr, mode="eval"))
        return tuple(sorted({node.id for node in nodes if isinstance(node, ast.Name)}))

    def broken(self, frame: pd.DataFrame) -> NDArray[np.bool_]:
        """Which rows break the rule; bool of shape (rows,)."""
        if frame.empty:
            return np.zeros(0, bool)
        used = frame[list(self.columns)]
        holds = used.eval(self.expr, engine="python")
        missing = used.isna().any(axis=1).to_numpy()
        if not isinstance(holds, pd.Series):  # a rule of constants only
            return np.full(len(frame), not holds)
        return ~holds.fillna(value=True).to_numpy(bool) & ~missing


_WORDS = {"<=": "_le_", ">=": "_ge_", "==": "_eq_", "!=": "_ne_", "<": "_lt_", ">": "_gt_"}


def _name_of(expr: str) -> str:
    """A reason code that still reads like the rule: ``fee <= amount`` is ``fee_le_amount``."""
    for sign, word in _WORDS.items():
        expr = expr.replace(sign, word)
    return re.sub(r"[^a-z0-9]+", "_", expr.lower()).strip("_")[:64] or "rule"
