"""Expressions over the columns of a row: read, checked, and evaluated on all rows at once.

Only comparisons, arithmetic, and, or, not, in, columns and constants are legal: a file cannot run code.
"""

import ast
import operator
from collections.abc import Callable
from functools import lru_cache, reduce
from typing import Any

import pandas as pd

_LEGAL = (
    ast.Expression, ast.BoolOp, ast.And, ast.Or, ast.UnaryOp, ast.Not, ast.USub, ast.Compare, ast.Eq,
    ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.BinOp, ast.Add, ast.Sub, ast.Mult, ast.Div,
    ast.Name, ast.Load, ast.Constant, ast.In, ast.NotIn, ast.List,
)  # fmt: skip
_CONSTANTS = (bool, int, float, str)


def parsed(expr: str) -> ast.Expression:
    """An expression of which every part is legal."""
    try:
        tree = _read(expr)
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


@lru_cache(maxsize=1024)
def names(expr: str) -> tuple[str, ...]:
    """The columns that an expression reads, sorted."""
    nodes = ast.walk(_read(expr))
    return tuple(sorted({node.id for node in nodes if isinstance(node, ast.Name)}))


def is_condition(node: ast.expr) -> bool:
    """Whether a part of a rule is true or false; a lone column is so when it holds booleans."""
    if isinstance(node, ast.BoolOp):
        return all(is_condition(value) for value in node.values)  # noqa: PD011
    if isinstance(node, ast.UnaryOp):
        return isinstance(node.op, ast.Not) and is_condition(node.operand)
    return isinstance(node, ast.Compare | ast.Name)


def truths(node: ast.expr) -> list[str]:
    """The columns that a rule takes for true or false as they are."""
    if isinstance(node, ast.BoolOp):
        return [name for value in node.values for name in truths(value)]  # noqa: PD011
    if isinstance(node, ast.UnaryOp):
        return truths(node.operand)
    return [node.id] if isinstance(node, ast.Name) else []


def evaluate(expr: str, frame: pd.DataFrame) -> Any:
    """A legal expression on the columns of a frame, all rows at once: a series, or a constant."""
    return _value(_read(expr).body, frame)


@lru_cache(maxsize=1024)
def _read(expr: str) -> ast.Expression:
    return ast.parse(expr, mode="eval")


def _value(node: Any, frame: pd.DataFrame) -> Any:
    """As pandas evaluates it, without its setting up of a scope and a parser for each rule and frame."""
    return _VALUES[type(node)](node, frame)


def _compared(node: ast.Compare, frame: pd.DataFrame) -> Any:
    """One after the other: 1 < a < 3 is 1 < a and a < 3."""
    sides = [_value(one, frame) for one in (node.left, *node.comparators)]
    pairs = zip(node.ops, sides[:-1], sides[1:], strict=True)
    return reduce(operator.and_, (_DONE[type(op)](left, right) for op, left, right in pairs))


def _joined(node: ast.BoolOp, frame: pd.DataFrame) -> Any:
    return reduce(_DONE[type(node.op)], (_value(one, frame) for one in node.values))  # noqa: PD011


def _times(left: Any, right: Any) -> Any:
    if any(isinstance(getattr(side, "dtype", None), pd.StringDtype) for side in (left, right)):
        raise TypeError("text cannot be multiplied")  # pandas would repeat it
    return left * right


_VALUES: dict[type[ast.AST], Callable[[Any, pd.DataFrame], Any]] = {
    ast.BinOp: lambda n, frame: _DONE[type(n.op)](_value(n.left, frame), _value(n.right, frame)),
    ast.BoolOp: _joined,
    ast.Compare: _compared,
    ast.Constant: lambda n, _: n.value,
    ast.List: lambda n, frame: [_value(one, frame) for one in n.elts],
    ast.Name: lambda n, frame: frame[n.id],
    ast.UnaryOp: lambda n, frame: _DONE[type(n.op)](_value(n.operand, frame)),
}
_DONE: dict[type[ast.AST], Callable[..., Any]] = {
    ast.Add: operator.add, ast.And: operator.and_, ast.Div: operator.truediv, ast.Eq: operator.eq,
    ast.Gt: operator.gt, ast.GtE: operator.ge, ast.In: lambda left, right: left.isin(right),
    ast.Lt: operator.lt, ast.LtE: operator.le, ast.Mult: _times,
    ast.Not: lambda truth: not truth if isinstance(truth, bool) else ~truth, ast.NotEq: operator.ne,
    ast.NotIn: lambda left, right: ~left.isin(right), ast.Or: operator.or_, ast.Sub: operator.sub,
    ast.USub: operator.neg,
}  # fmt: skip
