"""How much each selected row counts, for its copies or as a donor: fresh rows more, or some segments more."""

from typing import Annotated, Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from aug_assets.errors import SpecError, TooFewParentsError
from aug_assets.keys import U64

_FINEST = 4095  # weights become whole numbers up to this, whose sums are exact in any order


class Recency(BaseModel):
    """A row counts half as much for each half-life that it is older than the newest selected row."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    by: Literal["recency"]
    column: str = Field(description="A timestamp or date column; of events their newest time counts")
    half_life_hours: float = Field(gt=0, le=87_600, description="Age at which a row counts half, in hours")


class Segment(BaseModel):
    """A row counts by the value of one column."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    by: Literal["segment"]
    column: str = Field(description="A column whose values name the segments")
    weight: dict[str, Annotated[float, Field(ge=0, le=1000)]] = Field(
        min_length=1, description="Value to weight"
    )
    other: float = Field(1.0, ge=0, le=1000, description="Weight of all other values and of null")


Weights = Annotated[Recency | Segment, Field(discriminator="by")]


def row_weights(rows: pd.DataFrame, weights: Recency | Segment | None) -> U64 | None:
    """The weight of each row as a whole number, shape (m,); None where all count the same.

    Rows of less than 1/8190 of the largest weight get none.

    Raises:
        SpecError: The column is not there or of the wrong type, or a segment never occurs.
        TooFewParentsError: No row has a weight.
    """
    if weights is None:
        return None
    if weights.column not in rows:
        raise SpecError(
            "weights name a column that the rows do not have",
            seen=weights.column,
            legal=sorted(rows.columns),
            todo="name a column of the dataset in `weights.column`",
        )
    share = _recency(rows, weights) if isinstance(weights, Recency) else _segment(rows, weights)
    if not (share > 0).any():
        raise TooFewParentsError(
            "every selected row has weight 0",
            seen=len(rows),
            legal="at least 1 row of positive weight",
            todo="raise `weights.other`, or set `too_few: skip` in the branch's select",
        )
    finest = min(_FINEST, (2**32 - 1) // len(rows))
    whole: U64 = np.rint(share / share.max() * finest).astype(np.uint64)
    return whole


def _recency(rows: pd.DataFrame, weights: Recency) -> NDArray[np.float64]:
    column = _newest(rows[weights.column])
    if not _is_time(column):
        raise SpecError(
            "recency weights need a column of times",
            seen=f"{weights.column}: {column.dtype}",
            legal=[name for name in rows if _is_time(rows[name])],
            todo="name a timestamp or date column in `weights.column`",
        )
    times = pd.to_datetime(column.astype(object), utc=True).astype("datetime64[us, UTC]")
    age = (times.max() - times).dt.total_seconds().to_numpy(np.float64) / 3600
    return np.asarray(np.where(np.isnan(age), 0.0, np.exp2(-age / weights.half_life_hours)), np.float64)


def _newest(column: Any) -> Any:
    """Of a list of times a row, such as those of a session's events, the last; other columns as they are."""
    if not str(column.dtype).startswith("list<item: timestamp"):
        return column
    times = [max((pd.Timestamp(one) for one in row if one is not None), default=None) for row in column]
    return pd.Series(pd.to_datetime(pd.Series(times, dtype=object), utc=True))


def _is_time(column: Any) -> bool:
    kind = str(column.dtype)
    return kind.startswith(("datetime64", "date32", "timestamp"))


def _segment(rows: pd.DataFrame, weights: Segment) -> NDArray[np.float64]:
    if str(rows[weights.column].dtype).startswith("list"):
        raise SpecError(
            "segment weights need a column of one value a row",
            seen=f"{weights.column}: {rows[weights.column].dtype}",
            legal="a column without `each`",
            todo="name another column in `weights.column`",
        )
    text = rows[weights.column].astype(object).map(str, na_action="ignore")
    seen = sorted(set(text.dropna()))
    if unknown := sorted(set(weights.weight) - set(seen)):
        raise SpecError(
            f"weights name segments that no selected row of {weights.column!r} is in",
            seen=unknown,
            legal=seen,
            todo="name values that occur in `weights.weight`",
        )
    return np.asarray(text.map(weights.weight).fillna(weights.other), np.float64)
