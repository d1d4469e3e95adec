"""Pictures of a street in fog: far things fade into lit air, by depth where it is known.

Without a depth map, distance is guessed from flat ground, sky and where objects stand; objects fade in
without a border, so that no picture shows where its boxes are. Only where the dataset opts in do they follow
the outline of the mask that marks them: a model could then find labelled objects by the step in the fog
around them, which other things do not have. A box with less than 5 % of its contrast is marked to be ignored.

Source: Koschmieder's law with a contrast threshold of 2 %, as Sakaridis, Dai and Van Gool, "Semantic Foggy
Scene Understanding with Synthetic Data", IJCV 126, 2018, use it.

Not for rooms and close-ups, where the guess of distance is wrong, and not for pictures taken in fog.
"""

from dataclasses import replace
from typing import Any, ClassVar, Literal, Self

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from pydantic import Field, model_validator

from aug_assets.operators.image.base import ImageOperator, Sample
from aug_assets.operators.image.objects import distances, outlined
from aug_assets.operators.image.ranges import Range, drawn
from aug_assets.operators.image.tables import F32
from aug_assets.operators.image.weather import (
    SKY_M,
    CameraParams,
    Scene,
    airlight_of,
    blended,
    looked_at,
    sky_at,
    spread,
    transmission,
)

_FAINT = 0.05  # of the contrast: less is not to be seen


class FogParams(CameraParams):
    """Parameters of ``fog``."""

    operator: Literal["fog"] = "fog"
    visibility_m: Range = Field(
        (60, 400), description="Distance in metres at which 2 % of contrast is left, least and most, above 5"
    )
    airlight: Range = Field(
        (0.8, 0.95),
        description="Brightness of thick fog as a share of the range of grey values, limited and tinted by"
        " the picture's own light, least and most",
    )

    outlines: bool = Field(
        default=False,
        description="Whether objects of a picture without depth follow the outlines of their mask; then steps"
        " in the fog can tell labelled objects from others",
    )

    @model_validator(mode="after")
    def _sensible(self) -> Self:
        if self.visibility_m[0] < 5:  # noqa: PLR2004 - metres
            raise ValueError(f"visibility_m {self.visibility_m} is not 5 or more")
        if not 0 < self.airlight[0] <= self.airlight[1] <= 1:
            raise ValueError(f"airlight {self.airlight} is not above 0 and up to 1")
        return self


class Fog(ImageOperator):
    """Pictures in fog."""

    name: ClassVar = "fog"
    version: ClassVar = "2"
    Params: ClassVar = FogParams

    @classmethod
    def change(
        cls, sample: Sample, state: Any, params: FogParams, rng: Generator
    ) -> tuple[Sample, dict[str, float]]:
        """Put the scene into fog; see :class:`aug_assets.operators.image.base.ImageOperator`."""
        visibility, share = drawn(rng, params.visibility_m), drawn(rng, params.airlight)
        scene = looked_at(sample, params)
        mask = sample.masks.get(state.columns.only("objects")) if state is not None else None
        metres = distances(sample, mask, scene, params)
        left = _left(sample, mask if params.outlines else None, scene, metres, visibility)
        fall = np.linspace(1.0, 0.92, sample.size[0], dtype=np.float32)[:, None]  # darker towards the ground
        made = sample.with_image(blended(sample, left, airlight_of(sample, share), fall))
        values = {"visibility_m": visibility, "airlight": share, "depth_given": sample.depth is not None}
        if sample.boxes is not None:
            faint = transmission(metres, visibility) < _FAINT
            made = replace(made, boxes=replace(sample.boxes, ignore=sample.boxes.ignore | faint))
            values["boxes_faint"] = int(faint.sum())
        return made, {name: float(value) for name, value in values.items()}


def _left(
    sample: Sample, mask: NDArray[Any] | None, scene: Scene, metres: NDArray[np.float64], visibility: float
) -> F32:
    """What the air lets through of each pixel."""
    if sample.depth is not None and sample.depth.min() > 0:
        return transmission(sample.depth, visibility)
    left = spread(transmission(scene.things, visibility), sample.size)
    sky = sky_at(sample, scene)
    left += (transmission(SKY_M, visibility) - left) * sky
    if sample.depth is not None:
        return np.where(sample.depth > 0, transmission(sample.depth, visibility), left)
    if sample.boxes is not None:
        outlined(left, sample.boxes, mask, transmission(metres, visibility))
    return left
