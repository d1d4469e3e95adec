"""The part of a spec about models: what they train on, when one may replace another, and how it is tried."""

from typing import Literal

from pydantic import Field, model_validator

from aug_assets.spec_source import Strict

Guarded = Literal["false_alarms", "recall"]
LEAST_DAYS = 4  # of a window without a holdout, whose last days are held out


class Guard(Strict):
    """How much worse than the champion a challenger may be in one figure, as a share of the champion's."""

    margin: float = Field(0.1, gt=0, lt=1, description="It is promoted once it is proved to be below this")
    tolerated: float = Field(0.02, ge=0, lt=1, description="It is rolled back once proved to be above this")

    @model_validator(mode="after")
    def _apart(self) -> "Guard":
        if self.tolerated >= self.margin:
            raise ValueError(f"tolerated ({self.tolerated}) must be below margin ({self.margin})")
        return self


def _guards() -> dict[Guarded, Guard]:
    return {"false_alarms": Guard(), "recall": Guard(margin=0.05)}


class Canary(Strict):
    """How a challenger is tried beside the champion; see docs/deployment.md."""

    share: float = Field(
        0.1, ge=0, le=0.5, description="Share of the keys that the challenger decides; it scores all of them"
    )
    guards: dict[Guarded, Guard] = Field(
        default_factory=_guards,
        min_length=1,
        description="What is compared on rows with labels: `false_alarms`, `recall`; by default both, recall "
        "with a margin of 0.05. A figure that is left out is not looked at",
    )
    error: float = Field(
        0.01,
        gt=0,
        le=0.1,
        description="Chance to roll back a challenger that is not worse, however often it is looked at",
    )
    max_alarm_ratio: float = Field(
        2.0,
        gt=1,
        description="Alarms in those of the champion, labelled or not, from which it is rolled back",
    )
    max_days: int = Field(28, ge=1, description="Scored days after which a canary without a result is ended")
    watch_days: int = Field(
        3, ge=0, description="Scored days after a promotion on which the old champion is held against the new"
    )


class Recalibrate(Strict):
    """When the champion's threshold is set anew from what became of its alarms; see docs/deployment.md."""

    days: int = Field(3, ge=1, le=60, description="Newest scored days that are looked at")
    min_false_alarms: int = Field(
        50, ge=10, description="False alarms that these days usually have, else there is too little to judge"
    )
    evidence: float = Field(
        20.0,
        ge=1,
        description="How many times likelier the alarms must have become more, or fewer, than to be as usual",
    )


class Training(Strict):
    """Models of a dataset: trained on its published days, held against control and champion, canaried."""

    window_days: int = Field(28, ge=2, le=400, description="Days to train on, the asset's own day the last")
    label_delay_days: int = Field(
        0, ge=0, le=90, description="Days until the labels of a day are known; younger days are left out"
    )
    max_age_days: int | None = Field(
        None,
        ge=1,
        le=400,
        description="Train anew once the last model is of so many days ago, and the first one",
    )
    feedback: bool = Field(
        default=False,
        description="Train too on rows of those younger days that have a label by now, such as alarms that "
        "were looked into, and on what was made of them; none of them is held out",
    )
    learner: str = Field(
        "builtin",
        pattern=r"^(builtin|[\w.]+:\w+)$",
        description="`builtin` gradient boosting, or your own as module:callable",
    )
    seeds: int = Field(3, ge=2, le=20, description="Models of each arm, to see the spread between equals")
    false_alarm_rate: float = Field(
        0.01,
        gt=0,
        lt=0.5,
        description="Share of real rows without the positive label that may raise an alarm",
    )
    margin: float = Field(
        0.05, gt=0, lt=1, description="Share of average precision that a challenger may at worst lose"
    )
    min_positive: int = Field(30, ge=1, description="Positive rows that the holdout needs")
    groups: tuple[str, ...] = Field((), description="Columns by whose values models are told apart")
    max_gap: float | None = Field(
        None, gt=0, le=1, description="Largest difference of recall between two groups of one column"
    )
    canary: Canary = Canary()
    recalibrate: Recalibrate | None = Field(
        None, description="Set the champion's threshold anew when its false alarms leave what is usual"
    )
    auto_promote: bool = Field(
        default=True, description="Whether a canary that went well is promoted; else a person does it"
    )

    @model_validator(mode="after")
    def _gap_of_groups(self) -> "Training":
        if self.max_gap is not None and not self.groups:
            raise ValueError("max_gap is between groups: name columns in `groups`")
        return self
