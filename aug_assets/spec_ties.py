"""The part of a spec's checks about ties between columns: refuses what cannot work, when it is loaded."""

from collections.abc import Mapping

from aug_assets.spec_column import NUMERIC, ColumnSpec
from aug_assets.spec_source import PlacedError


def check_ties(columns: Mapping[str, ColumnSpec], kept: set[str]) -> None:
    """Refuse ties that contradict each other or the columns' types.

    Args:
        columns: All columns.
        kept: Key and label, which no tie may change.

    Raises:
        PlacedError: With the place of the mistake.
    """
    for name, column in columns.items():
        tied = [field for field in ("derive", "not_below", "null_when") if getattr(column, field)]
        if tied and name in kept:
            raise PlacedError("key and label are never made by a tie", ("columns", name, tied[0]), name)
        if column.derive and len(tied) > 1:
            raise PlacedError("what is derived has no other tie", ("columns", name, tied[1]), name)
        if column.not_below:
            _check_order(columns, name)
        for field in ("derive", "null_when"):
            if getattr(column, field):
                _check_expression(columns, name, field)
        if column.null_when and not column.nullable:
            raise PlacedError("the column must be nullable", ("columns", name, "null_when"), column.null_when)


def _check_order(columns: Mapping[str, ColumnSpec], name: str) -> None:
    """The other column must be a number, made by no formula, and not in the end this one again."""
    place, seen = ("columns", name, "not_below"), [name]
    while (other := columns[seen[-1]].not_below) is not None:
        if other not in columns:
            raise PlacedError(
                f"there is no column {other!r}; legal: {', '.join(sorted(columns))}", place, other
            )
        if other in seen:
            raise PlacedError("the columns go round in a circle", place, " -> ".join([*seen, other]))
        seen.append(other)
        if any(columns[part].type not in NUMERIC for part in seen):
            raise PlacedError("both columns must be numbers", place, other)
        if columns[other].derive:
            raise PlacedError("a derived column cannot be the lower one", place, other)


def _check_expression(columns: Mapping[str, ColumnSpec], name: str, field: str) -> None:
    from aug_assets.frames import example  # which reads the spec's columns
    from aug_assets.rules import Formula, Rule

    text = getattr(columns[name], field)
    place = ("columns", name, field)
    try:
        parsed: Rule | Formula = Rule.of(text) if field == "null_when" else Formula(text)
        told = _unreadable(columns, name, parsed.columns)
        if not told and isinstance(parsed, Rule):
            parsed.try_on(example(columns))
        elif not told and isinstance(parsed, Formula):
            parsed.of(example(columns))
    except Exception as error:  # noqa: BLE001 - pandas raises what it likes about an expression
        told = str(error)
    if told:
        raise PlacedError(told, place, text)


def _unreadable(columns: Mapping[str, ColumnSpec], name: str, used: tuple[str, ...]) -> str:
    """Why the columns of an expression cannot be read, if they cannot."""
    if unknown := sorted(set(used) - set(columns)):
        return f"there is no column {unknown[0]!r}; legal: {', '.join(sorted(columns))}"
    if name in used:
        return "it reads the column itself"
    derived = [column for column in used if columns[column].derive]
    return f"it reads {derived[0]!r}, which is derived itself" if derived else ""
