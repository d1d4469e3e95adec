"""The catalogue of operators.

A user adds an operator by an entry point in the group ``aug_assets.operators``: name = "module:Class".
"""

from typing import TYPE_CHECKING, Annotated, Any, Union

from pydantic import Field

from aug_assets.operators.base import Operator
from aug_assets.registry import Registry

REGISTRY = Registry(
    "aug_assets.operators",
    {
        "jitter_bootstrap": "aug_assets.operators.tabular.jitter_bootstrap:JitterBootstrap",
        "smote_nc": "aug_assets.operators.tabular.smote_nc:SmoteNC",
    },
)


def get(name: str) -> type[Operator]:
    """The operator of this name; KeyError when there is none."""
    operator: type[Operator] = REGISTRY.get(name)
    return operator


# One member per operator, told apart by its `operator` field: errors then name the operator's own parameters,
# and editors complete them from the JSON schema.
if TYPE_CHECKING:
    Step = Any  # what it is depends on the plug-ins installed
else:
    Step = Annotated[Union[REGISTRY.params()], Field(discriminator="operator")]  # noqa: UP007
