"""Writes docs/dataset.md and a page for each operator and gate from the code, so that none can fall behind.

Run it after a change: ``.venv/bin/python docs/generate.py``. A test fails while a page is stale, a field has
no words, or a module does not say where its method is from and what it is not for.
"""
# ruff: noqa: INP001 - a script, no package

import inspect
import re
import sys
import types
import typing
from datetime import date
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from aug_assets import gates, manifests, operators
from aug_assets.operators.tabular import weights
from aug_assets.rules import Rule
from aug_assets.spec import (
    Branch,
    ColumnSpec,
    DatasetSpec,
    Holdout,
    Limits,
    Partitions,
    Safety,
    Schedule,
    Select,
    Sessions,
    SourceSpec,
)
from aug_assets.spec_cost import Budget, CostLimits
from aug_assets.spec_drift import Drift
from aug_assets.spec_policy import DensityRatio, Feedback
from aug_assets.spec_review import Doubt, Review
from aug_assets.spec_training import Canary, Guard, Recalibrate, Training
from aug_assets.spec_uncertainty import Uncertainty

FOLDER = Path(__file__).parent
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
    "DatasetSpec.holdout": "Real rows that never become parents; see [holdout](#holdout)",
    "DatasetSpec.manifests": "Ways to train on the real rows alone, which a recipe must beat; see "
    "[manifests](operators/README.md#manifests)",
    "DatasetSpec.recipe": "Branches, each a selection and its operators; see [recipe](#recipe)",
    "DatasetSpec.gates": "Settings of [gates](gates/README.md); many judge with their defaults unnamed",
    "DatasetSpec.limits": "How bad a source day may be; see [limits](#limits)",
    "DatasetSpec.safety": "What operators may not change; see [safety](#safety)",
    "DatasetSpec.review": "Candidates that wait for a person; see [review](#review)",
    "DatasetSpec.drift": "What is watched for drift, and when a day is made again; see [drift](#drift)",
    "DatasetSpec.training": "Models of the dataset; see [training](#training)",
    "Training.canary": "How a challenger is tried; see [canary](#canary)",
    "DatasetSpec.schedule": "A daily refresh; see [schedule](#schedule)",
    "DatasetSpec.sessions": "How events become rows; see [sessions](#sessions)",
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
    "Branch.steps": "[Operators](operators/README.md) in order: one that makes or changes rows, then others "
    "that change them, then filters",
    "Limits.max_rejected_share": "Share of a day's rows that may fail before the day is refused",
    "Limits.allow_empty": "Whether a day without rows is normal",
    "Schedule.hour": "Hour of the day, in the dataset's time zone",
    "Schedule.minute": "Minute of the hour",
    "operator": "Name of the operator",
    "gate": "Name of the gate",
    "manifest": "Name of the manifest",
    "by": "What weights go by",
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

A change of anything but `owners`, `description`, `license`, `schedule`, `drift`, `training` and
`chunk_rows` is a new code version, and Dagster shows the dataset's days as stale.
"""

_NOTES = {
    SourceSpec: """
The `uri` may hold `{date}`, or `{date:%Y/%m/%d}` with any format of `strftime`, a folder, `*` and `?`,
and `${VARIABLE}` from the environment. CSV and JSON Lines files may end in `.gz` or `.bz2`. A `uri`
without `{date}` holds all days and needs `timestamp`.
""",
    Partitions: """
A day or an hour is a partition once it has ended in the time zone. Hours are those of UTC, and their
source is one file an hour (`{date}` reads as `2025-01-31T05`; or give `{date:%Y/%m/%d/%H}`) or a file with a
`timestamp`. What is given in days stays so: `window_days: 30` are thirty days of hours.
""",
    Holdout: """
Whether a row is held out follows from a digest of its value in the column `by` alone: the same rows on every
machine, and no day that arrives later changes it. `aug bench lift` measures on them.
""",
    ColumnSpec: """
A column of type `string` is copied from the parent. `category` and `bool` may be changed to another
value that was seen, numbers to other numbers inside their limits. Key and label are never changed by an
operator; key values of synthetic rows begin with `syn-`, or are negative numbers. The names `row_id`,
`is_synthetic` and `date` are the platform's own.

Three ties keep columns together. With `derive` an operator never sees the column, which is computed from
the others again. With `not_below` operators change the difference to the other column, so that no order can
break. With `null_when` a value is missing where the condition holds and nowhere else. Real rows that break a
tie go to quarantine, and a tie is checked in every candidate like a rule.

