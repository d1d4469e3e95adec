"""Which work this process has running, in which thread, and how to stop it.

Nothing about Dask or steps: those name their work and enter ``running``.
"""

import ctypes
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

_LOCK = threading.Lock()
_THREADS: dict[str, int] = {}
_STOPPED: deque[str] = deque(maxlen=1000)  # work that may still arrive although it has been stopped
_LOCAL = threading.local()


@contextmanager
def running(name: str) -> Iterator[None]:
    """Let ``stop`` reach this thread for as long as the block runs.

    Args:
        name: Unique name of the work. Work that belongs to it is called ``<name>/<anything>``.
    """
    from dagster import DagsterExecutionInterruptedError

    with _LOCK:
        if any(_belongs(name, stopped) for stopped in _STOPPED):
            raise DagsterExecutionInterruptedError(f"{name} was stopped before it began")
        _THREADS[name] = threading.get_ident()
    outer, _LOCAL.name = current(), name
    try:
        yield
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
            interrupt_thread(_THREADS.pop(other))
    return found


def interrupt_thread(ident: int) -> None:
    """Make a thread raise what Dagster raises in the main thread on a termination signal.

    It arrives at the thread's next bytecode: a long call into C code ends first.
    """
    from dagster import DagsterExecutionInterruptedError

    ctypes.pythonapi.PyThreadState_SetAsyncExc(
        ctypes.c_ulong(ident), ctypes.py_object(DagsterExecutionInterruptedError)
    )


def _belongs(name: str, owner: str) -> bool:
    return name == owner or name.startswith(f"{owner}/")
