"""What a thread uses: CPU, memory of its process, bytes of the lake. Prices and budgets are elsewhere."""

import resource
import threading
import time
from pathlib import Path

from aug_assets.cost import Spent

_GIB = 2.0**30
_STATM = Path("/proc/self/statm")
_moved = threading.local()


def count_read(size: int) -> None:
    """Note bytes that this thread read."""
    _moved.read = _read() + size


def count_written(size: int) -> None:
    """Note bytes that this thread wrote."""
    _moved.written = _written() + size


class Meter:
    """Counts from the moment it is made, in the thread that made it."""

    def __init__(self) -> None:
        self._cpu, self._wall = time.thread_time(), time.perf_counter()
        self._read, self._written = _read(), _written()
        self._held = resident()

    def spent(self) -> Spent:
        """What this thread used since then; memory is the mean of both ends times the seconds between.

        Threads that libraries start are not counted.
        """
        seconds = time.perf_counter() - self._wall
        held = (self._held + resident()) / 2 / _GIB
        return Spent(
            cpu_seconds=time.thread_time() - self._cpu,
            gib_seconds=held * seconds,
            bytes_read=_read() - self._read,
            bytes_written=_written() - self._written,
        )


def resident() -> int:
    """Bytes of memory that the process holds; where the system does not say, the most that it ever held."""
    if _STATM.exists():
        return int(_STATM.read_text().split()[1]) * resource.getpagesize()
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def _read() -> int:
    return getattr(_moved, "read", 0)


def _written() -> int:
    return getattr(_moved, "written", 0)
