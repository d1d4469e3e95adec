"""The parts of a spec about what arrives: source, partitions, schedule and limits."""

import re
from typing import Annotated, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from aug_assets import partition_key
from aug_assets.keys import digest_bits

# Single underscores only: job names join tenant and dataset by two, and must come apart again.
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9]*(_[a-z0-9]+)*$", max_length=64)]
Format = Literal["parquet", "csv", "jsonl", "folder"]

_DATE = re.compile(r"\{date(?::([^{}!]+))?\}")
_ENDINGS: dict[str, Format] = {
    "parquet": "parquet", "pq": "parquet", "csv": "csv", "jsonl": "jsonl", "ndjson": "jsonl",
}  # fmt: skip


class PlacedError(ValueError):
    """A mistake between fields, with the place that a person would correct.

    Attributes:
        loc: The way there from where it was found, as pydantic writes it.
        seen: The value there.
    """

    def __init__(self, message: str, loc: tuple[str | int, ...], seen: object = None) -> None:
        super().__init__(message)
        self.loc, self.seen = loc, seen


class Strict(BaseModel):
    """A part of a spec: unknown fields are errors, values do not change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _dated_uri(uri: str) -> str:
    rest = re.sub(r"\$\{\w+\}", "", _DATE.sub("", uri))
    if "{" in rest or "}" in rest:
        raise ValueError("only {date}, {date:%Y/%m/%d} and ${VARIABLE} may stand in braces")
    return uri


def _at(uri: str, day: str) -> str:
    when = partition_key.parse(day)
    return _DATE.sub(lambda found: format(when, found[1]) if found[1] else day, uri)


Uri = Annotated[str, Field(min_length=1), AfterValidator(_dated_uri)]


class Annotations(Strict):
    """Files that hold boxes: the raw columns ``boxes`` and, of COCO's outlines, ``segmentation``."""

    uri: Uri = Field(description="Path or s3:// address. May hold {date}, * and ?; of voc, a folder")
    format: Literal["coco", "voc", "csv"]
    first_pixel: Literal[0, 1] = Field(
        0, description="What voc and csv files call the first pixel; PASCAL's own files say 1"
    )
    columns: dict[Literal["image", "x0", "y0", "x1", "y1", "label"], str] = Field(
        default_factory=dict, description="Of csv: what its columns are called, where no usual name is theirs"
    )

    @model_validator(mode="after")
    def _fit(self) -> "Annotations":
        if self.columns and self.format != "csv":
            raise ValueError(f"columns are for csv; this format is {self.format}")
        if self.first_pixel and self.format == "coco":
            raise ValueError("COCO counts from 0")
        return self

    @property
    def is_daily(self) -> bool:
        """Whether the files for a day are about that day's pictures only."""
        return _DATE.search(self.uri) is not None

    def at(self, day: str) -> str:
        """The uri of a day, its environment variables still in place."""
        return _at(self.uri, day)


class SourceSpec(Strict):
    """Where a day's raw rows come from."""

    uri: Uri = Field(description="Path, s3:// address or sample://name. May hold {date}, * and ?")
    format: Format | None = Field(
        None, description="Taken from the file's ending when left out; folder: a row is a picture of a folder"
    )
    timestamp: str | None = Field(None, description="Column that dates a row, when files hold several days")
    annotations: Annotations | None = Field(None, description="Files beside pictures that hold their boxes")

    @model_validator(mode="after")
    def _dated(self) -> "SourceSpec":
        if self.is_sample and not re.fullmatch(r"sample://[a-z][a-z0-9_]*", self.uri):
            raise ValueError("a built-in source is named sample:// and its name alone")
        if self.is_sample and (self.format or self.annotations):
            raise ValueError("a built-in source has no format and no annotations")
        if not self.is_daily and self.timestamp is None:
            raise ValueError("a file of all days needs `timestamp`; one file a day needs {date} in the uri")
        return self

    @property
    def is_sample(self) -> bool:
        """Whether the rows are a built-in sample."""
        return self.uri.startswith("sample://")

    @property
    def is_daily(self) -> bool:
        """Whether what is read for a day holds that day only; else its rows are dated by ``timestamp``."""
        return self.is_sample or _DATE.search(self.uri) is not None

    def at(self, day: str) -> str:
        """The uri of a day, its environment variables still in place."""
        return _at(self.uri, day)

    @property
    def file_format(self) -> Format:
        """The format given, or the one that the file's ending says."""
        if self.format:
            return self.format
        plain = re.sub(r"\.(gz|bz2)$", "", self.uri.lower())
        return _ENDINGS.get(plain.rpartition(".")[2], "parquet")


class Sessions(Strict):
    """How raw events become rows: one a session, which ends with a long pause or at midnight."""

    by: str = Field(description="Column that says whose events they are")
    time: str = Field(description="Column of type timestamp, with `each: true`, that orders events")
    gap_minutes: float = Field(30, gt=0, description="A longer pause begins a new session")
    min_events: int = Field(1, ge=1, description="Sessions of fewer events go to quarantine")
    id: str = Field(description="Column of type string that names the session: owner and first instant")


class Limits(Strict):
    """How much of a source day may be bad before the day is refused."""

    max_rejected_share: float = Field(0.1, ge=0, le=1)
    allow_empty: bool = False


class Schedule(Strict):
    """Daily refresh of the latest complete day."""

    hour: int = Field(3, ge=0, le=23)
    minute: int = Field(0, ge=0, le=59)


class Holdout(Strict):
    """Real rows that never become parents, frozen for ever by what they are, so that a proof stays honest."""

    by: str = Field(description="Column of text or whole numbers whose values stay together, such as a card")
    share: float = Field(0.2, gt=0, le=0.5, description="Share of those values that is held out")

    def held(self, values: pd.Series) -> NDArray[np.bool_]:
        """Which rows belong to the holdout; bool of shape (rows,). A null never does."""
        codes, known = pd.factorize(values)
        limit = int(self.share * 2**64)
        chosen = [int(digest_bits("holdout", str(value))[0]) < limit for value in known]
        return np.array([*chosen, False], bool)[codes]
