"""Small models, one a modality, to measure benefit with."""

from typing import TYPE_CHECKING, Any

from aug_assets.errors import SpecError

if TYPE_CHECKING:
    from aug_assets.learners.base import Learner
    from aug_assets.spec import DatasetSpec


def of(spec: "DatasetSpec") -> tuple[Any, "Learner"]:
    """What a model of the dataset reads, and the model that learns it.

    Raises:
        SpecError: Its rows have no class that a model could learn.
    """
    from aug_assets.learners import image, tabular, text

    if spec.modality == "image":
        return image.features(spec), image.linear_image
    if spec.modality == "text":
        return text.features(spec), text.linear_text
    if spec.modality == "tabular":
        return tabular.features(spec), tabular.boosted
    raise SpecError(
        f"{spec.id} holds sessions: their benefit is measured by the next item, not by a class",
        seen=spec.modality, legal="tables, pictures or texts", todo="run `aug bench benefit`",
    )  # fmt: skip
