"""Which work this process has running, in which thread, and how to stop it.

Nothing about Dask or steps: those name their work and hand it to ``run``.
"""

import threading
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import TypeVar

from resources import async_raise

Result = TypeVar("Result")

_LOCK = threading.Lock()
_THREADS: dict[str, int] = {}
_STOPPED: deque[str] = deque(maxlen=1000)  # work that may still arrive although it has been stopped
_LOCAL = threading.local()


def run(name: str, function: Callable[..., Result], *args: object) -> Result:
    """Call a function so that ``stop`` can interrupt it.

    Args:
        name: Unique name of the work. Work that belongs to it is called ``<name>/<anything>``.
        function: What to call.
        *args: What to call it with.
    """
    from dagster import DagsterExecutionInterruptedError

    with _LOCK:
        if any(_belongs(name, stopped) for stopped in _STOPPED):
            raise DagsterExecutionInterruptedError(f"{name} was stopped before it began")
        _THREADS[name] = threading.get_ident()
    outer, _LOCAL.name = current(), name
    try:
        return function(*args)
    finally:
        _LOCAL.name = outer
        with _LOCK:
            _THREADS.pop(name, None)


def current() -> str | None:
    """Name of the work that this thread runs, if any."""
    return getattr(_LOCAL, "name", None)


def stop(name: str) -> list[str]:
    """Interrupt the named work and all that belongs to it, now and if it should still arrive.

    Returns:
        The names of what was running here.
    """
    with _LOCK:
        _STOPPED.append(name)
        found = [other for other in _THREADS if _belongs(other, name)]
    for other in found:
        async_raise.when_safe(partial(_stop_one, other))
    return found


def _stop_one(name: str, *, force: bool) -> bool:
    with _LOCK:  # while it is held, the work cannot end and leave its thread to other work
        if name in _THREADS and not async_raise.try_raise(_THREADS[name], force=force):
            return False
        _THREADS.pop(name, None)
        return True


def _belongs(name: str, owner: str) -> bool:
    return name == owner or name.startswith(f"{owner}/")
