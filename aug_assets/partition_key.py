"""Keys of partitions as time: a day is ``2025-01-31``, an hour ``2025-01-31T05``. Knows no dataset.

Keys of one kind sort as time does, and have only characters that may stand in a path.
"""

from datetime import datetime, timedelta

HOURS, WEEKDAYS = 24, 7  # kinds of partitions that come round, see `season`
DAY, HOUR = "%Y-%m-%d", "%Y-%m-%dT%H"  # as strftime has them


def parse(key: str) -> datetime:
    """First instant, without a zone.

    Raises:
        ValueError: It is no key, such as ``2025-1-3``.
    """
    form = _form(key)
    found = datetime.strptime(key, form)  # noqa: DTZ007 - the zone is the dataset's
    if found.strftime(form) != key:
        raise ValueError(f"{key!r} is neither YYYY-MM-DD nor YYYY-MM-DDTHH")
    return found


def is_hour(key: str) -> bool:
    """Whether it is of an hour rather than of a day."""
    return "T" in key


def moved(key: str, days: int) -> str:
    """The key of the same kind so many days later."""
    return (parse(key) + timedelta(days=days)).strftime(_form(key))


def apart(first: str, last: str) -> int:
    """How many partitions ``last`` comes after ``first``, of the same kind."""
    unit = timedelta(hours=1) if is_hour(last) else timedelta(days=1)
    return (parse(last) - parse(first)) // unit


def days_apart(first: str, last: str) -> int:
    """How many whole days ``last`` comes after ``first``."""
    return (parse(last) - parse(first)).days


def season(key: str) -> int:
    """What partitions have in common that come round: the weekday of days, the hour of hours."""
    when = parse(key)
    return when.hour if is_hour(key) else when.weekday()


def _form(key: str) -> str:
    return HOUR if is_hour(key) else DAY
