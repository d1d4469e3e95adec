"""What time it is, for what only people read: the one clock of the platform, which tests may set."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

_set: list[datetime] = []


def now() -> datetime:
    """The time in UTC, or the one that was set."""
    return _set[-1] if _set else datetime.now(UTC)


@contextmanager
def standing_at(moment: datetime) -> Iterator[None]:
    """Let the clock stand still.

    Raises:
        ValueError: The moment has no time zone.
    """
    if moment.tzinfo is None:
        raise ValueError(f"{moment} has no time zone; legal: one in UTC")
    _set.append(moment)
    try:
        yield
    finally:
        _set.pop()
