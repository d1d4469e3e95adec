"""The days that a caller names, checked against the dataset. Reads nothing."""

from collections.abc import Iterable
from datetime import date, timedelta

from aug_assets import partition_key
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
    found = _range(spec, days) if isinstance(days, str) else [_key(spec, one) for one in days]
    if not found:
        raise StreamError("the window has no days", seen=days, legal="at least one day", todo="name days")
    if len(set(found)) < len(found):
        twice = sorted({one for one in found if found.count(one) > 1})
        raise StreamError("days are named twice", seen=twice[:3], legal="each day once", todo="leave one out")
    if outside := [one for one in found if not spec.partitions.has(one)]:
        raise UnknownPartitionError(
            f"{len(outside)} days are none of {spec.id}", seen=outside[0],
            legal=spec.partitions.legal, todo="correct the window",
        )  # fmt: skip
    return found


def _range(spec: DatasetSpec, days: str) -> list[str]:
    first, dots, last = days.partition("..")
    begin, end = _key(spec, first), _key(spec, last if dots else first)
    if end < begin:
        raise StreamError(
            "the window ends before it begins", seen=days, legal="FIRST..LAST", todo="swap them"
        )
    unit = timedelta(days=1) / spec.partitions.a_day
    count = partition_key.apart(begin, end) + 1
    return [(partition_key.parse(begin) + n * unit).strftime(spec.partitions.form) for n in range(count)]


def _key(spec: DatasetSpec, value: str | date) -> str:
    key = str(value)
    try:
        partition_key.parse(key)
        if partition_key.is_hour(key) == (spec.partitions.every == "hour"):
            return key
    except ValueError:
        pass
    legal = (
        "an hour such as 2025-01-31T05" if spec.partitions.every == "hour" else "a date such as 2025-01-31"
    )
    raise UnknownPartitionError("this is no partition", seen=value, legal=legal, todo="correct the window")
