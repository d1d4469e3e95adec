"""A parent and its copies as a table for a terminal: changed values in yellow, words and events marked."""

from rich.markup import escape
from rich.table import Table

from aug_assets.commands.preview import Pair
from aug_assets.report import changes
from aug_assets.spec import DatasetSpec


def table(spec: DatasetSpec, pair: Pair) -> Table:
    """One line a column; of texts and sessions one line with what was changed, and what was drawn for it."""
    shown = Table(title=f"{pair.branch}: {' -> '.join(pair.operators)}", title_justify="left")
    copies = range(pair.copies.num_rows)
    for head in ("column", "parent", *(f"copy {number}" for number in copies)):
        shown.add_column(head)
    marked = [name for kind in ("text", "each") for name in spec.kinds.get(kind, ())]
    for name in pair.parent.column_names:
        if name not in marked:
            old, *new = [changes.in_short(v) for t in (pair.parent, pair.copies) for v in t[name].to_pylist()]
            shown.add_row(name, escape(old), *(_coloured(value, old) for value in new))
    if marked:
        family = pair.family
        for line in changes.lines(spec, family.parent, family.copies, changes.in_rich):
            shown.add_row(", ".join(marked), *line)
    if spec.modality != "tabular":
        shown.add_row("drawn", "", *(escape("\n".join(pair.family.words(number))) for number in copies))
    return shown


def _coloured(value: str, old: str) -> str:
    return escape(value) if value == old else f"[yellow]{escape(value)}[/]"
