"""Other brightness and contrast by a smooth curve that never swaps two intensities and keeps both ends.

Source: Zhou, Sodha, Pang, Gotway and Liang, "Models Genesis", Medical Image Analysis 67, 2021: strictly
monotone intensity curves for X-ray and CT, where the order of intensities is the order of densities.

Not for values that are a measured quantity with thresholds of its own, such as Hounsfield units: use a small
shift there. Neighbouring intensities may meet where the curve is flat; they never change places.
"""

from typing import Any, ClassVar, Literal

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from pydantic import Field

from aug_assets.operators import base
from aug_assets.operators.image.base import ImageOperator, Sample
from aug_assets.operators.image.ranges import Range, drawn
from aug_assets.operators.image.signal import by_rows, scale
from aug_assets.operators.image.tables import mapped

_FLATTEST = 0.1


class ToneCurveParams(base.Params):
    """Parameters of ``tone_curve``."""

    operator: Literal["tone_curve"] = "tone_curve"
    midtone: Range = Field(
        (-0.05, 0.05),
        description="How much brighter the middle of the range gets, as a share of the range, least and most",
    )
    contrast: Range = Field(
        (-0.15, 0.15),
        description="How much steeper the curve is in the middle of the range, as a share, least and most",
    )

    def model_post_init(self, _: Any) -> None:
        """Refuse a curve that could turn back: its slope is 1 - 4 |midtone| - 2 |contrast| at the least."""
        bend, turn = (max(abs(v) for v in pair) for pair in (self.midtone, self.contrast))
        if 4 * bend + 2 * turn > 1 - _FLATTEST:
            told = f"4 * {bend} + 2 * {turn} is above {1 - _FLATTEST}, so the curve could turn back"
            raise ValueError(f"midtone and contrast: {told}")


class ToneCurve(ImageOperator):
    """Pictures developed otherwise."""

    name: ClassVar = "tone_curve"
    version: ClassVar = "1"
    Params: ClassVar = ToneCurveParams

    @classmethod
    def change(
        cls, sample: Sample, state: Any, params: ToneCurveParams, rng: Generator
    ) -> tuple[Sample, dict[str, float]]:
        """Look intensities up; see :class:`aug_assets.operators.image.base.ImageOperator`."""
        midtone, contrast = drawn(rng, params.midtone), drawn(rng, params.contrast)
        told = {"midtone": midtone, "contrast": contrast}
        low, width = scale(sample)

        def curved(values: NDArray[Any], _: slice | None = None) -> NDArray[Any]:
            return low + width * _curve(np.clip((values - low) / width, 0, 1), midtone, contrast)

        made = by_rows(sample, curved) if sample.image.dtype == np.float32 else mapped(sample, curved)
        return sample.with_image(made), told


def _curve(share: NDArray[Any], midtone: float, contrast: float) -> NDArray[Any]:
    """From 0..1 to 0..1 with the ends kept; additions and products only, the same on every processor."""
    return np.asarray(share + share * (1 - share) * (4 * midtone - 2 * contrast * (1 - 2 * share)))
