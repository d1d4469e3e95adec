"""Raising Dagster's interruption in another thread, at a place where that does no lasting harm.

Which work runs in which thread is for interrupts.
"""

import ctypes
import sys
import threading
import time
from collections.abc import Callable
from types import FrameType

# An exception that comes between taking one of these libraries' locks and the try that gives it back would
# leave the lock taken for good, and with it the whole process.
_LOCKING = {
    *("asyncio", "concurrent", "distributed", "filelock", "importlib", "logging", "queue", "sqlalchemy"),
    "threading",
}
_PATIENCE_SECONDS = 5  # then the thread is taken to be waiting in such a library, where it holds nothing
_POLL_SECONDS = 0.01


def when_safe(attempt: Callable[..., bool]) -> None:
    """Repeat an attempt until it succeeds, without making the caller wait.

    The caller may be the event loop of a Dask worker, on which everything else there depends.

    Args:
        attempt: Called with ``force``, whether to stop looking for a safe place; tells whether it is settled.
    """

    def repeat() -> None:
        until = time.monotonic() + _PATIENCE_SECONDS
        while not attempt(force=time.monotonic() > until):
            time.sleep(_POLL_SECONDS)

    threading.Thread(target=repeat, name="interrupt", daemon=True).start()


def try_raise(ident: int, *, force: bool) -> bool:
    """Interrupt the thread if it has ended what it must not be interrupted in; tell whether that is settled.

    It takes notice at its next bytecode: a long call into C code ends first.
    """
    from dagster import DagsterExecutionInterruptedError

    stack = _modules(sys._current_frames().get(ident))  # noqa: SLF001 - the documented way to see it
    while stack and _is_locking(stack[-1]):
        stack.pop()  # the loop of a thread pool, from which all its work is called
    if not stack:
        return force  # the thread has ended, or waits for work
    if not force and (stack[0] == "resources.interrupts" or any(map(_is_locking, stack))):
        return False
    ctypes.pythonapi.PyThreadState_SetAsyncExc(
        ctypes.c_ulong(ident), ctypes.py_object(DagsterExecutionInterruptedError)
    )
    return True


def _modules(frame: FrameType | None) -> list[str]:
    """Names of the modules on a stack, the innermost first."""
    names = []
    while frame is not None:
        names.append(frame.f_globals.get("__name__", ""))
        frame = frame.f_back
    return names


def _is_locking(module: str) -> bool:
    return module.partition(".")[0] in _LOCKING
