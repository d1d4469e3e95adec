"""The catalogue of manifests: ways to train on the real rows alone, which any synthetic row must beat.

A user adds a manifest by an entry point in the group ``aug_assets.manifests``: name = "module:Class".
"""

from typing import TYPE_CHECKING, Annotated, Any, Union

from pydantic import Field

from aug_assets.manifests.base import Manifest
from aug_assets.registry import Registry

REGISTRY = Registry(
    "aug_assets.manifests",
    {
        "reweight": "aug_assets.manifests.reweight:Reweight",
        "underbag": "aug_assets.manifests.underbag:Underbag",
    },
)


def get(name: str) -> type[Manifest]:
    """The manifest of this name; KeyError when there is none."""
    manifest: type[Manifest] = REGISTRY.get(name)
    return manifest


if TYPE_CHECKING:
    Step = Any  # what it is depends on the plug-ins installed
else:
    Step = Annotated[Union[REGISTRY.params()], Field(discriminator="manifest")]  # noqa: UP007
