"""The catalogue of gates.

A user adds a gate by an entry point in the group ``aug_assets.gates``: name = "module:Class".
"""

from typing import TYPE_CHECKING, Annotated, Any, Union

from pydantic import Field

from aug_assets.gates.base import Gate
from aug_assets.registry import Registry

REGISTRY = Registry(
    "aug_assets.gates",
    {
        "column_skew": "aug_assets.gates.column_skew:ColumnSkew",
        "exact_copies": "aug_assets.gates.exact_copies:ExactCopies",
        "rules": "aug_assets.gates.rules:Rules",
        "schema": "aug_assets.gates.schema:Schema",
    },
)

VERDICT = (
    "verdict"  # the check that every gate has spoken; it is not itself a gate, so nobody can turn it off
)


def get(name: str) -> type[Gate]:
    """The gate of this name; KeyError when there is none."""
    gate: type[Gate] = REGISTRY.get(name)
    return gate


def defaults() -> tuple[Any, ...]:
    """Every built-in gate with its default settings: what judges a dataset that says nothing about gates."""
    return tuple(get(name).Params(gate=name) for name in REGISTRY.built_in)


if TYPE_CHECKING:
    Step = Any  # what it is depends on the plug-ins installed
else:
    Step = Annotated[Union[REGISTRY.params()], Field(discriminator="gate")]  # noqa: UP007
