"""The part of a spec about active learning: which rows people are asked about. It only declares."""

from pydantic import Field

from aug_assets.spec_source import Strict


class Uncertainty(Strict):
    """Ask people about the rows that the champion is least sure of; see docs/labels.md."""

    rows: int = Field(50, ge=1, le=100_000, description="Rows of a day that people are asked about")
    explore: float = Field(
        0.1,
        ge=0,
        le=1,
        description="Share of them that is drawn evenly from all others: without it nothing is ever learned "
        "of what the model is surely wrong about",
    )
    diverse: bool = Field(
        default=True, description="Take rows that lie apart rather than many that are alike"
    )
    max_ratio: float = Field(
        1.5,
        gt=1,
        description="A day whose share of unsure rows is above so many times the usual one is made again",
    )
    cooldown_days: int = Field(2, ge=0, description="Days after a refresh in which no other is asked for")
    max_requests: int = Field(5, ge=1, description="Refreshes that one tick of the sensor may ask for")
