"""The part of a spec about time: which days or hours a dataset has."""

from datetime import date, datetime, timedelta
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, Field, model_validator

from aug_assets import partition_key
from aug_assets.spec_source import Strict


def _time_zone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError("not an IANA time zone; legal: names such as 'UTC' or 'Europe/Paris'")
    return name


class Partitions(Strict):
    """The days of a dataset, or its hours."""

    start: date
    end: date | None = Field(None, description="First day that is no longer part of the dataset")
    timezone: Annotated[str, AfterValidator(_time_zone)] = "UTC"
    every: Literal["day", "hour"] = Field(
        "day",
        description="With `hour` each hour is a partition, such as `2025-01-31T05`, and what is said of days "
        "holds for hours; settings in days stay days, but `cooldown_days` counts partitions",
    )

    @model_validator(mode="after")
    def _some(self) -> "Partitions":
        if self.end is not None and self.end <= self.start:
            raise ValueError(f"end {self.end} leaves no day after start {self.start}")
        if self.every == "hour" and self.timezone != "UTC":
            raise ValueError("hours are those of UTC: where clocks change, an hour comes twice or not at all")
        return self

    @property
    def a_day(self) -> int:
        """Partitions of a day."""
        return 24 if self.every == "hour" else 1

    @property
    def form(self) -> str:
        """How a key is written, as strftime has it."""
        return partition_key.HOUR if self.every == "hour" else partition_key.DAY

    @property
    def legal(self) -> str:
        """Which keys there are, for a message."""
        how = "an hour as YYYY-MM-DDTHH" if self.every == "hour" else "a day as YYYY-MM-DD"
        return f"{how} from {self.start}" + (f" to before {self.end}" if self.end else "")

    def has(self, key: str) -> bool:
        """Whether this is the key of a partition, complete or still to come."""
        try:
            when = partition_key.parse(key)
        except ValueError:
            return False
        inside = when.date() >= self.start and (self.end is None or when.date() < self.end)
        return inside and partition_key.is_hour(key) == (self.every == "hour")

    def is_first(self, key: str) -> bool:
        """Whether there is none before."""
        return partition_key.parse(key) == datetime.combine(self.start, datetime.min.time())

    def window(self, key: str) -> tuple[datetime, datetime]:
        """First instant of the partition and of the next one, in the dataset's time zone."""
        start, zone = partition_key.parse(key), ZoneInfo(self.timezone)
        after = start + timedelta(hours=1) if self.every == "hour" else start + timedelta(days=1)
        return start.replace(tzinfo=zone), after.replace(tzinfo=zone)
