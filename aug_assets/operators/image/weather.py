"""What operators of weather share: where the sky is, how far things are, and what the air lets through.

Where a dataset has no depth, distance is a rough guess from a camera above flat ground between two walls.
"""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from aug_assets.operators import base
from aug_assets.operators.image.base import Sample
from aug_assets.operators.image.tables import F32, ROWS, flat, legal, span

CONTRAST = 3.912  # -ln(0.02): what is seen at the visibility has 2 % of its contrast left
SKY_M = 2000.0
_FARTHEST_M = 400.0  # where ground and walls of the guess end
_WALL_M = 14.0  # from the camera to either side
_FEW = 24  # rows and columns of pixels that tell how bright a picture is
_GRID = 160  # pixels of the longer side in which sky and distance are looked for
_SKY_FROM_M = 800.0  # in a depth map
_BRIGHT = 0.72  # of the brightest above the horizon
_COOL = 0.92  # blue to red
_SOFT = 0.07  # of the range of grey
_COLOURS = 3
_STEEP = np.float32(0.022)  # of the range of grey, a pixel of that grid: more is no sky


class CameraParams(base.Params):
    """What is assumed of the camera where the dataset has no depth."""

    horizon: float = Field(
        0.45, gt=0, lt=1, description="Where flat ground ends, as a share of the height from the top"
    )
    focal: float = Field(1.0, gt=0.1, le=5, description="Focal length as a share of the picture's width")
    camera_height_m: float = Field(1.4, gt=0, le=50, description="Camera above the ground in metres")


class Scene(NamedTuple):
    """What was found out about a picture on a coarse grid; nothing of it comes from labels.

    Attributes:
        colour: float32 (rows, columns, channels), grey values.
        sky: float32 (rows, columns), the share of a pixel that is sky.
        things: float32 (rows, columns), metres to what stands there, were there no sky.
        down: float32 (rows, 1), where each row lies from the top of the picture to its bottom, 0 to 1.
    """

    colour: F32
    sky: F32
    things: F32
    down: F32

    @property
    def distance(self) -> F32:
        """Metres with the sky far away, float32 (rows, columns)."""
        return np.asarray(self.things + (np.float32(SKY_M) - self.things) * self.sky)


def looked_at(sample: Sample, camera: CameraParams) -> Scene:
    """Sky and distance; a depth map counts where it knows something."""
    import cv2

    size = sample.size
    rows, columns, step = grid(size)
    whole = sample.image[: rows * step, : columns * step]
    small = cv2.resize(whole, (columns, rows), interpolation=cv2.INTER_AREA).astype(np.float32)
    colour = small.reshape(rows, columns, -1)
    down = ((np.arange(rows, dtype=np.float32) + np.float32(0.5)) / np.float32(rows))[:, None]
    things = guessed_m(rows, columns, size, camera)
    if sample.depth is None:
        return Scene(colour, _sky(colour, span(sample), down, camera.horizon), things, down)
    far, holes = (plane.astype(np.float32) for plane in (sample.depth > _SKY_FROM_M, sample.depth <= 0))
    sky = np.asarray(cv2.resize(far, (columns, rows), interpolation=cv2.INTER_AREA), np.float32)
    if holes.any():
        share = cv2.resize(holes, (columns, rows), interpolation=cv2.INTER_AREA)
        sky += share * _sky(colour, span(sample), down, camera.horizon)
    return Scene(colour, sky, known_m(sample.depth, things), down)


