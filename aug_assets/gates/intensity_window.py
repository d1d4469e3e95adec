"""Gate: a copy keeps bit depth, window and grey levels of its parent.

Source: the platform's own; pictures of 12 bits that pass a library of 8 are a known way to lose a finding.

Not for recipes that change the exposure on purpose: raise ``max_clipped``.
"""

from collections.abc import Sequence
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from aug_assets.gates.pictures import Beside, PictureGate, PictureParams

_EVERY = 3  # pixels: enough to count grey levels
_STEPS = 4096
_GRID = 32  # places across and down
_MATRIX = frozenset(("m00", "m01", "m02", "m10", "m11", "m12"))  # where points of the parent go


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
        if new.dtype != old.dtype or new.shape[2:] != old.shape[2:]:
            return ("bit_depth",)
        if not np.isfinite(new).all() or new.min() < one.new.low or new.max() > one.new.high:
            return ("window",)
        found = []
        before, after = _counts(old), _counts(new)
        more = _at_ends(after) - _at_ends(before) - params.max_clipped
        if more > 0 and more > _filled(one):
            found.append("clipped")
        if len(after) < params.min_levels * len(before):
            found.append("grey_levels")
        return found


def _counts(image: NDArray[Any]) -> NDArray[np.int64]:
    """How often each value is in a part of a picture, darkest first, without those that are not there.

    Where pixels are no whole numbers, 4,096 steps of the picture's own range.
    """
    rows = image[::_EVERY].reshape(-1, image[0].size)
    if image.dtype == np.uint8:
        import cv2

        counts = cv2.calcHist([rows], [0], None, [256], [0, 256]).ravel().astype(np.int64)
        return counts[counts > 0]
    part = rows[:, ::_EVERY]
    least = part.min()
    if part.dtype == np.float32:
        part = ((part - least) * (_STEPS / max(float(part.max() - least), 1e-12))).astype(np.int64)
    elif part.dtype == np.int16:
        part = part.astype(np.int64) - int(least)
    counts = np.bincount(part.ravel())
    return counts[counts > 0]


def _at_ends(counts: NDArray[np.int64]) -> float:
    """Share of pixels that are the darkest or the brightest of the picture."""
    return float(counts[[0, -1]].sum() / counts.sum()) if len(counts) > 1 else 1.0


def _filled(one: Beside) -> float:
    """Share of the frame that came in from outside of the picture, where the darkest value may be."""
    height, width = one.new.size
    places = np.stack(np.meshgrid(*[(np.arange(_GRID) + 0.5) / _GRID * side for side in (width, height)]), -1)
    share = 0.0
    for _, values in one.steps:
        if not _MATRIX.issubset(values):
            continue
        a, b, right, c, d, down = (values[name] for name in sorted(_MATRIX))
        was = (places - [right, down]) @ np.linalg.inv([[a, b], [c, d]]).T
        share += float(1 - ((was >= 0) & (was <= [width, height])).all(axis=-1).mean())
    return share
