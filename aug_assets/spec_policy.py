"""The part of a spec about policies that share copies by more than a day's own rows. It only declares."""

from typing import Literal

from pydantic import Field

from aug_assets.spec_source import Strict

RECORDED = ("density_ratio", "feedback")  # policies whose shares are stored with the candidates


class DensityRatio(Strict):
    """Settings of `policy: density_ratio`: more copies of rows that are commoner elsewhere or lately."""

    toward: Literal["day", "newest"] = Field(
        "day",
        description="`day`: rows that are commoner on the day than in the days before it; `newest`: rows "
        "that are commoner in the newest days than on the day, whether those have labels or not",
    )
    days: int = Field(7, ge=1, le=60, description="Days that the day is held against")
    clip: float = Field(10.0, gt=1, le=1000, description="The largest weight, in multiples of the mean")
    least_effective: float = Field(
        0.2,
        gt=0,
        le=1,
        description="Least effective share of the parents; weights are flattened until it is reached",
    )


class Feedback(Strict):
    """Settings of `policy: feedback`: copies of what people looked at, and of what lies next to it."""

    of: tuple[Literal["false_alarm", "queried"], ...] = Field(
        ("false_alarm", "queried"),
        min_length=1,
        description="Labels that count: alerts that were none, and rows that were put to people",
    )
    alarm: str | int | bool | None = Field(
        None,
        description="The class that alerts are about; else the minority of the recipe or of the day. Name it "
        "where most labels of a day come late",
    )
    nearby: float = Field(
        0.2, ge=0, le=1, description="Weight of each of the `neighbours` of a row that came back, itself 1"
    )
