"""What a stream needs to know of a day, and days whose rows are in memory. Makes and reads nothing."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from aug_assets.decisions import Row
from aug_assets.errors import UpstreamMissingError
from aug_assets.frames import table_schema
from aug_assets.ingest import check_limits, sort_out
from aug_assets.lineage.forget import Erased
from aug_assets.recorded import Recorded
from aug_assets.rows import ROW_ID, digest
from aug_assets.spec import DatasetSpec


@dataclass(frozen=True)
class Day:
    """All that a day's candidates are made of and judged by.

    Attributes:
        date: The partition, as an ISO date.
        source: Its real rows, in the stored schema; none of people who are forgotten.
        judged: Whether a stored verdict of all gates stands; without one the gates judge the day first.
        recorded: What its candidates are made of beside source rows.
        waived: The reasons that people waived for rows, see :func:`aug_assets.decisions.releases`.
        erased: Who is forgotten.
    """

    date: str
    source: pa.Table
    judged: bool = False
    recorded: Recorded = field(default_factory=Recorded)
    waived: Mapping[Row, frozenset[str]] = field(default_factory=dict)
    erased: Erased = field(default_factory=Erased)


class Days(Protocol):
    """Where the days of a stream come from; picklable, for its workers read them too."""

    @property
    def spec(self) -> DatasetSpec:
        """The dataset."""

    @property
    def content(self) -> Mapping[str, str]:
        """By day, in order, the digest of the rows that it is made of."""

    def day(self, date: str) -> Day:
        """What a day's candidates are made of."""

    def real(self, date: str) -> pa.Table:
        """A day's real rows, in the stored schema."""

    def published(self, date: str) -> pa.Table | None:
        """The rows of epoch 0 where they are stored as they must be given out, else None."""


@dataclass(frozen=True)
class Frames:
    """Days in memory, as source rows.

    Attributes:
        spec: The dataset.
        source: Its real rows by day, in the stored schema.
        recorded: By day what candidates are made of beside them, where there is something.
        content: By day the digest of its source rows.
    """

    spec: DatasetSpec
    source: Mapping[str, pa.Table]
    recorded: Mapping[str, Recorded]
    content: Mapping[str, str]

    def day(self, date: str) -> Day:
        """See :class:`Days`."""
        return Day(date, self.source[date], recorded=self.recorded.get(date, Recorded()))

    def real(self, date: str) -> pa.Table:
        """See :class:`Days`."""
        return self.source[date]

    def published(self, date: str) -> None:
        """See :class:`Days`."""


def in_memory(
    spec: DatasetSpec, dates: list[str], frames: Mapping[str, Any], recorded: Mapping[str, Recorded]
) -> Frames:
    """Days of raw rows, sorted out as a delivery is, or of source rows as they are stored.

    Raises:
        UpstreamMissingError: A day has no frame.
        SourceError: A day's rows as a whole cannot be used; see :mod:`aug_assets.ingest`.
    """
    if missing := [date for date in dates if date not in frames]:
        raise UpstreamMissingError(
            f"{len(missing)} days of the window have no rows", seen=missing[:3], legal=sorted(frames)[:3],
            todo="give a frame for each day of the window",
        )  # fmt: skip
    source = {date: _source(spec, date, frames[date]) for date in dates}
    return Frames(spec, source, recorded, {date: digest(rows) for date, rows in source.items()})


def _source(spec: DatasetSpec, date: str, given: pd.DataFrame | pa.Table) -> pa.Table:
    if isinstance(given, pa.Table) and given.schema.equals(table_schema(spec)):
        return given
    raw = pa.Table.from_pandas(given, preserve_index=False) if isinstance(given, pd.DataFrame) else given
    found = sort_out(spec, date, raw)
    check_limits(spec, date, found)
    return found.rows


def without(spec: DatasetSpec, rows: pa.Table, erased: Erased) -> pa.Table:
    """Stored rows but for those of people who are forgotten; the same table where there are none."""
    if not erased:
        return rows
    gone = erased.among("row", rows.column(ROW_ID).to_pylist())
    if spec.subject is not None:
        texts = pc.cast(rows.column(spec.subject), pa.string()).to_pylist()
        gone |= erased.among("key", (text if text is None else text.strip() for text in texts))
    return rows.filter(pa.array(~gone)) if np.any(gone) else rows
