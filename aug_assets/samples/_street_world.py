"""The place of an invented street frame: sky, ground and houses as a camera above the road sees them.

Everything is drawn at twice the size, with its distance, and shrunk at the end. Metres: x to the right of the
camera, z ahead, y up from the ground.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.random import Generator, Philox
from numpy.typing import NDArray

HEIGHT, WIDTH = 160, 288
TWICE = 2
_HALF = 0.5
SKY_M = 1000.0
F32 = NDArray[np.float32]
_H, _W = HEIGHT * TWICE, WIDTH * TWICE


@dataclass(frozen=True)
class Drive:
    """What stays the same while a car drives through a street."""

    seed: int
    clear: bool
    kind: str  # city, suburb or country
    half_road: float  # metres from the middle of the road to the kerb
    camera_y: float
    sun_side: int
    hue: float

    @classmethod
    def of(cls, seed: int) -> "Drive":
        """The drive of this number."""
        rng = Generator(Philox(key=seed))
        clear = bool(rng.random() < 0.55)  # noqa: PLR2004
        kind = ("city", "suburb", "country")[int(rng.choice(3, p=(0.45, 0.35, 0.2)))]
        half = float(rng.uniform(3.4, 4.2) + (1.2 if kind == "city" else 0))
        return cls(seed, clear, kind, half, float(rng.uniform(1.3, 1.6)), 1 if rng.random() < _HALF else -1,
                   float(rng.uniform(0, 1)))  # fmt: skip


class Canvas:
    """A frame being drawn: float32 colours 0 to 1, distances, and which object each pixel shows."""

    def __init__(self, drive: Drive, pitch: float, shift: float, yaw: float) -> None:
        self.drive, self.focal = drive, 0.95 * _W
        self.horizon, self.middle = _H * (0.43 + pitch), _W * (0.5 + yaw)
        self.x0 = shift  # metres of the camera to the right of the road's middle
        self.colour = np.zeros((_H, _W, 3), np.float32)
        self.metres = np.full((_H, _W), SKY_M, np.float32)
        self.marks = np.zeros((_H, _W), np.uint8)

    def pixel(self, x: Any, y: Any, z: Any) -> tuple[Any, Any]:
        """Where a place is seen."""
        across = self.middle + self.focal * (np.asarray(x) - self.x0) / z
        return across, self.horizon + self.focal * (self.drive.camera_y - np.asarray(y)) / z


def noise(rng: Generator, rows: int, columns: int, grains: int, octaves: int = 4) -> F32:
    """Smooth noise around 0, of about unit variance, with ``grains`` across."""
    import cv2

    total = np.zeros((rows, columns), np.float32)
    for n in range(octaves):
        count = grains * 2**n
        grain = rng.standard_normal((max(2, count * rows // columns + 1), count + 1), np.float32)
        total += cv2.resize(grain, (columns, rows), interpolation=cv2.INTER_CUBIC) * np.float32(0.55**n)
    return total


def paint_sky(canvas: Canvas, rng: Generator) -> None:
    """A gradient, clouds, and hills where the street ends."""
    drive, bottom = canvas.drive, int(canvas.horizon) + 3
    v = (np.arange(bottom, dtype=np.float32) / np.float32(canvas.horizon))[:, None]
    clouds = _doubled(noise(rng, bottom // 2 + 1, _W // 2, 4))[:bottom]
    if drive.clear:
        top, low, white = (0.30, 0.50, 0.80), (0.80, 0.87, 0.93), (0.97, 0.97, 0.98)
        share = np.clip((clouds * (0.4 + 0.6 * v) - 0.55) * 0.7, 0, 0.85)
    else:
        top, low, white = (0.62, 0.65, 0.69), (0.85, 0.86, 0.87), (0.45, 0.47, 0.5)
        share = np.clip(0.1 + clouds * 0.07, -0.1, 0.3)
    fall = v**1.3
    for n in range(3):
        sky = np.float32(top[n]) + np.float32(low[n] - top[n]) * fall
        canvas.colour[:bottom, :, n] = sky + (np.float32(white[n]) - sky) * share
    ridge = np.cumsum(rng.normal(0, 1, _W)) / 6
    swing = 9 * np.abs(np.sin(np.linspace(0, 5, _W) + drive.hue * 6))
    ridge = canvas.horizon - 10 - swing + ridge - ridge.mean()
    hill = np.arange(bottom)[:, None] > ridge[None, :]
    haze = np.array([0.62, 0.70, 0.78]) if drive.clear else np.array([0.66, 0.69, 0.71])
    canvas.colour[:bottom][hill] = haze * 0.75 + np.array([0.25, 0.32, 0.22]) * 0.25
    canvas.metres[:bottom][hill] = 600


def _doubled(plane: F32) -> F32:
    import cv2

    return np.asarray(cv2.resize(plane, None, fx=2, fy=2, interpolation=cv2.INTER_LINEAR))


def paint_ground(canvas: Canvas, rng: Generator) -> None:
    """Road with lane marks and kerbs, and what lies beside it, all in the right perspective."""
    drive, half, lit = canvas.drive, np.float32(canvas.drive.half_road), 1.0 if canvas.drive.clear else 0.86
    top = int(np.ceil(canvas.horizon + 2))
    rows = np.arange(top, _H, dtype=np.float32)
    z = (np.float32(canvas.focal * drive.camera_y) / (rows + np.float32(0.5 - canvas.horizon)))[:, None]
    u = np.arange(_W, dtype=np.float32)[None, :] + np.float32(0.5 - canvas.middle)
    x = u * (z / np.float32(canvas.focal)) + np.float32(canvas.x0)
    along = z + np.float32(rng.uniform(0, 12))
    grain = _grain(drive.seed % 4)
    seen, coarse = (_laid(grain, x * fine, along * fine) for fine in (60, 2.3))
    fade = np.clip(1.3 - z / 22, 0.1, 1)
    off = np.abs(x)
    ground = (0.36 + 0.026 * seen * fade + 0.009 * coarse) * np.float32(lit)
    ground -= np.float32(0.035) * np.exp(
        -(((np.abs(off - half / 2) - np.float32(0.8)) / np.float32(0.3)) ** 2)
    )
    blur = np.maximum(np.float32(0.02), z / np.float32(canvas.focal))
    dash = np.clip((0.28 - np.abs(np.mod(along, 9) / 9 - 0.5)) * 20, 0, 1)
    paint = np.clip((np.float32(0.07) - off) / blur + np.float32(0.5), 0, 1) * dash
    if drive.kind != "suburb":
        paint += np.clip((0.07 - np.abs(off - half + np.float32(0.35))) / blur + np.float32(0.5), 0, 1)
    paint *= 0.85 + 0.1 * seen
    ground += paint * (np.float32(0.83 * lit) - ground)
    colour = canvas.colour[top:]
    colour[:] = ground[..., None]
    colour[..., 2] *= np.float32(1.03)
    _beside(colour, drive, along, off - half, (seen * fade, coarse, fade), lit)
    np.clip(colour, 0, 1, out=colour)
    canvas.metres[top:] = np.minimum(z, 400)


@lru_cache(maxsize=4)
def _grain(number: int) -> F32:
    return noise(Generator(Philox(key=number)), 256, 256, 32, 3)


def _laid(grain: F32, x: F32, along: F32) -> F32:
    """A pattern that repeats every 256 steps, seen at these places."""
    import cv2

    down = np.ascontiguousarray(np.broadcast_to(along, x.shape))
    return np.asarray(cv2.remap(grain, x, down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP))


def _beside(colour: F32, drive: Drive, along: F32, beside: F32, grain: Any, lit: float) -> None:
    """Kerb and pavement in a town, grass elsewhere, written into ground in place."""
    seen, coarse, fade = grain

    def lay(where: Any, tone: Any, told: F32) -> None:
        colour[where] = np.array(tone, np.float32) * (np.float32(lit) * told[where])[:, None]

    grass = (0.30, 0.40, 0.19), 1 + 0.2 * seen + 0.1 * coarse
    if drive.kind == "country":
        lay((beside > 0) & (beside <= 0.6), (0.48, 0.45, 0.40), 1 + 0.15 * seen)  # noqa: PLR2004
        lay(beside > 0.6, *grass)  # noqa: PLR2004
        return
    joints = (np.mod(along, 1.0) < 0.05) | (np.mod(beside, 1.0) < 0.05)  # noqa: PLR2004
    lay((beside > 0) & (beside <= 0.2), (0.66, 0.66, 0.66), np.ones_like(seen))  # noqa: PLR2004
    end = 3.0 if drive.kind == "suburb" else 100.0
    slabs = 0.55 - 0.08 * joints * fade + 0.03 * seen + 0.01 * coarse
    lay((beside > 0.2) & (beside <= end), (1.0, 0.98, 0.94), slabs)  # noqa: PLR2004
    lay(beside > end, *grass)


def paint_houses(canvas: Canvas, rng: Generator) -> None:
    """A row of houses on either side: facades along the street, and what closes it in the distance."""
    drive = canvas.drive
    if drive.kind == "country":
        return
    away = drive.half_road + (3.6 if drive.kind == "city" else 9.0)
    for side in (-1, 1):
        _facades(canvas, rng, side, abs(side * away - canvas.x0))
    if drive.kind == "city":
        _far_houses(canvas, rng, (away - abs(canvas.x0)) * canvas.focal / 130)


_WALLS = np.array([[0.62, 0.55, 0.47], [0.55, 0.38, 0.31], [0.66, 0.64, 0.60], [0.50, 0.50, 0.52],
                   [0.70, 0.62, 0.48], [0.58, 0.47, 0.42]], np.float32)  # fmt: skip


def _facades(canvas: Canvas, rng: Generator, side: int, away: float) -> None:
    """The houses of one side; each column of pixels sees one house at one distance."""
    drive, city = canvas.drive, canvas.drive.kind == "city"
    ends = np.cumsum(rng.uniform(9, 17, 24) if city else rng.uniform(16, 26, 14)) - rng.uniform(2, 9)
    high = (rng.uniform(9, 19, len(ends)) if city else rng.uniform(5, 7.5, len(ends))).astype(np.float32)
    tint = _WALLS[rng.integers(0, len(_WALLS), len(ends))] * rng.uniform(0.85, 1.1, (len(ends), 1))
    bays = rng.uniform(2.2, 3.2, len(ends)).astype(np.float32)
    shade = (1.05 if side != drive.sun_side else 0.66) if drive.clear else 0.82
    u = (np.arange(_W, dtype=np.float32) + 0.5 - canvas.middle) * side
    z = np.where(u > 1, away * canvas.focal / np.maximum(u, 1), np.inf)
    house = np.searchsorted(ends, z)
    into = z - np.concatenate([[0], ends])[np.minimum(house, len(ends) - 1)]
    inside = (z > 3) & (z < 135) & (house < len(ends))  # noqa: PLR2004
    if not city:
        inside &= into < (ends - np.concatenate([[0], ends[:-1]]))[np.minimum(house, len(ends) - 1)] * 0.62
    seen = np.flatnonzero(inside)
    if not len(seen):
        return
    z, into, house = z[seen].astype(np.float32), into[seen].astype(np.float32), house[seen]
    bottom = min(_H, int(canvas.horizon + canvas.focal * drive.camera_y / z.min()) + 1)
    rows = np.arange(bottom, dtype=np.float32)[:, None] + np.float32(0.5 - canvas.horizon)
    y = np.float32(drive.camera_y) - rows * (z / np.float32(canvas.focal))
    solid = (y > 0) & (y < high[house])
    tone, glass = _wall(y, into, high[house], bays[house], flat=city)
    colour = tone[..., None] * (tint[house] * shade).astype(np.float32)
    lit = np.array([0.9, 1.0, 1.12], np.float32) * np.float32(1.4 if drive.clear else 1.1)
    colour[glass > 0] = glass[glass > 0][:, None] * lit
    if not city:
        colour[y > high[house] - 1.9] = np.array([0.38, 0.25, 0.2], np.float32) * np.float32(shade)
    colour = hazed(canvas, colour, z[None, :, None])
    part = canvas.colour[:bottom, seen]
    part[solid] = colour[solid]
    canvas.colour[:bottom, seen] = part
    canvas.metres[:bottom, seen] = np.where(solid, z, canvas.metres[:bottom, seen])


def _wall(y: Any, into: F32, high: F32, bays: F32, *, flat: bool) -> tuple[Any, Any]:
    """How bright a wall is, with ledge and window frames, and of which brightness is glass, 0 for none."""
    across, storey = into / bays, y / np.float32(3.1)
    fx, fy = np.abs(np.mod(across, 1) - 0.5)[None, :], np.abs(np.mod(storey, 1) - 0.55)
    below = y < high - np.float32(0.6)
    window = (fx < 0.22) & (fy < 0.26) & below  # noqa: PLR2004
    lit = np.mod(np.floor(storey) * 7 + np.floor(across)[None, :] * 3, 5) < 2  # noqa: PLR2004
    tone = 0.86 + 0.14 * np.clip(y / 4, 0, 1)
    tone += 0.14 * ((fx < 0.27) & (fy < 0.31) & below)  # noqa: PLR2004
    if flat:
        tone *= np.where(y > high - 0.5, np.float32(0.6), np.float32(1))
    return tone, window * np.where(lit, np.float32(0.30), np.float32(0.17))


def _far_houses(canvas: Canvas, rng: Generator, gap: float) -> None:
    """What closes the street in the distance."""
    at = canvas.middle - gap - 6
    while at < canvas.middle + gap + 6:
        wide, z = rng.uniform(9, 24), rng.uniform(140, 200)
        top = canvas.horizon - rng.uniform(8, 20) * canvas.focal / z
        bottom = canvas.horizon + canvas.focal * canvas.drive.camera_y / z
        part = np.s_[max(0, int(top)) : int(bottom), max(0, int(at)) : max(0, int(at + wide))]
        old = canvas.metres[part] > z
        colour = hazed(canvas, np.full(3, rng.uniform(0.35, 0.55), np.float32), np.float32(z))
        canvas.colour[part][old], canvas.metres[part][old] = colour, z
        at += wide


def hazed(canvas: Canvas, colour: Any, z: Any) -> Any:
    """The blue of distance."""
    air = np.array([0.78, 0.84, 0.9] if canvas.drive.clear else [0.74, 0.76, 0.78], np.float32)
    left = np.exp(-np.minimum(np.asarray(z), 1e4) / np.float32(520))
    return colour * left + air * (1 - left)
