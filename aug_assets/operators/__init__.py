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
        "arf": "aug_assets.operators.tabular.arf:Arf",
        "blur": "aug_assets.operators.image.blur:Blur",
        "gauss_copula": "aug_assets.operators.tabular.gauss_copula:GaussCopula",
        "jitter_bootstrap": "aug_assets.operators.tabular.jitter_bootstrap:JitterBootstrap",
        "seq_cart": "aug_assets.operators.tabular.seq_cart:SeqCart",
        "smote": "aug_assets.operators.tabular.smote:Smote",
        "smote_nc": "aug_assets.operators.tabular.smote_nc:SmoteNC",
        "teacher_filter": "aug_assets.operators.tabular.teacher_filter:TeacherFilter",
    },
)


def get(name: str) -> type[Operator]:
    """The operator of this name; KeyError when there is none."""
    operator: type[Operator] = REGISTRY.get(name)
    return operator


def kind(step: Any) -> str:
    """What kind of operator a step is: generate, transform or filter."""
    return get(step.operator).kind


# One member per operator, told apart by its `operator` field: errors then name the operator's own parameters,
# and editors complete them from the JSON schema.
if TYPE_CHECKING:
    Step = Any  # what it is depends on the plug-ins installed
else:
    Step = Annotated[Union[REGISTRY.params()], Field(discriminator="operator")]  # noqa: UP007
