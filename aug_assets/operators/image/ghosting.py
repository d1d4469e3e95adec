"""Faint shifted copies of the picture along one axis, as motion leaves them in magnetic resonance.

Source: Wood and Henkelman, "MR image artifacts from periodic motion", Medical Physics 12(2), 1985: a signal
that changes every n-th line of k-space returns as copies an n-th of the field apart, wrapped at its border.

Not for X-ray and CT, which have no k-space, nor for high intensities where labels are small: a lesion's ghost
has no label.
"""

from typing import Any, ClassVar, Literal

import numpy as np
from numpy.random import Generator
from pydantic import Field

from aug_assets.operators import base
from aug_assets.operators.image.base import ImageOperator, Sample
from aug_assets.operators.image.ranges import Range, drawn
from aug_assets.operators.image.signal import by_rows
from aug_assets.operators.image.tables import F32

_MOST = 12


class GhostingParams(base.Params):
    """Parameters of ``ghosting``."""

    operator: Literal["ghosting"] = "ghosting"
    count: tuple[int, int] = Field(
        (2, 5), description="Ghosts, least and most; they stand an equal part of the picture apart"
    )
    intensity: Range = Field(
        (0.02, 0.1), description="Share of the signal that goes into all ghosts together, least and most"
    )
    axis: Literal["rows", "columns"] = Field(
        "rows", description="Along what ghosts move: rows is up and down, columns left and right"
    )

    def model_post_init(self, _: Any) -> None:
        """Refuse no ghosts, and ghosts brighter than what they are of."""
        if not 1 <= self.count[0] <= self.count[1] <= _MOST:
            raise ValueError(f"count {self.count} is not from 1 to {_MOST}, the least first")
        if not 0 < self.intensity[0] <= self.intensity[1] <= 0.5:  # noqa: PLR2004
            raise ValueError(f"intensity {self.intensity} is not above 0 and up to 0.5")


class Ghosting(ImageOperator):
    """Pictures of somebody who moved."""

    name: ClassVar = "ghosting"
    version: ClassVar = "1"
    Params: ClassVar = GhostingParams

    @classmethod
    def change(
        cls, sample: Sample, state: Any, params: GhostingParams, rng: Generator
    ) -> tuple[Sample, dict[str, float]]:
        """Mix shifted copies in; see :class:`aug_assets.operators.image.base.ImageOperator`."""
        count = int(rng.integers(params.count[0], params.count[1] + 1))
        intensity = drawn(rng, params.intensity)
        along = 0 if params.axis == "rows" else 1
        length = sample.size[along]
        shifts = [round(length * k / (count + 1)) for k in range(1, count + 1)]
        kept, each = np.float32(1 - intensity), np.float32(intensity / count)

        def ghosts(values: F32, rows: slice) -> F32:
            total = np.zeros_like(values)
            for shift in shifts:
                total += _moved(sample.image, values, rows, shift, along)
            return np.asarray(kept * values + each * total)

        return sample.with_image(by_rows(sample, ghosts)), {"count": float(count), "intensity": intensity}


def _moved(image: Any, values: F32, rows: slice, shift: int, along: int) -> F32:
    """The same rows of the picture moved on by ``shift``, wrapped around."""
    if along == 1:
        return np.roll(values, shift, axis=1)
    at = (np.arange(rows.start, rows.stop) - shift) % len(image)
    return np.asarray(image[at], np.float32)
