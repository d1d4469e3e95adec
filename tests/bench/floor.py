"""Floors of speed that a busy machine cannot break: what is slow is slow at every look."""

from collections.abc import Callable
from typing import Any

LOOKS = 4

Figures = list[dict[str, Any]]


def best(measure: Callable[[], Figures], slow: Callable[[Figures], list[str]]) -> Figures:
    """The figures of ``measure``, each by its best look; a further look only while one is ``slow``.

    Programs beside ours press on memory and caches, and so can make one look slow, but none fast.
    """
    found = measure()
    for _ in range(LOOKS - 1):
        if not slow(found):
            break
        found = [max(pair, key=lambda one: one["value"]) for pair in zip(found, measure(), strict=True)]
    return found
