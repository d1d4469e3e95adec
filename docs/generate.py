"""Writes docs/dataset.md from the models that check dataset files, so that the page cannot fall behind them.

Run it after a change of a field: ``.venv/bin/python docs/generate.py``. A test fails while the page is stale,
or while a field has no words.
"""
# ruff: noqa: INP001 - a script, no package

import types
import typing
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from aug_assets import gates, operators
from aug_assets.rules import Rule
from aug_assets.spec import Branch, ColumnSpec, DatasetSpec, Limits, Partitions, Schedule, Select, SourceSpec

PAGE = Path(__file__).with_name("dataset.md")
_SHIPPED = Path(__file__).parents[1] / "aug_assets/datasets/payments/card_fraud/defs.yaml"

# What a field means, where the model itself does not say so.
_WORDS = {
    "DatasetSpec.tenant": "Who the dataset belongs to; first part of every asset key and table path",
    "DatasetSpec.name": "Name of the dataset, unique within the tenant; asset names begin with it",
    "DatasetSpec.description": "Shown in the UI",
    "DatasetSpec.owners": "E-mail addresses, or `team:name`",
    "DatasetSpec.source": "Where raw rows come from; see [source](#source)",
    "DatasetSpec.partitions": "Which days exist; see [partitions](#partitions)",
    "DatasetSpec.key": "Columns that name a row; its `row_id` is a digest of their values",
    "DatasetSpec.label": "The column that holds the class",
    "DatasetSpec.columns": "Column name to its type and limits; see [columns](#columns)",
    "DatasetSpec.rules": "Conditions on every row; see [rules](#rules)",
    "DatasetSpec.recipe": "Branches, each a selection and its operators; see [recipe](#recipe)",
    "DatasetSpec.gates": "Settings of gates; those not named run with their defaults; see [gates](#gates)",
    "DatasetSpec.limits": "How bad a source day may be; see [limits](#limits)",
    "DatasetSpec.schedule": "A daily refresh; see [schedule](#schedule)",
    "Partitions.start": "First day",
    "Partitions.timezone": "IANA zone in which a day begins and bare times are read",
    "ColumnSpec.type": "Stored type; raw values are read as this type or the row goes to quarantine",
    "ColumnSpec.description": "Shown beside the column in the UI",
    "ColumnSpec.nullable": "Whether a value may be missing",
    "ColumnSpec.min": "Smallest legal number",
    "ColumnSpec.max": "Largest legal number",
    "Rule.name": "Reason code of rows that break it; made from the expression when left out",
    "Rule.expr": "A condition over columns of one row",
    "Select.rows": "Which rows become parents: all, or those of the minority class",
    "Branch.name": "Name of the branch; part of every key, so renaming it makes other rows",
    "Branch.select": "Which rows become parents; see [select](#select)",
    "Branch.steps": "Operators in order, the first of which may be of kind `generate`",
    "Limits.max_rejected_share": "Share of a day's rows that may fail before the day is refused",
    "Limits.allow_empty": "Whether a day without rows is normal",
    "Schedule.hour": "Hour of the day, in the dataset's time zone",
    "Schedule.minute": "Minute of the hour",
    "operator": "Name of the operator",
    "gate": "Name of the gate",
    "blocking": "Whether a failure holds the day back; `false` only warns",
}

_HEAD = """# The dataset file

<!-- written by docs/generate.py; edit that -->

A dataset is a file `defs.yaml`, in any folder below `aug_assets/datasets` or below the folder that
`AUG_DATASETS` names. It begins with `type: aug_assets.component.AugmentedDataset`; all that follows
stands below `attributes:`. Unknown fields, keys given twice and combinations that cannot work are
refused when the file is loaded, with its path, line, the value seen and the legal ones.

This is the file of the built-in sample:

```yaml
{shipped}```

A change of anything but `owners`, `description`, `schedule` and `chunk_rows` is a new code version, and
Dagster shows the dataset's days as stale.
"""

