"""The part of a spec about drift: what a day is held against, and what makes it worth a refresh."""

from datetime import date

from pydantic import Field, model_validator

from aug_assets.spec_source import Strict


class Drift(Strict):
    """Watch the real rows of each day; see docs/drift.md."""

    reference: tuple[date, date] | None = Field(
        None,
        description="First and last day to hold others against; by default the days that the champion was "
        "trained on, without one the first `days` days",
    )
    days: int = Field(28, ge=14, le=400, description="Days of the reference where none is named")
    ignore: tuple[str, ...] = Field((), description="Columns that are not watched")
    classifier: bool = Field(
        default=False,
        description="Show how well a classifier tells the day from the reference; it decides nothing, and "
        "costs about a second",
    )
    report: bool = Field(
        default=False,
        description="An asset `<dataset>_drift_report` with Evidently's page on a day; needs "
        "aug-assets[evidently]",
    )
    min_rows: int = Field(500, ge=1, description="A day of fewer rows is not judged")
    false_alarms: float = Field(
        0.01, gt=0, le=0.1, description="Share of days without any shift that may be called drifted"
    )
    cooldown_days: int = Field(2, ge=0, description="Days after a refresh in which no other is asked for")
    max_requests: int = Field(5, ge=1, description="Refreshes that one tick of the sensor may ask for")

    @model_validator(mode="after")
    def _enough(self) -> "Drift":
        if self.reference and (self.reference[1] - self.reference[0]).days + 1 < 14:  # noqa: PLR2004
            raise ValueError(f"reference {self.reference[0]} to {self.reference[1]} is shorter than 14 days")
        return self
