"""DatasetSpec: one dataset as data, and nothing that runs it. Pure pydantic; knows no orchestrator.

What a person writes in ``defs.yaml`` is checked here in full, down to the operators' and gates' own
parameters, so that a wrong recipe is refused when it is loaded and not when a day is half made. The parts are
in ``spec_source``, ``spec_column`` and ``spec_recipe``; here is what holds between them.
"""

import hashlib
from functools import cached_property
from typing import Annotated, Any

import pyarrow as pa
from pydantic import Field, field_validator, model_validator

from aug_assets import gates as gate_catalogue
from aug_assets import manifests as manifest_catalogue
from aug_assets import operators
from aug_assets.operators.base import Modality
from aug_assets.rows import RESERVED
from aug_assets.rules import Rule
from aug_assets.spec_column import NUMERIC, OBJECTS, TEXT, WHOLE, ColumnSpec
from aug_assets.spec_cost import Budget
from aug_assets.spec_drift import Drift
from aug_assets.spec_media import check_media
from aug_assets.spec_partitions import Partitions
from aug_assets.spec_policy import RECORDED
from aug_assets.spec_recipe import Branch, Select
from aug_assets.spec_review import Review
from aug_assets.spec_safety import Safety, check_gates, check_payload, check_safe, kinds
from aug_assets.spec_source import (
    Format,
    Holdout,
    Limits,
    Name,
    PlacedError,
    Schedule,
    Sessions,
    SourceSpec,
    Strict,
)  # fmt: skip
from aug_assets.spec_ties import check_ties
from aug_assets.spec_training import LEAST_DAYS, Training
from aug_assets.spec_uncertainty import Uncertainty

__all__ = [
    "NUMERIC", "Branch", "ColumnSpec", "DatasetSpec", "Format", "Holdout", "Limits", "Name", "Partitions",
    "Safety", "Schedule", "Select", "Sessions", "SourceSpec", "Strict",
]  # fmt: skip

_STAGES = ("_source", "_paraphrases", "_augmented", "_review", "_validated", "_drift", "_drift_report",
           "_model", "_deployment", "_predictions", "_uncertainty", "_gates", "_daily",
           "_hourly")  # fmt: skip
_MODALITIES: tuple[tuple[str, Modality], ...] = (("image", "image"), ("text", "text"), ("each", "sequence"))
_WORDS: Any = {"columns": {"__all__": {"description"}}}  # for people, so in no digest


def _check_policy(branch: Branch, number: int, label: str | None) -> None:
    """Policies that look beside the day's rows: their shares are found when candidates are made."""
    where = ("recipe", number, "select", "policy")
    if branch.select.policy == "feedback" and label is None:
        raise PlacedError("labels come back to a dataset that has a label", where, "feedback")
    if branch.select.policy in RECORDED and any(_asks(step) for step in branch.steps):
        told = "a model is asked before the shares of this policy are known; use another policy beside it"
        raise PlacedError(told, where, branch.select.policy)


def _asks(step: Any) -> bool:
    return bool(getattr(operators.get(step.operator), "asks", False))


