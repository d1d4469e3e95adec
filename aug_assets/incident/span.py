"""How a replay's time runs, by days or by hours: when the season begins, how late labels are, what is scored.

Partitions have numbers from 0 on; the season's first has half its strength.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal

from aug_assets import partition_key

FIRST = date(2025, 1, 1)
_TO_ACT = 2  # partitions after the onset that count for no remedy: one to see it, one to act
_SCORED = 9


@dataclass(frozen=True)
class Span:
    """The numbers of a replay's partitions.

    Attributes:
        every: ``day`` or ``hour``, what a partition is.
        live: The first that is scored by a model; labels of those before it have all come.
        onset: The first of the season.
        late: Partitions until all labels are known; those of alarms are known one later.
        trained: Partitions with all labels that a model learns from, at least.
        busy: How many of so many in a row have more payments: weekends of weeks, evenings of days.
        settings: What the dataset file says of time, in days as all settings are.
    """

    every: Literal["day", "hour"]
    live: int
    onset: int
    late: int
    trained: int
    busy: tuple[int, int]
    settings: dict[str, dict[str, Any]]

    @property
    def scored(self) -> range:
        """What remedies are judged by."""
        return range(self.onset + _TO_ACT, self.onset + _TO_ACT + _SCORED)

    @property
    def last(self) -> int:
        """The last partition."""
        return self.scored[-1]

    @property
    def partitions(self) -> dict[str, Any]:
        """What the dataset file says of its partitions."""
        end = partition_key.parse(self.key(self.last)).date() + timedelta(1)
        return {"start": FIRST, "end": end} | ({} if self.every == "day" else {"every": self.every})

    def key(self, number: int) -> str:
        """The key of a partition by its number."""
        start = datetime.combine(FIRST, datetime.min.time())
        if self.every == "day":
            return (start + timedelta(days=number)).strftime(partition_key.DAY)
        return (start + timedelta(hours=number)).strftime(partition_key.HOUR)

    def number(self, key: str) -> int:
        """The inverse of :meth:`key`."""
        return partition_key.apart(self.key(0), key)


DAYS = Span(
    "day", live=20, onset=24, late=7, trained=14, busy=(2, 7),
    settings={"drift": {"days": 20}, "training": {"window_days": 14, "label_delay_days": 7}},
)  # fmt: skip
HOURS = Span(
    "hour", live=96, onset=100, late=24, trained=72, busy=(6, 24),
    settings={"drift": {"days": 14}, "training": {"window_days": 4, "label_delay_days": 1}},
)  # fmt: skip
SPANS = {span.every: span for span in (DAYS, HOURS)}