A dataset has rows of one of four kinds, which follows from its columns. With a column of type `image`
they are pictures; `mask` (whole numbers, one a class or an object), `depth` (metres, 0 where unknown),
`boxes` and `points` belong to the picture and move with it. With a column of type `text` they are texts,
which text operators rewrite, while a `string` is copied. With `each: true` they are
[sessions](#sessions). All others are table rows. Operators and gates say which kind they are for.
""",
    Sessions: """
Raw files hold one row an event. Events are typed and checked one by one, and the bad ones go to
quarantine; the good ones become sessions: rows in which a column with `each: true` holds a list, one
value an event. The other columns hold one value a session. Rules are conditions on an event.
""",
    Safety: """
A recipe that could make a label untrue is refused when the file is loaded, with the operator, the label
and the reason. What can only be told of a made row is judged by [gates](gates/README.md).
""",
    Rule: """
Comparisons, `+ - * /`, `and`, `or`, `not`, `in` and a list, column names and constants are legal, nothing
else. A rule may be written as its text alone, such as `fee <= amount`. A row in which a used column is null
holds the rule.
""",
    Branch: "Branches are independent: adding one does not change the rows of another.",
    Select: """
`ratio: 0.1` asks for minority rows up to a tenth of the other rows, real ones counted. A selection gives
either `copies` or `ratio`. `policy` shares copies out: to all parents alike; to those near another class
(`borderline`; Han, Wang and Mao, ICIC 2005); or by how many of their `neighbours` are of another class
(`adasyn`; He et al., IJCNN 2008); to those that are common [lately](#density_ratio); or to those that
[people looked at](#feedback). `where` is a condition like a [rule](#rules); `weights` are [below](#weights).
Policy and weights hold for every operator and for rows of every kind.
""",
    DensityRatio: """
Settings of `policy: density_ratio`. A classifier that tells the rows of two groups of days apart says how
much commoner each row is on one side; see [drift](drift.md#copies-that-follow-the-drift).
""",
    Feedback: """
Settings of `policy: feedback`. Only rows that came back and the `neighbours` next to them become parents; see
[drift](drift.md#copies-that-follow-the-drift).
""",
    Review: """
A day with a queue is published once a person has released or rejected each row in it; see
[audit](audit.md#quarantine-and-review). A dataset without `review` has no queue.
""",
    Limits: "An empty or too bad day is not published; its failed rows are in quarantine all the same.",
    Drift: """
Each day's real rows are held against a reference once the section is there, even an empty one (`drift: {}`);
see [drift](drift.md).
""",
    Training: """
A table with a label gets models once the section is there, even an empty one (`training: {}`); see
[deployment](deployment.md).
""",
    Schedule: """
Refreshes the last complete day. `AUG_AUTOMATION=off` leaves schedules to a person to switch on.
""",
}


def pages() -> dict[Path, str]:
    """Every generated page, by its path below this folder."""
    made = {Path("dataset.md"): dataset_page(), Path("operators/README.md"): operators_index()}
    made[Path("gates/README.md")] = _index("Gates", _GATES, gates, "gate")
    for folder, catalogue in (("operators", operators), ("operators", manifests), ("gates", gates)):
        for name in catalogue.REGISTRY.built_in:
            made[Path(folder, f"{name}.md")] = component_page(catalogue.get(name))
    return made


def dataset_page() -> str:
    """The reference of dataset files."""
    parts = [_HEAD.format(shipped=_SHIPPED.read_text(encoding="utf-8")), _section("Fields", DatasetSpec, 2)]
    titled = {
        "source": SourceSpec, "partitions": Partitions, "columns": ColumnSpec, "rules": Rule,
        "sessions": Sessions, "safety": Safety, "holdout": Holdout, "recipe": Branch, "select": Select,
    }  # fmt: skip
    parts += [_section(title, model, 2) for title, model in titled.items()]
    parts += [_section("density_ratio", DensityRatio, 3), _section("feedback", Feedback, 3)]
    parts.append("## weights\n\nOf a selection, or of an operator that draws rows.\n")
    parts += [_section(f"by: {by}", model, 3, _first_line(model.__doc__)) for by, model in _WEIGHTS.items()]
    parts += [_section("review", Review, 2), _section("doubt", Doubt, 3)]
    parts += [_section("limits", Limits, 2), _section("drift", Drift, 2)]
    parts += [_section("training", Training, 2), _section("canary", Canary, 3), _section("guards", Guard, 3)]
    parts += [_section("recalibrate", Recalibrate, 3)]
    parts += [_section("uncertainty", Uncertainty, 2)]
    parts += [_section("budget", Budget, 2), _section("per_day and per_accepted_row", CostLimits, 3)]
    parts += [_section("schedule", Schedule, 2)]
    parts.append(_TAIL)
    return "\n".join(parts)


_WEIGHTS = {"recency": weights.Recency, "segment": weights.Segment}

_TAIL = """## operators, gates, manifests

Each has a page with its parameters: [operators](operators/README.md), [gates](gates/README.md) and
[manifests](operators/README.md#manifests).
"""

_OPERATORS = """What stands under `steps` in a branch of a recipe. An operator of kind `generate` makes rows
from the selected ones and can only be first; `transform` changes the rows it is given; `filter`
refuses some at the end."""

_MANIFESTS = """What stands under `manifests` in a dataset file: real rows with weights or in bags, and no
made row. A recipe that does not beat them is not worth its rows."""

_GATES = """What stands under `gates` in a dataset file, to set limits. Gates with a yes below judge every
dataset of their kind of rows that does not name them; a gate that fails holds the day back where
`blocking` is true, and warns otherwise."""


def operators_index() -> str:
    """Operators, and manifests, which stand in for them."""
    first = _index("Operators", _OPERATORS, operators, "operator")
    return first + "\n" + _index("Manifests", _MANIFESTS, manifests, "manifest", level=2)


def _index(title: str, told: str, catalogue: Any, kind: str, level: int = 1) -> str:
    extra = {"operator": "rows | kind", "gate": "rows | by default", "manifest": "rows | kind"}[kind]
    lines = [f"{'#' * level} {title}", "", *([_MARK, ""] if level == 1 else []), told, ""]
    lines += [f"| {kind} | {extra} | |", "|---|---|---|---|"]
    classes = {name: catalogue.get(name) for name in catalogue.REGISTRY.built_in}
    for name, cls in sorted(classes.items(), key=lambda pair: (_ROWS[_modality(pair[1])], pair[0])):
        said = {"operator": lambda c: c.kind, "manifest": lambda _: "manifest", "gate": _by_default}[kind](
            cls
        )
        rows = _ROWS[_modality(cls)]
        lines.append(f"| [{name}]({name}.md) | {rows} | {said} | {_first_line(_prose(cls)[0])} |")
    group = f"`aug_assets.{catalogue.__name__.rpartition('.')[2]}`"
    lines += [
        "",
        f"Of your own: an entry point in the group {group}; see [CONTRIBUTING.md](../../CONTRIBUTING.md).",
    ]
    return "\n".join(lines) + "\n"


_ROWS = {"any": "all", "image": "pictures", "sequence": "sessions", "tabular": "tables", "text": "texts"}


def _modality(cls: Any) -> str:
    return getattr(cls, "modality", "tabular")


def _by_default(cls: Any) -> str:
    if not cls.default:
        return "no"
    return "yes" if cls.Params.model_fields["blocking"].default else "yes, warns"


_MARK = "<!-- written by docs/generate.py from the code; edit that -->"


def component_page(cls: Any) -> str:
    """The page of an operator, gate or manifest: its module's own words, then its parameters.

    Raises:
        ValueError: The module does not say where its method is from, or what it is not for.
    """
    first, *rest = _prose(cls)
    limits = [part for part in rest if part.startswith("Not for ")]
    rest = [part for part in rest if not part.startswith("Not for ")]
    where = sys.modules[cls.__module__].__name__
    if not any(re.search(r"\bSource: ", part) for part in (first, *rest)):
        raise ValueError(f"{where}: the docstring has no sentence that begins 'Source: '")
    if not limits:
        raise ValueError(f"{where}: the docstring has no paragraph that begins 'Not for '")
    kind = getattr(cls, "kind", "gate" if issubclass(cls, gates.base.Gate) else "manifest")
    version = f", version {cls.version}" if hasattr(cls, "version") else ""
    rows = f"for {_ROWS[_modality(cls)]}" if _modality(cls) != "any" else "for all rows"
    parts = [f"# {cls.name}", _MARK, f"Kind `{kind}`, {rows}{version}. {first}"]
    parts += [re.sub(r"\bSource: ", "**Source:** ", part) for part in rest]
    parts += ["## When not to use it", *limits]
    return "\n\n".join(parts) + "\n\n" + _section("Parameters", cls.Params, 2)


def _prose(cls: Any) -> list[str]:
    """The paragraphs of the module's docstring as Markdown, each on one line or more."""
    text = inspect.getdoc(sys.modules[cls.__module__]) or ""
    text = re.sub(r":\w+:`~?([^`]+)`", r"`\1`", text).replace("``", "`")
    return [re.sub(r"^(Gate|Manifest|Filter): (\w)", _capital, part) for part in text.split("\n\n")]


def _capital(found: re.Match[str]) -> str:
    return found[2].upper()


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
    if isinstance(value, BaseModel) or value in (None, "", (), {}):
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
        pair = len(members) == len(("least", "most")) and members[1] is not Ellipsis
        kind = "dates" if members[0] is date else "numbers"
        return f"two {kind}" if pair else f"list of {_kind(members[0])}"
    if origin is dict:
        return "mapping"
    return _SIMPLE.get(getattr(annotation, "__name__", ""), "mapping")


_SIMPLE = {"str": "text", "int": "whole number", "float": "number", "bool": "true or false", "date": "date"}


def _first_line(text: str | None) -> str:
    return (text or "").partition("\n")[0]


def stale() -> list[str]:
    """Pages that are not as the code would have them, and pages of nothing."""
    wanted = pages()
    found = {p.relative_to(FOLDER) for name in ("operators", "gates") for p in (FOLDER / name).glob("*.md")}
    old = [p for p in wanted if not (FOLDER / p).exists() or (FOLDER / p).read_text("utf-8") != wanted[p]]
    return sorted(str(path) for path in {*old, *(found - set(wanted))})


if __name__ == "__main__":
    for path, text in pages().items():
        (FOLDER / path).parent.mkdir(exist_ok=True)
        (FOLDER / path).write_text(text, encoding="utf-8")