_NOTES = {
    SourceSpec: """
The `uri` may hold `{date}`, or `{date:%Y/%m/%d}` with any format of `strftime`, a folder, `*` and `?`,
and `${VARIABLE}` from the environment. CSV and JSON Lines files may end in `.gz` or `.bz2`. A `uri`
without `{date}` holds all days and needs `timestamp`.
""",
    Partitions: "A day is a partition once it has ended in the dataset's time zone.",
    ColumnSpec: """
A column of type `string` is copied from the parent. `category` and `bool` may be changed to another
value that was seen, numbers to other numbers inside their limits. Key and label are never changed by an
operator; key values of synthetic rows begin with `syn-`, or are negative numbers. The names `row_id`,
`is_synthetic` and `date` are the platform's own.
""",
    Rule: """
Comparisons, `+ - * /`, `and`, `or`, `not`, column names and constants are legal, nothing else. A rule
may be written as its text alone, such as `fee <= amount`. A row in which a used column is null holds the
rule.
""",
    Branch: "Branches are independent: adding one does not change the rows of another.",
    Select: """
`ratio: 0.1` asks for minority rows up to a tenth of the other rows, real ones counted. A selection gives
either `copies` or `ratio`.
""",
    Limits: "An empty or too bad day is not published; its failed rows are in quarantine all the same.",
    Schedule: """
Refreshes the last complete day. `AUG_AUTOMATION=off` leaves schedules to a person to switch on.
""",
}


def page() -> str:
    """The whole page as Markdown."""
    parts = [_HEAD.format(shipped=_SHIPPED.read_text(encoding="utf-8")), _section("Fields", DatasetSpec, 2)]
    titled = {
        "source": SourceSpec, "partitions": Partitions, "columns": ColumnSpec, "rules": Rule,
        "recipe": Branch, "select": Select, "limits": Limits, "schedule": Schedule,
    }  # fmt: skip
    parts += [_section(title, model, 2) for title, model in titled.items()]
    parts.append("## operators\n\nOf your own: an entry point in the group `aug_assets.operators`.\n")
    for name in operators.REGISTRY.built_in:
        cls = operators.get(name)
        told = f"Kind `{cls.kind}`, version {cls.version}. {_first_line(cls)}"
        parts.append(_section(name, cls.Params, 3, told))
    parts.append(
        "## gates\n\nEvery built-in gate judges every dataset. Of your own: an entry point in the group "
        "`aug_assets.gates`.\n"
    )
    for name in gates.REGISTRY.built_in:
        parts.append(_section(name, gates.get(name).Params, 3, _first_line(gates.get(name))))
    return "\n".join(parts)


def _section(title: str, model: type[BaseModel], level: int, told: str = "") -> str:
    lines = [f"{'#' * level} {title}", ""]
    told = (told or _NOTES.get(model, "")).strip()
    lines += [told, ""] if told else []
    lines += ["| field | type | default | meaning |", "|---|---|---|---|"]
    lines += [_row(model, name) for name in model.model_fields]
    return "\n".join(lines) + "\n"


def _row(model: type[BaseModel], name: str) -> str:
    field = model.model_fields[name]
    told = field.description or _WORDS.get(f"{model.__name__}.{name}") or _WORDS.get(name)
    if not told:
        raise KeyError(f"{model.__name__}.{name} has no description: give its Field one, or add it to _WORDS")
    limits = [
        f"{sign} {getattr(rule, bound)}"
        for rule in field.metadata
        for bound, sign in {"ge": ">=", "gt": ">", "le": "<=", "lt": "<"}.items()
        if hasattr(rule, bound)
    ]
    kind = ", ".join([_kind(field.annotation), *limits])
    cells = [f"`{field.alias or name}`", kind, _default(field), told.replace("|", "\\|")]
    return "| " + " | ".join(cells) + " |"


def _default(field: Any) -> str:
    value = field.default
    if value is PydanticUndefined:
        return "required"
    if isinstance(value, BaseModel) or value in (None, "", ()):
        return ""
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def _kind(annotation: Any) -> str:
    """A type as a person would say it in YAML."""
    origin, members = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Annotated:
        return _kind(members[0])
    if origin in (typing.Union, types.UnionType):
        kept = dict.fromkeys(_kind(m) for m in members if m is not type(None))
        return " or ".join(kept) if len(kept) <= len(_SIMPLE) else "mapping"
    if origin is typing.Literal:
        return ", ".join(f"`{value}`" for value in members)
    if origin is tuple:
        return f"list of {_kind(members[0])}"
    if origin is dict:
        return "mapping"
    return _SIMPLE.get(getattr(annotation, "__name__", ""), "mapping")


_SIMPLE = {"str": "text", "int": "whole number", "float": "number", "bool": "true or false", "date": "date"}


def _first_line(cls: type) -> str:
    return (cls.__doc__ or "").partition("\n")[0]


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
