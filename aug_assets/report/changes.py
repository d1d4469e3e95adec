"""What a copy changed in a text or in a session, word by word and event by event, and how to mark it."""

from collections.abc import Callable, Sequence
from difflib import SequenceMatcher
from html import escape
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd

if TYPE_CHECKING:
    from aug_assets.spec import DatasetSpec

Change = tuple[Literal["same", "gone", "new"], str]
_MOST = 120  # words or events shown


def changes(old: Sequence[str], new: Sequence[str]) -> list[Change]:
    """The shortest way from one list of words to the other; longer ones are cut."""
    old, new = list(old)[:_MOST], list(new)[:_MOST]
    found: list[Change] = []
    for kind, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            found += [("same", word) for word in old[a:b]]
        else:
            found += [("gone", word) for word in old[a:b]]
            found += [("new", word) for word in new[c:d]]
    return found


def in_markdown(found: Sequence[Change]) -> str:
    """New words bold, gone ones struck out; nothing of the words themselves is read as Markdown."""
    marks = {"same": "{}", "gone": "~~{}~~", "new": "**{}**"}
    return " ".join(marks[kind].format(_plain_markdown(word)) for kind, word in found)


def in_rich(found: Sequence[Change]) -> str:
    """The same for a terminal."""
    from rich.markup import escape as plain

    marks = {"same": "{}", "gone": "[red strike]{}[/]", "new": "[bold green]{}[/]"}
    return " ".join(marks[kind].format(plain(word)) for kind, word in found)


def _plain_markdown(word: str) -> str:
    return "".join(f"\\{letter}" if letter in r"\`*_{}[]()#+-.!|~>$" else letter for letter in escape(word))


def lines(
    spec: "DatasetSpec", parent: pd.DataFrame, copies: pd.DataFrame, mark: Callable[[Sequence[Change]], str]
) -> list[list[str]]:
    """Per text column, or once for a session: the parent, then each copy with its changes marked."""
    columns = spec.kinds.get("text") or (None,)
    shown = []
    for column in columns:
        old = words(spec, parent, 0, column)
        marked = [mark(changes(old, words(spec, copies, n, column))) for n in range(len(copies))]
        shown.append([mark(changes(old, old)), *marked])
    return shown


def in_short(value: Any) -> str:
    """A stored value in a few characters: of a picture its size, of boxes and events how many."""
    if isinstance(value, dict) and "pixels" in value:
        return f"{'x'.join(map(str, value['shape']))} {value['dtype']}"
    if isinstance(value, list):
        return f"{len(value)} boxes" if value and isinstance(value[0], dict) else f"{len(value)} values"
    return "" if value is None else str(value)


def words(spec: "DatasetSpec", rows: pd.DataFrame, row: int, column: str | None) -> list[str]:
    """The words of a text, or of each event of a session its values that are no times."""
    if column is not None:
        value = rows[column].iloc[row]
        return [] if pd.isna(value) else str(value).split()
    names = [name for name in spec.kinds.get("each", ()) if spec.columns[name].type != "timestamp"]
    events: list[Any] = list(zip(*[list(rows[name].iloc[row]) for name in names], strict=True))
    return ["/".join("" if value is None else str(value) for value in event) for event in events]
