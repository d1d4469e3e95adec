"""A catalogue of classes by name: sorted data for what is built in, entry points for what users add."""

from collections.abc import Mapping
from functools import cached_property
from importlib import import_module
from importlib.metadata import entry_points
from typing import Any


class Registry:
    """Names mapped to ``module:Class``, imported when first used.

    Args:
        group: The entry point group in which users register classes of their own.
        built_in: Name to path; must be sorted, so that two people who add one meet in a merge.

    Raises:
        ValueError: ``built_in`` is not sorted.
    """

    def __init__(self, group: str, built_in: Mapping[str, str]) -> None:
        if list(built_in) != sorted(built_in):
            raise ValueError(f"{group}: the built-in names are not in alphabetical order")
        self.group = group
        self.built_in = dict(built_in)

    @cached_property
    def paths(self) -> dict[str, str]:
        """All names and where they live; an entry point may not replace a built-in."""
        added = {point.name: point.value for point in entry_points(group=self.group)}
        if clash := sorted(set(added) & set(self.built_in)):
            raise ValueError(f"{self.group}: entry points would replace built-in names {clash}; rename them")
        return dict(sorted({**self.built_in, **added}.items()))

    def get(self, name: str) -> Any:
        """The class of this name; KeyError when there is none."""
        module, _, attribute = self.paths[name].partition(":")
        return getattr(import_module(module), attribute)

    def params(self) -> tuple[Any, ...]:
        """The parameter model of every class, in the order of the names."""
        return tuple(self.get(name).Params for name in self.paths)
