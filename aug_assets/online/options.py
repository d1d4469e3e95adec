"""How a stream gives out its rows, checked. Says nothing of which rows."""

from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from aug_assets.errors import StreamError


class Options(BaseModel):
    """Settings of a stream."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    batch_size: int = Field(256, ge=1, description="Rows a batch; the last of an epoch may have fewer")
    form: Literal["arrow", "pandas"] = Field("arrow", description="What a batch is")
    drop_last: bool = Field(default=False, description="Leave out a last batch that has fewer rows")
    shuffle: int = Field(
        0,
        ge=0,
        description="So many days are in memory and mixed; 0 gives days and rows in their stored order",
    )
    seed: int = Field(0, description="Of the order; the rows themselves do not depend on it")
    workers: int = Field(0, ge=0, description="Who makes candidates ahead; 0 makes them in the loop")
    kind: Literal["process", "thread"] = Field("process", description="What a worker is")
    prefetch: int = Field(2, ge=1, description="How many blocks of days workers are ahead of the loop")
    keep_days: int = Field(
        32, ge=1, description="Days that each worker keeps planned, and the loop keeps the real rows of"
    )
    shard: tuple[int, int] = Field(
        (0, 1), description="Which of how many equal parts, such as rank and world"
    )

    @model_validator(mode="after")
    def _part(self) -> Self:
        if not 0 <= self.shard[0] < self.shard[1]:
            raise ValueError(f"shard {self.shard} is none: the first number counts from 0 up to the second")
        return self

    @property
    def decides_order(self) -> dict[str, Any]:
        """What changes the sequence of batches; nothing that only changes who makes them."""
        return self.model_dump(include={"batch_size", "drop_last", "shuffle", "seed", "shard"})


def checked(given: dict[str, Any]) -> Options:
    """The options that a caller gave.

    Raises:
        StreamError: One of them is not legal, or there is none of this name.
    """
    try:
        return Options.model_validate(given)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        name = ".".join(str(part) for part in first["loc"]) or "options"
        raise StreamError(
            f"{name}: {first['msg']}", seen=given.get(name), legal=sorted(Options.model_fields),
            todo="correct the argument",
        ) from error  # fmt: skip