def grid(size: tuple[int, int]) -> tuple[int, int, int]:
    """Rows and columns of the coarse grid, and how many pixels of the picture a pixel of it is wide.

    The step is whole, which OpenCV shrinks by five times as fast.
    """
    step = max(1, -(-max(size) // _GRID))
    return max(1, size[0] // step), max(1, size[1] // step), step


def _sky(colour: F32, ends: tuple[float, float], down: F32, horizon: float) -> F32:
    """What is smooth, bright, not warm and joined to the upper border, with a soft edge."""
    import cv2

    light = (colour - np.float32(ends[0])) / np.float32((ends[1] - ends[0]) or 1)
    planes = cv2.split(light)
    grey, value = _mean(planes), np.maximum.reduce(planes)
    above = down < np.float32(horizon + 0.08)
    upper = value[above[:, 0]]
    bright = value > np.float32(_BRIGHT) * (np.sort(upper[::4], axis=None)[-1 - upper[::4].size // 20])
    if len(planes) == _COLOURS:
        bright &= planes[2] > np.float32(_COOL) * planes[0]
    across, along = (cv2.Sobel(grey, cv2.CV_32F, *order, scale=0.125) for order in ((1, 0), (0, 1)))
    smooth = (cv2.magnitude(across, along) < _STEEP) & bright & above
    _, parts = cv2.connectedComponents(smooth.astype(np.uint8), connectivity=4)
    found = np.zeros(int(parts.max()) + 1, np.uint8)
    found[np.unique(parts[0])] = 1
    found[0] = 0
    near = cv2.dilate(found[parts], np.ones((3, 3), np.uint8)) & bright.astype(np.uint8)
    return np.asarray(cv2.GaussianBlur(near.astype(np.float32), (3, 3), 0))


def _mean(planes: Sequence[Any]) -> F32:
    """Over the channels; numpy's own takes ten times as long along so short an axis."""
    return np.asarray(sum(planes[1:], planes[0]) * np.float32(1 / len(planes)), np.float32)


def sky_at(sample: Sample, scene: Scene) -> F32:
    """The share of each pixel that is sky, float32 (height, width), with poles and leaves left out."""
    import cv2

    if sample.depth is not None and sample.depth.min() > 0:
        return np.asarray(sample.depth > _SKY_FROM_M, np.float32)
    wide = np.asarray(cv2.dilate(scene.sky, np.ones((3, 3), np.uint8)), np.float32)
    if not wide.any():
        return spread(wide, sample.size)
    grey = _mean(cv2.split(scene.colour))
    lit, share = (cv2.GaussianBlur(plane, (0, 0), 4) for plane in (grey * scene.sky, scene.sky))
    level = np.asarray(lit / (share + np.float32(1e-6)), np.float32)
    low, high = span(sample)
    soft = np.float32(_SOFT * ((high - low) or 1))
    own = sample.image.reshape(*sample.size, -1)
    pixels = cv2.transform(own.astype(np.float32), np.full((1, own.shape[2]), 1 / own.shape[2], np.float32))
    like = np.clip(2 - np.abs(pixels.reshape(sample.size) - spread(level, sample.size)) / soft, 0, 1)
    return np.asarray(like * spread(wide, sample.size), np.float32)


def guessed_m(rows: int, columns: int, size: tuple[int, int], camera: CameraParams) -> F32:
    """Metres to flat ground or to a wall on either side, whichever is nearer; read-only."""
    return _guessed_m(rows, columns, size, camera.horizon, camera.focal, camera.camera_height_m)


@lru_cache(maxsize=16)  # the pictures of a camera are of one size
def _guessed_m(
    rows: int, columns: int, size: tuple[int, int], horizon: float, focal: float, camera_height_m: float
) -> F32:
    camera = CameraParams(operator="any", horizon=horizon, focal=focal, camera_height_m=camera_height_m)
    height, width = size
    focal = camera.focal * width
    below = (np.arange(rows) + 0.5) / rows * height - camera.horizon * height
    aside = np.abs((np.arange(columns) + 0.5) / columns - 0.5) * width
    ground = ground_m(below, camera, width)
    walls = np.minimum(_WALL_M * focal / np.maximum(aside, 1e-6), _FARTHEST_M)
    metres = np.asarray(np.minimum(ground[:, None], walls[None, :]), np.float32)
    metres.flags.writeable = False
    return metres


def ground_m(below: Any, camera: CameraParams, width: int) -> NDArray[np.float64]:
    """Metres to flat ground that is seen so many pixels below the horizon; the farthest above it."""
    near = camera.camera_height_m * camera.focal * width / np.maximum(below, 1e-6)
    return np.asarray(np.minimum(near, _FARTHEST_M))


def known_m(depth: F32, guess: F32) -> F32:
    """A depth map on the coarse grid of a guess; its holes get what it knows nearby, far ones the guess."""
    import cv2

    size = guess.shape[::-1]
    known = (depth > 0).astype(np.float32)
    nearness = np.where(depth > 0, 1 / np.maximum(depth, np.float32(0.1)), np.float32(0))
    share = cv2.resize(known, size, interpolation=cv2.INTER_AREA)
    total = cv2.resize(nearness, size, interpolation=cv2.INTER_AREA)
    if share.min() < 1:
        weight = np.float32(1e-3)
        for reach in (1.5, 6.0):
            total, share = (
                part + (1 - share) * cv2.GaussianBlur(part, (0, 0), reach) for part in (total, share)
            )
        total, share = total + weight / guess, share + weight
    return np.asarray(np.maximum(share, np.float32(1e-6)) / np.maximum(total, np.float32(1e-6)))


def spread(plane: F32, size: tuple[int, int]) -> F32:
    """A plane of the coarse grid at the size of the picture."""
    import cv2

    return np.asarray(cv2.resize(plane, size[::-1], interpolation=cv2.INTER_LINEAR), np.float32)


def transmission(distance: Any, visibility_m: float) -> F32:
    """The share of light, and so of contrast, that is left after so many metres of air."""
    return np.asarray(np.exp(np.asarray(distance, np.float32) * np.float32(-CONTRAST / visibility_m)))


def airlight_of(sample: Sample, share: float) -> F32:
    """The colour of lit air in grey values, (channels,): a share of the brightest there is, little coloured.

    Half of it is the range's, half the picture's own: air is not white at night.
    """
    rows, columns = (max(1, side // _FEW) for side in sample.size)
    few = sample.image[rows // 2 :: rows, columns // 2 :: columns]
    seen = np.sort(few.reshape(few.shape[0] * few.shape[1], -1).astype(np.float32), axis=0)
    low, high = span(sample)
    brightest = seen[-max(1, len(seen) // 20) :].mean(axis=0) - np.float32(low)
    level = np.float32(share / 2) * (brightest.max() + np.float32(high - low))
    hue = brightest / max(float(brightest.mean()), 1e-6)
    return np.asarray(low + level * (np.float32(0.8) + np.float32(0.2) * hue), np.float32)


def blended(sample: Sample, left: NDArray[Any], air: F32, fall: F32 | None = None) -> NDArray[Any]:
    """The picture where ``left`` is whole, ``air`` where it is 0.

    Args:
        sample: The sample.
        left: (height, width), float32 from 0 to 1 or uint8 from 0 to 255.
        air: float32 (channels,), grey values.
        fall: float32 (height, 1), the share of the air's light in each row; 1 without it.
    """
    if sample.image.dtype == np.uint8:
        return _blended_bytes(sample, left, air, fall)
    low = np.float32(sample.low)
    row = np.tile(air - low, sample.size[1])[None, :]
    left = left if left.dtype == np.float32 else left * np.float32(1 / 255)

    def change(pixels: F32, part: slice) -> F32:
        colour = row + low if fall is None else row * fall[part] + low
        pixels -= colour
        pixels *= repeated(left[part], len(air))
        pixels += colour
        return pixels

    return by_tiles(sample, change)


def _blended_bytes(sample: Sample, left: NDArray[Any], air: F32, fall: F32 | None) -> NDArray[Any]:
    """The same in 8 bits at a third of the time, in steps of 1/255."""
    import cv2

    old = flat(sample.image)
    made = np.empty_like(old)
    for top in range(0, len(old), 2 * ROWS):
        part = slice(top, min(top + 2 * ROWS, len(old)))
        share = left[part] if left.dtype == np.uint8 else cv2.convertScaleAbs(left[part], alpha=255)
        gone = cv2.bitwise_not(share) if fall is None else (255 - share) * fall[part]
        lit = [cv2.convertScaleAbs(gone, alpha=float(colour) / 255) for colour in air]
        kept = cv2.multiply(old[part], repeated(share, len(air)), scale=1 / 255)
        cv2.add(kept, cv2.merge(lit).reshape(kept.shape), dst=made[part])
    return legal(sample, made).reshape(sample.image.shape)


def repeated(plane: NDArray[Any], channels: int) -> NDArray[Any]:
    """A plane (rows, width) once for each channel, (rows, width * channels): channels lie side by side."""
    import cv2

    return plane if channels == 1 else np.asarray(cv2.merge([plane] * channels)).reshape(len(plane), -1)


def by_tiles(sample: Sample, change: Callable[[F32, slice], F32]) -> NDArray[Any]:
    """The picture with ``change`` applied to stretches of rows, float32 (rows, width * channels) each.

    It may work in place. The result is cut off at what is legal, whole numbers rounded to even.
    """
    import cv2

    image = sample.image
    old = flat(image)
    made = np.empty_like(old)
    for top in range(0, len(old), ROWS):
        part = slice(top, min(top + ROWS, len(old)))
        new = change(old[part].astype(np.float32), part)
        cv2.add(new, _NOTHING, dst=made[part], dtype=_DEPTHS[image.dtype.name])  # rounds and cuts off
    return legal(sample, made).reshape(image.shape)


_NOTHING: Any = 0
_DEPTHS = {"uint8": 0, "uint16": 2, "int16": 3, "float32": 5}  # OpenCV's numbers
