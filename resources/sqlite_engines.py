"""SQLite files that a process keeps open, an engine each. What they hold is for instance_storage."""

import os
import sqlite3
from collections import OrderedDict
from pathlib import Path
from threading import Lock

from dagster._core.storage.sqlite import SQLITE_BUSY_TIMEOUT_SECONDS
from sqlalchemy import Engine, create_engine
from sqlalchemy.event import listen
from sqlalchemy.pool import QueuePool

_KEPT = 16  # files that stay open, those that were used last


class Engines:
    """Engines of SQLite files in this process."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._held: OrderedDict[Path, tuple[int, Engine]] = OrderedDict()

    def of(self, path: Path) -> Engine:
        """The engine of a file; another one once the file has been replaced."""
        with self._lock:
            place = path.stat().st_ino if path.exists() else 0
            held = self._held.pop(path, None)
            if held is None or held[0] != place:
                if held is not None:
                    held[1].dispose()
                held = place, _engine(path)
            self._held[path] = held
            while len(self._held) > _KEPT:
                self._held.popitem(last=False)[1][1].dispose()
            return held[1]

    def forget(self) -> None:
        """In a forked process: what its parent has open is the parent's."""
        self.__init__()  # type: ignore[misc]


def _engine(path: Path) -> Engine:
    settings = {"timeout": SQLITE_BUSY_TIMEOUT_SECONDS, "check_same_thread": False}
    made = create_engine(f"sqlite:///{path}", poolclass=QueuePool, connect_args=settings)
    listen(made, "connect", _set_up)
    return made


def _set_up(connection: sqlite3.Connection, _: object) -> None:
    """Let a commit return before the disk has it, as the write-ahead log allows.

    A process that dies loses nothing. If the machine does, the last events may be gone, and the file is
    whole; what the lake holds does not depend on it.
    """
    connection.execute("PRAGMA synchronous = NORMAL")


ENGINES = Engines()
os.register_at_fork(after_in_child=ENGINES.forget)
