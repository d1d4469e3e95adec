"""DatasetSpec: one dataset as data, and nothing that runs it. Pure pydantic; knows no orchestrator.

What a person writes in ``defs.yaml`` is checked here in full, down to the operators' and gates' own parameters,
so that a wrong recipe is refused when it is loaded and not when a day has been half made.
"""

import hashlib
import re
from datetime import date, datetime, timedelta
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from aug_assets import gates as gate_catalogue
from aug_assets import operators
from aug_assets.rows import RESERVED
from aug_assets.rules import Rule

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
Format = Literal["parquet", "csv", "jsonl"]
NUMERIC = ("int32", "int64", "float32", "float64")


class Strict(BaseModel):
    """A part of a spec: unknown fields are errors, values do not change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _time_zone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError("not an IANA time zone; legal: names such as 'UTC' or 'Europe/Paris'")
    return name


class SourceSpec(Strict):
    """Where a day's raw rows come from."""

    uri: str = Field(min_length=1, description="Path, s3:// address or sample://name. May hold {date}, * and ?")
    format: Format | None = Field(None, description="Taken from the file's ending when left out")
    timestamp: str | None = Field(None, description="Column that dates a row, when files hold several days")

    @model_validator(mode="after")
    def _dated(self) -> "SourceSpec":
        if "{date" not in self.uri and self.timestamp is None and not self.uri.startswith("sample://"):
            raise ValueError("a file of all days needs `timestamp`; one file a day needs {date} in the uri")
        return self

    @property
    def file_format(self) -> Format:
        """The format given, or the one that the file's ending says."""
        if self.format:
            return self.format
        endings: dict[str, Format] = {"parquet": "parquet", "pq": "parquet", "csv": "csv"}
        endings |= {"jsonl": "jsonl", "ndjson": "jsonl"}
        ending = re.sub(r"\.(gz|bz2|zst)$", "", self.uri).rpartition(".")[2].lower()
        return endings.get(ending, "parquet")


class ColumnSpec(Strict):
    """One column: its type and what its values may be."""

    type: Literal["int32", "int64", "float32", "float64", "string", "category", "bool", "timestamp", "date"]
    from_: str | None = Field(None, alias="from", description="The column's name in the raw data, if another")
    nullable: bool = False
    unique: bool = False
    min: float | None = None
    max: float | None = None
    values: tuple[str | int, ...] | None = Field(None, description="The only legal values")
    max_length: int = Field(1000, ge=1, description="Characters, for string and category")
    decimals: int | None = Field(None, ge=0, le=12, description="Synthetic values are rounded to this")
    synthesize: bool | None = Field(
        None, description="Whether operators may change the column; false copies the parent's value"
    )

    @model_validator(mode="after")
    def _bounds(self) -> "ColumnSpec":
        if self.min is not None and self.max is not None and self.min > self.max:
            raise ValueError(f"min {self.min} is above max {self.max}")
        if (self.min is not None or self.max is not None) and self.type not in NUMERIC:
            raise ValueError(f"min and max are for {', '.join(NUMERIC)}; this column is {self.type}")
        return self


class Partitions(Strict):
    """The days of a dataset."""

    start: date
    end: date | None = Field(None, description="First day that is no longer part of the dataset")
    timezone: Annotated[str, AfterValidator(_time_zone)] = "UTC"

    def window(self, day: str) -> tuple[datetime, datetime]:
        """First instant of the day and of the next one, in the dataset's time zone."""
        start = datetime.fromisoformat(day).replace(tzinfo=ZoneInfo(self.timezone))
        following = date.fromisoformat(day) + timedelta(days=1)
        return start, datetime.combine(following, datetime.min.time(), ZoneInfo(self.timezone))


class Select(Strict):
    """Which rows become parents, and of how many copies."""

    rows: Literal["all", "minority"] = "minority"
    label_value: str | int | bool | None = Field(None, description="The class meant by minority; else the rarest")
    copies: int | None = Field(None, ge=1, le=1000, description="Copies of each parent")
    ratio: float | None = Field(None, gt=0, le=10, description="Wanted minority rows per other row")
    too_few: Literal["error", "skip"] = Field("error", description="On a day with too few parents")

    @model_validator(mode="after")
    def _amount(self) -> "Select":
        if (self.copies is None) == (self.ratio is None):
            raise ValueError("give either `copies` or `ratio`")
        if self.ratio is not None and self.rows != "minority":
            raise ValueError("`ratio` is for rows: minority")
        return self


class Branch(Strict):
    """A selection of parents and the operators that their copies go through, in order."""

    name: Name
    select: Select
    steps: tuple[operators.Step, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _order(self) -> "Branch":
        for step in self.steps[1:]:
            if operators.get(step.operator).kind == "generate":
                raise ValueError(f"{step.operator} makes rows from parents: it can only be the first step")
        return self

    def step_digest(self, step: int) -> str:
        """Digest of all that decides what this step makes; later steps and other branches do not count."""
        made = [self.name, self.select.model_dump_json()]
        made += [f"{s.model_dump_json()}@{operators.get(s.operator).version}" for s in self.steps[: step + 1]]
        return hashlib.sha256("\n".join(made).encode()).hexdigest()


class Limits(Strict):
    """How much of a source day may be bad before the day is refused."""

    max_rejected_share: float = Field(0.1, ge=0, le=1)
    allow_empty: bool = False


class Schedule(Strict):
    """Daily refresh of the latest complete day."""

    hour: int = Field(3, ge=0, le=23)
    minute: int = Field(0, ge=0, le=59)


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
    def _consistent(self) -> "DatasetSpec":
        names = [branch.name for branch in self.recipe]
        if len(set(names)) < len(names):
            raise ValueError(f"two branches share a name; seen: {names}")
        for branch in self.recipe:
            if branch.select.rows == "minority" and self.label is None:
                raise ValueError(f"branch {branch.name!r} selects the minority class: the dataset needs a label")
        if self.source.timestamp and self.columns[self.source.timestamp].type != "timestamp":
            raise ValueError(f"source.timestamp {self.source.timestamp!r} must be a column of type timestamp")
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
