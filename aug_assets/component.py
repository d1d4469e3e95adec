"""The Dagster Component that turns a dataset's YAML into definitions, and nothing more."""

from typing import Self

import dagster as dg
from pydantic import BaseModel

from aug_assets.spec import DatasetSpec


class AugmentedDataset(dg.Component):
    """A dataset: its source, its candidates, the gates between, and its validated rows."""

    def __init__(self, spec: DatasetSpec) -> None:
        self.spec = spec

    @classmethod
    def get_model_cls(cls) -> type[BaseModel]:
        """The model that `dg check yaml` and editors hold the file to."""
        return DatasetSpec

    @classmethod
    def load(cls, attributes: BaseModel | None, context: dg.ComponentLoadContext) -> Self:  # noqa: ARG003
        """From checked attributes."""
        assert isinstance(attributes, DatasetSpec)
        return cls(attributes)

    def build_defs(self, context: dg.ComponentLoadContext) -> dg.Definitions:  # noqa: ARG002 - Dagster's signature
        """The dataset's assets, checks, job and schedule."""
        from aug_assets.assets.dataset import build_dataset

        return build_dataset(self.spec)
