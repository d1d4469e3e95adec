"""A recipe of albumentations, as its ``to_dict`` writes one, with a seed a row and no box lost unseen.

Source: Buslaev et al., "Albumentations: Fast and Flexible Image Augmentations", Information 11(2), 2020; the
package albumentations 2.0.8, the last one under the MIT licence, which nobody maintains.

Not for pictures of 16 bits, on which some of its transforms fail, and not where an operator of the platform
does the same: gates know what those record, but not the names that the package gives its own draws.
"""

import json
from collections.abc import Iterator
from typing import Any, ClassVar, Literal

import numpy as np
import pandas as pd
from numpy.random import Generator
from pydantic import Field

from aug_assets.errors import SpecError
from aug_assets.operators import base
from aug_assets.operators.image import carried, peer
from aug_assets.operators.image.affine import Affine, AffineParams
from aug_assets.operators.image.base import ImageOperator, Sample
from aug_assets.operators.image.flip import Flip, FlipParams

_DTYPES = ("float32", "uint8")
_MOST = 64  # numbers of one parameter in the provenance of a row
_SAME = ("fill", "fill_mask", "interpolation", "shape")  # settings, which the recipe has
_MIRRORS = {
    "D4": "vertical",
    "HorizontalFlip": "horizontal",
    "SquareSymmetry": "vertical",
    "Transpose": "vertical",
    "VerticalFlip": "vertical",
}
_TURNS = {  # the parameter that says how far, in degrees, and what it is when it is left out
    "Affine": ("rotate", 0.0),
    "D4": ("", 180.0),
    "RandomRotate90": ("", 180.0),
    "Rotate": ("limit", 90.0),
    "SafeRotate": ("limit", 90.0),
    "ShiftScaleRotate": ("rotate_limit", 45.0),
    "SquareSymmetry": ("", 180.0),
    "Transpose": ("", 90.0),
}


class AlbumentationsParams(base.Params):
    """Parameters of ``albumentations``."""

    operator: Literal["albumentations"] = "albumentations"
    recipe: dict[str, Any] = Field(
        description="What `to_dict` of a transform or Compose returned; its settings for boxes, points and"
        " seeds are replaced by the dataset's"
    )

    def model_post_init(self, _: Any) -> None:
        """Refuse what ``to_dict`` never writes."""
        if not list(_leaves(self.recipe.get("transform"))):
            raise ValueError("the recipe has no transform; expected what albumentations.to_dict returns")


class Albumentations(ImageOperator):
    """Pictures changed by a recipe that somebody brings along."""

    name: ClassVar = "albumentations"
    version: ClassVar = "2"
    Params: ClassVar = AlbumentationsParams

    @classmethod
    def unsafe(cls, params: AlbumentationsParams, facts: base.Facts) -> str | None:
        """What ``flip`` and ``affine`` would say; see :class:`aug_assets.operators.base.Operator`."""
        for step in _leaves(params.recipe["transform"]):
            name = _short(step)
            reason = _mirrored(name, facts) or _turned(name, step, facts)
            if reason:
                return f"{name} in its recipe: {reason}"
        return None

    @classmethod
    def fit(cls, rows: pd.DataFrame, columns: base.Columns, params: AlbumentationsParams) -> Any:
        """Build the recipe and look at the pictures; see :class:`aug_assets.operators.base.Operator`.

        Raises:
            SpecError: The package is missing or another version, the recipe is none of its, or pictures are
                of a dtype that it does not serve.
        """
        peer.pipeline(json.dumps(params.recipe), ())
        odd = [p for p in rows[columns.only("image")] if p.dtype not in _DTYPES]
        if odd:
            names = ", ".join(dict.fromkeys(map(_short, _leaves(params.recipe["transform"]))))
            raise SpecError(
                f"albumentations does not serve pictures of {odd[0].dtype} in {names}", seen=odd[0],
                legal=", ".join(_DTYPES), todo="use operators of the platform, which take every dtype",
            )  # fmt: skip
        return super().fit(rows, columns, params)

    @classmethod
    def change(
        cls, sample: Sample, state: Any, params: AlbumentationsParams, rng: Generator
    ) -> tuple[Sample, dict[str, float]]:
        """Run the recipe; see :class:`aug_assets.operators.image.base.ImageOperator`.

        Provenance has each transform that ran, as ``<place>.<name>``, which is 1, and its concrete numbers
        as ``<place>.<name>.<parameter>``, those of a small array each with its place. Fields of a number a
        pixel, such as noise, follow from the seed.
        """
        seed = int(rng.bit_generator.random_raw()) >> 32
        text, objects = json.dumps(params.recipe), state.columns.only("objects")
        made, gone, applied = carried.through(text, sample, seed, objects)
        told = {"seed": float(seed), "boxes_gone": float(gone)}
        for place, (name, values) in enumerate(applied):
            told |= {f"{place}.{name}{rest}": value for rest, value in _numbers(values)}
        return made, {name: told[name] for name in sorted(told)}


def _numbers(values: dict[str, Any]) -> Iterator[tuple[str, float]]:
    """What a transform did, as numbers: that it ran, and its parameters."""
    yield "", 1.0
    for name, value in values.items():
        numbers = np.asarray(value)
        if name in _SAME or numbers.dtype.kind not in "biuf" or not 0 < numbers.size <= _MOST:
            continue
        flat = numbers.astype(np.float64).ravel().tolist()
        if numbers.ndim == 0:
            yield f".{name}", flat[0]
        else:
            yield from ((f".{name}.{n}", number) for n, number in enumerate(flat))


def _leaves(step: Any) -> Iterator[dict[str, Any]]:
    """The transforms of a recipe, without what only holds others."""
    if not isinstance(step, dict) or "__class_fullname__" not in step:
        return
    if "transforms" not in step:
        yield step
    for inner in step.get("transforms", ()):
        yield from _leaves(inner)


def _short(step: dict[str, Any]) -> str:
    return str(step["__class_fullname__"]).rpartition(".")[2]


def _mirrored(name: str, facts: base.Facts) -> str | None:
    if name not in _MIRRORS:
        return None
    if facts.safety.mirrored_labels:
        return "it cannot rename labels, and safety.mirrored_labels has some; use flip"
    return Flip.unsafe(FlipParams.model_validate({"axis": _MIRRORS[name]}), facts)


def _turned(name: str, step: dict[str, Any], facts: base.Facts) -> str | None:
    if name not in _TURNS:
        return None
    key, usual = _TURNS[name]
    turn = float(np.abs(np.asarray(step.get(key, usual), np.float64)).max())
    return Affine.unsafe(AffineParams(rotation_deg=(-min(turn, 180.0), min(turn, 180.0))), facts)
