"""Row rules: comparisons between columns of one row, written as text and checked when loaded.

Only comparisons, arithmetic, and, or, not, in, columns and constants are legal: a file cannot run code.
"""

import ast
import re
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, model_validator

_LEGAL = (
    ast.Expression, ast.BoolOp, ast.And, ast.Or, ast.UnaryOp, ast.Not, ast.USub, ast.Compare, ast.Eq,
    ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.BinOp, ast.Add, ast.Sub, ast.Mult, ast.Div,
    ast.Name, ast.Load, ast.Constant, ast.In, ast.NotIn, ast.List,
)  # fmt: skip
_CONSTANTS = (bool, int, float, str)


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
        if not _is_condition(_parsed(self.expr).body):
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
        return _names(self.expr)

    def try_on(self, example: pd.DataFrame) -> None:
        """Evaluate once on a row of the right types, so that a rule that cannot work is refused when loaded.

        Raises:
            ValueError: The columns' types do not allow the comparison, or the outcome is no truth value.
        """
        tree = ast.parse(self.expr, mode="eval")
        for name in _truths(tree.body):
            if not pd.api.types.is_bool_dtype(example[name].dtype):  # pandas would compare bits of numbers
                raise ValueError(f"{self.expr!r} cannot be evaluated: column {name!r} is not true or false")
        try:
            outcome = example[list(self.columns)].eval(self.expr, engine="python")
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
        used = frame[list(self.columns)]
        holds: Any = used.eval(self.expr, engine="python")
        known: NDArray[np.bool_] = used.notna().all(axis=1).to_numpy()
        return holds.to_numpy(dtype=bool, na_value=False), known


class Formula:
    """A value computed from columns of one row, such as ``country != home_country`` or ``price * amount``.

    Raises:
        ValueError: The text is no such expression.
    """

    def __init__(self, expr: str) -> None:
        _parsed(expr)
        self.expr, self.columns = expr, _names(expr)
        if not self.columns:
            raise ValueError(f"{expr!r} reads no column")

    def of(self, frame: pd.DataFrame) -> pd.Series:
        """The value of each row; null where a used column is."""
        used = frame[list(self.columns)]
        found = pd.Series(used.eval(self.expr, engine="python"), index=frame.index)
        missing = used.isna().any(axis=1)
        return found.astype(object).mask(missing) if missing.any() else found


def _parsed(expr: str) -> ast.Expression:
    """An expression of which every part is legal."""
    try:
        tree = ast.parse(expr, mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise ValueError(f"{expr!r} is not an expression: {error}") from None
    for node in ast.walk(tree):
        odd = isinstance(node, ast.Constant) and not isinstance(node.value, _CONSTANTS)
        if odd or not isinstance(node, _LEGAL):
            what = type(node).__name__
            raise ValueError(f"{what} in {expr!r}; legal: comparisons, + - * /, and, or, not, in")
    _check_lists(tree, expr)
    return tree


def _check_lists(tree: ast.Expression, expr: str) -> None:
    """A list may only be what a column is said to be in, and holds constants."""
    nodes = list(ast.walk(tree))
    compared = [node for node in nodes if isinstance(node, ast.Compare)]
    asked = [node for node in compared if any(isinstance(op, ast.In | ast.NotIn) for op in node.ops)]
    right = all(
        isinstance(one.left, ast.Name)
        and len(one.comparators) == 1
        and isinstance(one.comparators[0], ast.List)
        and all(isinstance(value, ast.Constant) for value in one.comparators[0].elts)
        for one in asked
    )
    if not right or sum(isinstance(node, ast.List) for node in nodes) != len(asked):
        raise ValueError(f"{expr!r} has a list out of place; legal: for instance kind in ['a', 'b']")


def _names(expr: str) -> tuple[str, ...]:
    nodes = ast.walk(ast.parse(expr, mode="eval"))
    return tuple(sorted({node.id for node in nodes if isinstance(node, ast.Name)}))


def _is_condition(node: ast.expr) -> bool:
    """Whether a part of a rule is true or false; a lone column is so when it holds booleans."""
    if isinstance(node, ast.BoolOp):
        return all(_is_condition(value) for value in node.values)  # noqa: PD011
    if isinstance(node, ast.UnaryOp):
        return isinstance(node.op, ast.Not) and _is_condition(node.operand)
    return isinstance(node, ast.Compare | ast.Name)


def _truths(node: ast.expr) -> list[str]:
    """The columns that a rule takes for true or false as they are."""
    if isinstance(node, ast.BoolOp):
        return [name for value in node.values for name in _truths(value)]  # noqa: PD011
    if isinstance(node, ast.UnaryOp):
        return _truths(node.operand)
    return [node.id] if isinstance(node, ast.Name) else []


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
