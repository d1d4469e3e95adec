"""The part of a spec about what is made: which rows become parents, and what their copies go through."""

import hashlib
from typing import Literal

from pydantic import Field, model_validator

from aug_assets import operators
from aug_assets.spec_source import Name, Strict


class Select(Strict):
    """Which rows become parents, and of how many copies."""

    rows: Literal["all", "minority"] = "minority"
    label_value: str | int | bool | None = Field(
        None, description="The class meant by minority; else the rarest"
    )
    copies: int | None = Field(None, ge=1, le=1000, description="Copies of each parent")
    ratio: float | None = Field(None, gt=0, le=10, description="Wanted minority rows per other row")
    too_few: Literal["error", "skip"] = Field("error", description="On a day with too few parents")

    @model_validator(mode="after")
    def _amount(self) -> "Select":
        if (self.copies is None) == (self.ratio is None):
            raise ValueError("give either `copies` or `ratio`")
        if self.ratio is not None and self.rows != "minority":
            raise ValueError("`ratio` is for rows: minority")
        if self.label_value is not None and self.rows != "minority":
            raise ValueError("`label_value` is for rows: minority")
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
