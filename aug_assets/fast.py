"""The compiled form of a loop over arrays, where numba is installed; its bytes must be those of numpy."""

import os
from collections.abc import Callable
from functools import cache
from importlib.util import find_spec
from typing import Any

Loop = Callable[..., None]

_WORTH = 3_000_000  # rows in numpy that take about a second; numba and its first loop take one and a half
_made: dict[Loop, Loop | None] = {}
_asked = 0


def available() -> bool:
    """True when numba is installed and the environment does not say ``AUG_NUMBA=0``."""
    return os.environ.get("AUG_NUMBA") != "0" and _installed()


@cache  # looking through all folders of packages takes as long as a few hundred rows
def _installed() -> bool:
    return find_spec("numba") is not None


def compiled(loop: Loop, rows: int, *helpers: Callable[..., Any]) -> Loop | None:
    """The compiled form of ``loop``, or None where numpy is to do the work.

    Which of the two runs is a question of time only. Few rows never wait for a compiler: numba is imported
    once a process has asked for three million rows in all, in calls of whatever size, and is used from then
    on; with ``AUG_NUMBA=1`` from the first row on. What it compiles is kept on disk for the next process.
    Additions keep their order (no fast maths), so the bits are those of the same expression in numpy.

    Args:
        loop: A function of arrays and numbers that writes into its last arguments.
        rows: How many rows the caller is about to make; other work counts a row a half microsecond in numpy.
        helpers: Functions that the loop calls.
    """
    global _asked  # noqa: PLW0603 - decides about time, never about bytes
    if not available():
        return None
    _asked += rows
    if _asked < _WORTH and os.environ.get("AUG_NUMBA") != "1":
        return None
    if loop not in _made:
        _made[loop] = _compile(loop, helpers)
    return _made[loop]


def _compile(loop: Loop, helpers: tuple[Callable[..., Any], ...]) -> Loop | None:
    try:
        import numba
        from numba.extending import register_jitable
    except ImportError:  # installed, but for another numpy or Python
        return None
    for helper in helpers:
        register_jitable(helper)
    settings: dict[str, Any] = {"nogil": True, "fastmath": False, "error_model": "numpy"}
    try:
        made: Loop = numba.njit(cache=True, **settings)(loop)
    except RuntimeError:  # neither the package nor the user's cache directory can be written to
        made = numba.njit(**settings)(loop)
    return made
