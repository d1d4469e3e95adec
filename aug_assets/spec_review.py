"""The part of a spec about what a person must look at before a day is published."""

from pydantic import Field, model_validator

from aug_assets.spec_source import Strict


class Doubt(Strict):
    """A figure that an operator draws for each row, such as a confidence, and where it is too low."""

    drawn: str = Field(min_length=1, description="Name of the figure in the provenance of the row")
    below: float = Field(
        allow_inf_nan=False, description="Rows with a lower figure, or with none, are queued"
    )


class Review(Strict):
    """Which candidates wait for a person; the day is published once each of them has a decision."""

    share: float = Field(
        0.0, ge=0, le=1, description="Share of the accepted candidates, chosen by their keys"
    )
    doubt: Doubt | None = Field(None, description="Accepted candidates of low confidence")
    reasons: tuple[str, ...] = Field((), description="Candidates that gates held for one of these reasons")

    @model_validator(mode="after")
    def _some(self) -> "Review":
        if not (self.share or self.doubt or self.reasons):
            raise ValueError("reviews nothing: give a share above 0, a doubt or reasons")
        return self
