"""The part of a spec about what is made: which rows become parents, and what their copies go through."""

import hashlib
from itertools import pairwise
from typing import Literal

from pydantic import Field, model_validator

from aug_assets import operators
from aug_assets.operators.tabular.weights import Weights
from aug_assets.rules import Rule
from aug_assets.spec_policy import RECORDED, DensityRatio, Feedback
from aug_assets.spec_source import Name, Strict


def _unset(value: object) -> bool:
    """Settings that nobody gave are in no digest: rows of recipes from before they existed stay the same."""
    return value is None


class Select(Strict):
    """Which rows become parents, and of how many copies."""

    rows: Literal["all", "minority"] = "minority"
    label_value: str | int | bool | None = Field(
        None, description="The class meant by minority; else the rarest"
    )
    copies: int | None = Field(None, ge=1, le=1000, description="Copies of each parent")
    ratio: float | None = Field(None, gt=0, le=10, description="Wanted minority rows per other row")
    where: str | None = Field(None, max_length=500, description="Condition that parents must hold besides")
    policy: Literal["even", "borderline", "adasyn", "density_ratio", "feedback"] = Field(
        "even",
        description="How copies are shared: alike, to rows near another class, by how near, by what is "
        "common lately, or to rows whose label came back and those next to them",
    )
    neighbours: int = Field(
        10, ge=1, le=100, description="Neighbours that borderline, adasyn and feedback look at"
    )
    density_ratio: DensityRatio | None = Field(None, description="Settings of that policy", exclude_if=_unset)
    feedback: Feedback | None = Field(None, description="Settings of that policy", exclude_if=_unset)
    weights: Weights | None = Field(None, description="Parents of more weight get more copies")
    too_few: Literal["error", "skip"] = Field("error", description="On a day with too few parents")

    @model_validator(mode="after")
    def _amount(self) -> "Select":
        if (self.copies is None) == (self.ratio is None):
            raise ValueError("give either `copies` or `ratio`")
        if self.ratio is not None and self.rows != "minority":
            raise ValueError("`ratio` is for rows: minority")
        if self.label_value is not None and self.rows != "minority":
            raise ValueError("`label_value` is for rows: minority")
        if self.policy in ("borderline", "adasyn") and self.rows != "minority":
            raise ValueError(f"`policy: {self.policy}` is for rows: minority")
        for policy in RECORDED:
            if getattr(self, policy) is not None and self.policy != policy:
                raise ValueError(f"`{policy}` holds settings of `policy: {policy}`, not of {self.policy}")
        if self.where is not None:
            Rule.of(self.where)  # which refuses what is no condition
        return self

    @property
    def condition(self) -> Rule | None:
        """``where`` as a rule."""
        return Rule.of(self.where) if self.where is not None else None


class Branch(Strict):
    """A selection of parents and the operators that their copies go through, in order."""

    name: Name
    select: Select
    steps: tuple[operators.Step, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _order(self) -> "Branch":
        for before, step in pairwise(self.steps):
            kinds = operators.kind(before), operators.kind(step)
            if kinds[1] == "generate":
                raise ValueError(f"{step.operator} makes rows from parents: it can only be the first step")
            if kinds == ("filter", "transform"):
                raise ValueError(
                    f"{before.operator} judges finished rows: {step.operator} must come before it"
                )
        if operators.kind(self.steps[0]) == "filter":
            raise ValueError(
                f"{self.steps[0].operator} refuses rows and makes none: it cannot be the first step"
            )
        return self

    def step_digest(self, step: int) -> str:
        """Digest of all that decides what this step makes; later steps and other branches do not count."""
        made = [self.name, self.select.model_dump_json()]
        made += [
            f"{s.model_dump_json(exclude=set(s.aside))}@{operators.get(s.operator).version}"
            for s in self.steps[: step + 1]
        ]
        return hashlib.sha256("\n".join(made).encode()).hexdigest()