class DatasetSpec(Strict):
    """A dataset: source, schema, recipe, gates and partitions, as one YAML file says it."""

    tenant: Name
    name: Name
    description: str = ""
    owners: tuple[str, ...] = ()
    license: str = Field("", description="Of the data: an address or an SPDX name; stands in its card")
    source: SourceSpec
    partitions: Partitions
    key: tuple[str, ...] = Field(min_length=1)
    label: str | None = None
    sessions: Sessions | None = None
    subject: str | None = Field(
        None, description="Column that says whose row it is: `aug forget --key` takes a value of it"
    )
    columns: dict[Annotated[str, Field(min_length=1)], ColumnSpec] = Field(min_length=1)
    rules: tuple[Rule, ...] = ()
    model: str | None = Field(
        None, pattern=r"^[\w.]+:\w+$", description="A Pandera DataFrameModel, module:Class"
    )
    holdout: Holdout | None = None
    safety: Safety = Safety()
    recipe: tuple[Branch, ...] = Field(min_length=1)
    manifests: tuple[manifest_catalogue.Step, ...] = ()
    gates: tuple[gate_catalogue.Step, ...] = ()
    review: Review | None = None
    limits: Limits = Limits()
    budget: Budget | None = Field(None, description="What a day may cost and still be published by itself")
    schedule: Schedule | None = None
    drift: Drift | None = None
    training: Training | None = None
    uncertainty: Uncertainty | None = Field(
        None, description="Whom to ask about; see [uncertainty](#uncertainty)"
    )
    previews: bool = Field(
        default=True,
        description="Whether metadata of assets show some rows, which whoever may open the UI then sees",
    )
    chunk_rows: int | None = Field(
        None, ge=1, description="Candidates that one Dask task makes; by default 100,000, of pictures 64"
    )

    @model_validator(mode="after")
    def _unsure_of_what(self) -> "DatasetSpec":
        if self.uncertainty is not None and self.training is None:
            raise ValueError("`uncertainty` is that of a champion: add `training`")
        return self

    @model_validator(mode="after")
    def _hours_fit(self) -> "DatasetSpec":
        if self.partitions.every == "hour":
            for what, found in (("a built-in source", self.source.is_sample), ("sessions", self.sessions)):
                if found:
                    told = f"{what} with hours: it has whole days"
                    raise PlacedError(told, ("partitions", "every"), self.partitions.every)
        return self

    @model_validator(mode="after")
    def _columns_exist(self) -> "DatasetSpec":
        used: list[tuple[tuple[str | int, ...], str]] = [
            (("key", n), name) for n, name in enumerate(self.key)
        ]
        used += [(("label",), self.label)] if self.label else []
        used += [(("source", "timestamp"), self.source.timestamp)] if self.source.timestamp else []
        used += [(("holdout", "by"), self.holdout.by)] if self.holdout else []
        used += [(("subject",), self.subject)] if self.subject else []
        used += [
            (("drift", "ignore", n), name) for n, name in enumerate(self.drift.ignore if self.drift else ())
        ]
        used += [
            (("training", "groups", n), name)
            for n, name in enumerate(self.training.groups if self.training else ())
        ]
        if self.sessions:
            used += [(("sessions", part), getattr(self.sessions, part)) for part in ("by", "time", "id")]
        used += [
            (("recipe", n, "select", "where"), name)
            for n, branch in enumerate(self.recipe)
            for name in (branch.select.condition.columns if branch.select.condition else ())
        ]
        used += [
            (("recipe", n, "select", "weights", "column"), branch.select.weights.column)
            for n, branch in enumerate(self.recipe)
            if branch.select.weights
        ]
        used += [(("rules", n), name) for n, rule in enumerate(self.rules) for name in rule.columns]
        for where, name in used:
            if name not in self.columns:
                legal = ", ".join(sorted(self.columns))
                raise PlacedError(f"there is no column {name!r}; legal: {legal}", where, name)
        for name in RESERVED:
            if name in self.columns:
                told = f"column {name!r} is the platform's own; rename yours, with `from: {name}`"
                raise PlacedError(told, ("columns", name))
        return self

    @model_validator(mode="after")
    def _key_names_rows(self) -> "DatasetSpec":
        nullable = [name for name in self.key if self.columns[name].nullable]
        if nullable:
            raise PlacedError("a key column may not be nullable: a null names no row", ("key",), nullable)
        if len(set(self.key)) < len(self.key):
            raise PlacedError("the key names a column twice", ("key",), self.key)
        if not any(self.columns[name].type in (*TEXT, *WHOLE) for name in self.key):
            told = "the key needs a column of text or whole numbers, for the keys of synthetic rows"
            raise PlacedError(told, ("key",), self.key)
        return self

    @model_validator(mode="after")
    def _names_differ(self) -> "DatasetSpec":
        for where, parts in (("recipe", self.recipe), ("rules", self.rules)):
            names = [part.name for part in parts]
            for n, name in enumerate(names):
                if name in names[:n]:
                    told = "two share a name, which is to tell their rows apart; name one otherwise"
                    raise PlacedError(told, (where, n), name)
        return self

    @model_validator(mode="after")
    def _recipe_fits(self) -> "DatasetSpec":
        classes = self.columns[self.label].values if self.label else None
        for n, branch in enumerate(self.recipe):
            value = branch.select.label_value
            if branch.select.rows == "minority" and self.label is None:
                told = "the branch selects the minority class: the dataset needs a label"
                raise PlacedError(told, ("recipe", n, "select"))
            if value is not None and classes is not None and value not in classes:
                told = f"no value of the label; legal: {', '.join(map(str, classes))}"
                raise PlacedError(told, ("recipe", n, "select", "label_value"), value)
            if branch.select.rows == "all" and any(operators.kind(s) == "filter" for s in branch.steps):
                told = "a filter compares a class with the others: it needs `rows: minority`"
                raise PlacedError(told, ("recipe", n, "select", "rows"), "all")
            _check_policy(branch, n, self.label)
        if self.manifests and self.label is None:
            raise PlacedError("a manifest weighs classes: the dataset needs a label", ("manifests",))
        free = [column for name, column in self.columns.items() if name not in {*self.key, self.label}]
        if self.modality == "tabular" and not any(
            c.type in (*NUMERIC, "category", "bool") and c.synthesize is not False and not c.derive
            for c in free
        ):
            told = "no column is left that an operator may change: every candidate would be a copy"
            raise PlacedError(told, ("columns",))
        return self

    @model_validator(mode="after")
    def _payload_fits(self) -> "DatasetSpec":
        """One modality a dataset, and what its rows must have."""
        check_payload(self.columns, self.kinds)
        check_media(self.columns, self.source)
        if ("each" in self.kinds) != (self.sessions is not None):
            raise PlacedError("columns with `each: true` and `sessions` go together", ("sessions",))
        if self.sessions:
            self._check_sessions(self.sessions)
        for name in (*self.key, *([self.label] if self.label else [])):
            if self.columns[name].each or self.columns[name].type in OBJECTS:
                raise PlacedError("key and label are one plain value a row", ("columns", name), name)
        check_safe(self)
        check_gates(self)
        return self

    def _check_sessions(self, sessions: Sessions) -> None:
        time, name = self.columns[sessions.time], self.columns[sessions.id]
        if not (time.type == "timestamp" and time.each):
            raise PlacedError("must name a timestamp with `each: true`", ("sessions", "time"), sessions.time)
        if name.type != "string" or name.each:
            raise PlacedError("must name a string without `each`", ("sessions", "id"), sessions.id)
        if self.key != (sessions.id,):
            raise PlacedError("rows are sessions: the key is the session's id", ("key",), self.key)
        if self.columns[sessions.by].each:
            raise PlacedError("is one value a session, without `each`", ("sessions", "by"), sessions.by)

    @model_validator(mode="after")
    def _types_fit(self) -> "DatasetSpec":
        stamp = self.source.timestamp
        if stamp and self.columns[stamp].type != "timestamp":
            raise PlacedError("must name a column of type timestamp", ("source", "timestamp"), stamp)
        if self.subject:
            column = self.columns[self.subject]
            if column.type not in (*TEXT, *WHOLE) or column.each:
                told = f"must be one of {', '.join((*TEXT, *WHOLE))}, one value a row"
                raise PlacedError(told, ("subject",), self.subject)
        if self.holdout and self.columns[self.holdout.by].type not in (*TEXT, *WHOLE):
            raise PlacedError(
                f"must be one of {', '.join((*TEXT, *WHOLE))}", ("holdout", "by"), self.holdout.by
            )
        check_ties(self.columns, {*self.key, *([self.label] if self.label else [])})
        if self.rules:
            from aug_assets.frames import example  # which reads the spec's columns

            row = example(self.columns)
            for n, rule in enumerate(self.rules):
                try:
                    rule.try_on(row)
                except ValueError as error:
                    raise PlacedError(str(error), ("rules", n), rule.expr) from error
        return self

    @model_validator(mode="after")
    def _models_fit(self) -> "DatasetSpec":
        if self.training is None:
            return self
        if self.modality != "tabular" or self.label is None:
            raise PlacedError("models are trained on tables with a label", ("training",), self.modality)
        if self.holdout is None and self.training.window_days < LEAST_DAYS:
            told = f"without a holdout the window gives its last days away: it needs {LEAST_DAYS}"
            raise PlacedError(told, ("training", "window_days"), self.training.window_days)
        return self

    @field_validator("name")
    @classmethod
    def _no_stage(cls, name: str) -> str:
        if name.endswith(_STAGES):
            raise ValueError(f"ends as the platform's own names do: {', '.join(_STAGES)}; choose another")
        return name

    @property
    def id(self) -> str:
        """``tenant/name``, which names the dataset everywhere."""
        return f"{self.tenant}/{self.name}"

    @property
    def kinds(self) -> dict[str, tuple[str, ...]]:
        """Columns that are neither number nor category, by type, and under ``each`` those of events."""
        return kinds(self.columns)

    @property
    def modality(self) -> Modality:
        """What the rows are, which follows from the types of the columns."""
        for kind, modality in _MODALITIES:
            if kind in self.kinds:
                return modality
        return "tabular"

    @cached_property
    def of_events(self) -> "DatasetSpec":
        """The same dataset with one row an event, as it arrives; equal events have equal keys."""
        assert self.sessions is not None
        columns = {
            name: column.model_copy(update={"each": False})
            for name, column in self.columns.items()
            if name != self.sessions.id
        }
        return self.model_copy(update={"columns": columns, "sessions": None, "key": tuple(columns)})

    @property
    def rows_at_once(self) -> int:
        """Candidates that one task makes, and that gates look at together."""
        return self.chunk_rows or (32 if self.modality == "image" else 100_000)

    @property
    def all_rules(self) -> tuple[Any, ...]:
        """The rules that rows must hold: those written, and those that follow from how columns are tied."""
        from aug_assets import ties  # which reads specs

        return (*self.rules, *ties.rules(self))

    def minority(self, labels: pa.ChunkedArray) -> Any:
        """The class meant by minority: what the recipe names, else the rarest; None where there is one."""
        named = [b.select.label_value for b in self.recipe if b.select.label_value is not None]
        counts = labels.drop_null().value_counts().to_pylist()
        if named or len(counts) < 2:  # noqa: PLR2004
            return named[0] if named else None
        return min(counts, key=lambda count: (count["counts"], str(count["values"])))["values"]

    @property
    def gate_steps(self) -> tuple[Any, ...]:
        """The gates that judge a day, by name: the platform's own with the dataset's settings in place."""
        chosen = {step.gate: step for step in (*gate_catalogue.defaults(self.modality), *self.gates)}
        return tuple(chosen[name] for name in sorted(chosen))

    @property
    def recipe_digest(self) -> str:
        """SHA-256 of the whole recipe."""
        digests = [branch.step_digest(len(branch.steps) - 1) for branch in self.recipe]
        return hashlib.sha256("\n".join(digests).encode()).hexdigest()

    @property
    def gates_digest(self) -> str:
        """SHA-256 of all that decides a verdict: gates, schema and rules."""
        parts = [step.model_dump_json() for step in self.gate_steps]
        judged = {"columns", "rules", "model", "key", "label", "safety", "sessions"}
        parts.append(self.model_dump_json(include=judged, exclude=_WORDS))
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()

    @property
    def digest(self) -> str:
        """SHA-256 of all that decides the rows, so not of owners or schedule. The code version."""
        aside: dict[str, Any] = dict.fromkeys(
            (
                "owners",
                "description",
                "license",
                "schedule",
                "chunk_rows",
                "subject",
                "drift",
                "training",
                "uncertainty",
                "budget",
                "previews",
            ),
            True,
        )
        if self.review is None:  # which leaves the digests of days that were made before reviews as they are
            aside["review"] = True
        if self.partitions.every == "day":  # likewise: before there were hours
            aside["partitions"] = {"every"}
        body = self.model_dump_json(exclude={**_WORDS, **aside}) + self.recipe_digest
        return hashlib.sha256(body.encode()).hexdigest()
