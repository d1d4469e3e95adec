"""The part of a spec about what a day may cost. What things cost is in :mod:`aug_assets.cost`."""

from pydantic import Field, model_validator

from aug_assets.spec_source import Strict


class CostLimits(Strict):
    """The most that may be spent, of each that is named."""

    cpu_seconds: float | None = Field(None, gt=0, allow_inf_nan=False, description="CPU seconds")
    money: float | None = Field(
        None, gt=0, allow_inf_nan=False, description="Money, in the currency of the price sheet"
    )


class Budget(Strict):
    """What a day may cost before it is published; one that cost more waits for a person."""

    per_day: CostLimits = Field(CostLimits(), description="Of a day as a whole")
    per_accepted_row: CostLimits = Field(
        CostLimits(), description="Of a day, for each candidate that all gates let through"
    )

    @model_validator(mode="after")
    def _some(self) -> "Budget":
        if not self.limits:
            raise ValueError("limits nothing: give cpu_seconds or money, per_day or per_accepted_row")
        return self

    @property
    def limits(self) -> dict[str, float]:
        """Every limit by a name such as ``per_day.money``, sorted."""
        told = self.model_dump(exclude_none=True)
        return {
            f"{part}.{name}": value for part in sorted(told) for name, value in sorted(told[part].items())
        }
