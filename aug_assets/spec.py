"""DatasetSpec: one dataset as data, and nothing that runs it. Pure pydantic; knows no orchestrator.

What a person writes in ``defs.yaml`` is checked here in full, down to the operators' and gates' own parameters,
so that a wrong recipe is refused when it is loaded and not when a day has been half made. The parts are in
``spec_source``, ``spec_column`` and ``spec_recipe``; here is what holds between them.
"""

import hashlib
from typing import Annotated, Any

from pydantic import Field, model_validator

from aug_assets import gates as gate_catalogue
from aug_assets.rows import RESERVED
from aug_assets.rules import Rule
from aug_assets.spec_column import NUMERIC, TEXT, WHOLE, ColumnSpec
from aug_assets.spec_recipe import Branch, Select
from aug_assets.spec_source import Format, Limits, Name, Partitions, Schedule, SourceSpec, Strict

__all__ = [
    "NUMERIC", "Branch", "ColumnSpec", "DatasetSpec", "Format", "Limits", "Name", "Partitions", "Schedule",
    "Select", "SourceSpec", "Strict",
]  # fmt: skip


class DatasetSpec(Strict):
    """A dataset: source, schema, recipe, gates and partitions, as one YAML file says it."""

    tenant: Name
    name: Name
    description: str = ""
    owners: tuple[str, ...] = ()
    source: SourceSpec
    partitions: Partitions
    key: tuple[str, ...] = Field(min_length=1)
    label: str | None = None
    columns: dict[Annotated[str, Field(min_length=1)], ColumnSpec] = Field(min_length=1)
    rules: tuple[Rule, ...] = ()
    model: str | None = Field(
        None, pattern=r"^[\w.]+:\w+$", description="A Pandera DataFrameModel, module:Class"
    )
    recipe: tuple[Branch, ...] = Field(min_length=1)
    gates: tuple[gate_catalogue.Step, ...] = ()
    limits: Limits = Limits()
    schedule: Schedule | None = None
    chunk_rows: int = Field(100_000, ge=1, description="Candidates that one Dask task makes")

    @model_validator(mode="after")
    def _columns_exist(self) -> "DatasetSpec":
        used = {"key": self.key, "label": (self.label,) if self.label else ()}
        used["source.timestamp"] = (self.source.timestamp,) if self.source.timestamp else ()
        used |= {f"rules {rule.name}": rule.columns for rule in self.rules}
        for where, names in used.items():
            for name in names:
                if name not in self.columns:
                    raise ValueError(f"{where}: no column {name!r}; legal: {sorted(self.columns)}")
        for name in RESERVED:
            if name in self.columns:
                raise ValueError(f"column {name!r} is the platform's own; rename yours, with `from: {name}`")
        return self

    @model_validator(mode="after")
    def _key_names_rows(self) -> "DatasetSpec":
        nullable = [name for name in self.key if self.columns[name].nullable]
        if nullable:
            raise ValueError(f"key column {nullable[0]!r} may not be nullable: a null names no row")
        if len(set(self.key)) < len(self.key):
            raise ValueError(f"key names a column twice; seen: {list(self.key)}")
        if not any(self.columns[name].type in (*TEXT, *WHOLE) for name in self.key):
            raise ValueError("key needs a column of text or whole numbers, for the keys of synthetic rows")
        return self

    @model_validator(mode="after")
    def _names_differ(self) -> "DatasetSpec":
        named = {"branches": self.recipe, "rules": self.rules}
        for what, parts in named.items():
            names = [part.name for part in parts]
            if len(set(names)) < len(names):
                raise ValueError(f"two {what} share a name, which tells their rows apart; seen: {names}")
        return self

    @model_validator(mode="after")
    def _recipe_fits(self) -> "DatasetSpec":
        for branch in self.recipe:
            if branch.select.rows == "minority" and self.label is None:
                raise ValueError(
                    f"branch {branch.name!r} selects the minority class: the dataset needs a label"
                )
            value = branch.select.label_value
            classes = self.columns[self.label].values if self.label else None
            if value is not None and classes is not None and value not in classes:
                raise ValueError(
                    f"branch {branch.name!r}: {value!r} is no value of the label; legal: {classes}"
                )
        free = {n: c for n, c in self.columns.items() if n not in {*self.key, self.label}}
        if not any(
            c.type in (*NUMERIC, "category", "bool") and c.synthesize is not False for c in free.values()
        ):
            raise ValueError("no column is left that an operator may change: every candidate would be a copy")
        return self

    @model_validator(mode="after")
    def _types_fit(self) -> "DatasetSpec":
        if self.source.timestamp and self.columns[self.source.timestamp].type != "timestamp":
            raise ValueError(f"source.timestamp {self.source.timestamp!r} must be a column of type timestamp")
        if self.rules:
            from aug_assets.frames import example  # which reads the spec's columns

            row = example(self.columns)
            for rule in self.rules:
                rule.try_on(row)
        return self

    @property
    def id(self) -> str:
        """``tenant/name``, which names the dataset everywhere."""
        return f"{self.tenant}/{self.name}"

    @property
    def gate_steps(self) -> tuple[Any, ...]:
        """The gates that judge a day, sorted by name: the platform's own with the dataset's settings in place."""
        chosen = {step.gate: step for step in (*gate_catalogue.defaults(), *self.gates)}
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
        parts.append(self.model_dump_json(include={"columns", "rules", "model", "key", "label"}))
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()

    @property
    def digest(self) -> str:
        """SHA-256 of all that decides the rows; owners, texts, schedule and chunks do not. The code version."""
        aside = {"owners", "description", "schedule", "chunk_rows"}
        body = self.model_dump_json(exclude=aside) + self.recipe_digest
        return hashlib.sha256(body.encode()).hexdigest()
