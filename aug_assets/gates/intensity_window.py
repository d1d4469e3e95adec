"""Gate: a copy keeps bit depth, window and grey levels of its parent.

Source: the platform's own; pictures of 12 bits that pass a library of 8 are a known way to lose a finding.

Not for recipes that change the exposure on purpose: raise ``max_clipped``.
"""

from collections.abc import Sequence
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from aug_assets.gates.pictures import Beside, PictureGate, PictureParams

_EVERY = 3  # pixels across and down: enough to count grey levels
_STEPS = 4096


class IntensityWindowParams(PictureParams):
    """Settings of the ``intensity_window`` gate."""

    gate: Literal["intensity_window"] = "intensity_window"
    max_clipped: float = Field(
        0.1, ge=0, le=1, description="Share of pixels at its darkest or brightest that a copy may have more"
    )
    min_levels: float = Field(
        0.25, gt=0, le=1, description="Grey levels of a copy in grey levels of its parent, at least"
    )


class IntensityWindow(PictureGate):
    """No candidate has another bit depth, leaves the window, or is cut off at its ends."""

    name: ClassVar = "intensity_window"
    Params: ClassVar = IntensityWindowParams
    told: ClassVar = "lose bit depth, window or grey levels"

    @classmethod
    def broken(cls, one: Beside, real: Any, params: IntensityWindowParams) -> Sequence[str]:
        """See :class:`aug_assets.gates.pictures.PictureGate`."""
        if one.old is None:
            return ()
        old, new = one.old.image, one.new.image
        found = []
        if new.dtype != old.dtype or new.ndim != old.ndim:
            return ("bit_depth",)
        low, high = one.new.low, one.new.high
        if not np.isfinite(new).all() or new.min() < low or new.max() > high:
            found.append("window")
        if _at_ends(new) - _at_ends(old) > params.max_clipped:
            found.append("clipped")
        if _levels(new) < params.min_levels * _levels(old):
            found.append("grey_levels")
        return found


def _at_ends(image: Any) -> float:
    """Share of pixels that are the darkest or the brightest of the picture."""
    return float(((image == image.min()) | (image == image.max())).mean())


def _levels(image: Any) -> int:
    """How many values a picture has, in 4,096 steps of its own range where it is no whole numbers."""
    part = image[::_EVERY, ::_EVERY]
    least = part.min()
    if part.dtype == np.float32:
        part = ((part - least) * (_STEPS / max(float(part.max() - least), 1e-12))).astype(np.int64)
    else:
        part = part.astype(np.int64) - int(least)
    return int(np.count_nonzero(np.bincount(part.ravel())))
