"""The package albumentations: whether it is the right one, and a recipe of it as a callable."""

import json
import os
import warnings
from functools import lru_cache
from importlib import metadata
from typing import Any

from aug_assets.errors import SpecError

VERSION = "2.0.8"
# Of a Compose, replaced by the dataset's.
_OWN = ("additional_targets", "bbox_params", "keypoint_params", "seed")


def package() -> Any:
    """The package, with its look at the package index turned off.

    Raises:
        SpecError: It is not installed, or another version is.
    """
    try:
        found = metadata.version("albumentations")
    except metadata.PackageNotFoundError:
        found = "not installed"
    if found != VERSION:
        raise SpecError(
            "the operator albumentations needs the package of that name", seen=found, legal=VERSION,
            todo='pip install "aug-assets[albumentations]"',
        )  # fmt: skip
    os.environ["NO_ALBUMENTATIONS_UPDATE"] = "1"  # read when it is imported
    import albumentations

    return albumentations


@lru_cache(maxsize=8)
def pipeline(text: str, masks: tuple[str, ...]) -> Any:
    """The recipe as a callable that carries boxes, points and masks; the same object for the same arguments.

    Args:
        text: The recipe as JSON.
        masks: Names of further arrays that move like masks.

    Raises:
        SpecError: The package is missing, or the recipe is none that it can build.
    """
    a, recipe = package(), json.loads(text)
    recipe["transform"] = {k: v for k, v in recipe["transform"].items() if k not in _OWN}
    try:
        boxes = a.BboxParams("albumentations", label_fields=["box_at"], check_each_transform=False)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # that a recipe of pixels only moves no boxes
            built = a.Compose(
                [a.from_dict(recipe)],
                bbox_params=boxes,
                keypoint_params=a.KeypointParams("xy", label_fields=["point_at"], remove_invisible=False),
                additional_targets=dict.fromkeys(masks, "mask"),
                save_applied_params=True,
            )
    except Exception as error:
        raise SpecError(
            f"albumentations cannot build this recipe: {error}", seen=recipe["transform"],
            legal=f"what albumentations.to_dict of {VERSION} returns", todo="correct the recipe",
        ) from error  # fmt: skip
    # It would cut boxes off at the frame and drop small ones: what is left of a box could not be told.
    built.processors["bboxes"].filter = lambda boxes, _: boxes
    built.processors["bboxes"].check = lambda *_: None
    return built


def failed(error: BaseException) -> str:
    """The name of the innermost transform on the way to an error."""
    transform, name, trace = package().BasicTransform, "the recipe", error.__traceback__
    while trace is not None:
        if isinstance(here := trace.tb_frame.f_locals.get("self"), transform):
            name = type(here).__name__
        trace = trace.tb_next
    return name
