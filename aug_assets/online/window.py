"""The days that a caller names, checked against the dataset. Reads nothing."""

from collections.abc import Iterable
from datetime import date, timedelta

from aug_assets.errors import StreamError, UnknownPartitionError
from aug_assets.spec import DatasetSpec


def window(spec: DatasetSpec, days: str | Iterable[str | date]) -> list[str]:
    """The days as ISO dates, in the order given.

    Args:
        spec: The dataset.
        days: Days, or a range with both ends in it, such as ``2025-01-01..2025-01-31``.

    Raises:
        StreamError: There are none, one is named twice, or a range ends before it begins.
        UnknownPartitionError: One is no day, or none of the dataset's.
    """
    found = _range(days) if isinstance(days, str) else [_day(one) for one in days]
    if not found:
        raise StreamError("the window has no days", seen=days, legal="at least one day", todo="name days")
    if len(set(found)) < len(found):
        twice = sorted({one.isoformat() for one in found if found.count(one) > 1})
        raise StreamError("days are named twice", seen=twice[:3], legal="each day once", todo="leave one out")
    span = spec.partitions
    if outside := [one for one in found if one < span.start or (span.end and one >= span.end)]:
        raise UnknownPartitionError(
            f"{len(outside)} days are none of {spec.id}", seen=outside[0].isoformat(),
            legal=f"from {span.start}" + (f" to before {span.end}" if span.end else " on"),
            todo="correct the window",
        )  # fmt: skip
    return [one.isoformat() for one in found]


def _range(days: str) -> list[date]:
    first, dots, last = days.partition("..")
    begin, end = _day(first), _day(last if dots else first)
    if end < begin:
        raise StreamError(
            "the window ends before it begins", seen=days, legal="FIRST..LAST", todo="swap them"
        )
    return [begin + timedelta(days=n) for n in range((end - begin).days + 1)]


def _day(value: str | date) -> date:
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise UnknownPartitionError(
            "this is no day", seen=value, legal="a date such as 2025-01-31", todo="correct the window"
        ) from None
