"""What stands and moves on an invented street: trees, poles, cars, people, cyclists and traffic signs.

Each is a few shapes in metres, drawn from the farthest to the nearest; those of an object share its mark.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.random import Generator, Philox

from aug_assets.samples._street_world import Canvas, hazed

LABELS = ("car", "cyclist", "person", "traffic_sign")
_CARS = (
    (0.72, 0.73, 0.75),
    (0.10, 0.11, 0.13),
    (0.86, 0.86, 0.85),
    (0.55, 0.10, 0.10),
    (0.13, 0.22, 0.42),
    (0.40, 0.42, 0.44),
    (0.62, 0.58, 0.48),
    (0.15, 0.32, 0.24),
)
_CLOTHES = (
    (0.12, 0.13, 0.18),
    (0.55, 0.16, 0.15),
    (0.20, 0.30, 0.48),
    (0.78, 0.76, 0.70),
    (0.25, 0.38, 0.25),
    (0.70, 0.50, 0.15),
    (0.35, 0.30, 0.30),
)
_CROWNS = 8
_ONCOMING_M = -0.5  # left of the middle
_SKIN = ((0.85, 0.68, 0.56), (0.62, 0.45, 0.34), (0.42, 0.29, 0.22))


@dataclass(frozen=True)
class Thing:
    """Something at a place; ``kind`` is its label, or ``tree`` or ``pole`` for what has none."""

    kind: str
    x: float
    z: float
    seed: int


def paint(canvas: Canvas, thing: Thing, mark: int) -> None:
    """Draw a thing; pixels it covers get its mark, and its distance."""
    _KINDS[thing.kind](_Pen(canvas, thing, mark), Generator(Philox(key=thing.seed)))


class _Pen:
    """Shapes in metres from a thing's foot: right and up."""

    def __init__(self, canvas: Canvas, thing: Thing, mark: int) -> None:
        self.canvas, self.thing, self.mark = canvas, thing, mark
        self.light = 1.0 if canvas.drive.clear else 0.82
        self.sun = -canvas.drive.sun_side

    def at(self, points: Any, back: Any = 0.0) -> Any:
        """Sixteenths of pixels, for OpenCV."""
        points = np.asarray(points, float)
        x, y = self.canvas.pixel(self.thing.x + points[:, 0], points[:, 1], self.thing.z + np.asarray(back))
        return np.rint(np.stack([x, y], axis=1).clip(-4000, 4000) * 16).astype(np.int32)

    def shape(
        self, points: Any, colour: Any, back: Any = 0.0, shade: float = 1.0, *, marked: bool = True
    ) -> None:
        """A filled polygon; ``back`` is how far behind the thing's front each point lies."""
        import cv2

        corners = self.at(points, back)
        z = self.thing.z + float(np.mean(back))
        self._filled(
            lambda plane, value, line: cv2.fillPoly(plane, [corners], value, line, 4),
            colour,
            z,
            shade,
            marked,
        )

    def disc(self, middle: Any, radius: Any, colour: Any, shade: float = 1.0, turn: float = 0.0) -> None:
        """A filled ellipse."""
        import cv2

        (centre,) = self.at([middle])
        scale = 16 * self.canvas.focal / self.thing.z
        axes = tuple(max(8, round(float(r) * scale)) for r in np.broadcast_to(radius, 2))

        def fill(plane: Any, value: Any, line: int) -> None:
            cv2.ellipse(plane, centre.tolist(), axes, turn, 0, 360, value, -1, line, 4)

        self._filled(fill, colour, self.thing.z, shade, marked=True)

    def line(self, points: Any, wide: float, colour: Any, shade: float = 1.0) -> None:
        """A stroke of a width in metres."""
        import cv2

        corners = self.at(points)
        thick = max(1, round(wide * self.canvas.focal / self.thing.z))

        def fill(plane: Any, value: Any, line: int) -> None:
            cv2.polylines(plane, [corners], False, value, thick, line, 4)  # noqa: FBT003 - OpenCV's order

        self._filled(fill, colour, self.thing.z, shade, marked=True)

    def shadow(self, half: float, deep: float) -> None:
        """The dark below a thing, and its shadow on a clear day."""
        import cv2

        wide = half * (1.0 if not self.canvas.drive.clear else 1.15)
        shift = 0.5 * half * self.sun if self.canvas.drive.clear else 0.0
        back = np.array([-0.25, -0.25, deep, deep])
        corners = self.at([(shift - wide, 0), (shift + wide, 0), (shift + wide, 0), (shift - wide, 0)], back)
        x0, y0 = np.maximum(corners.min(0) // 16 - 2, 0)
        x1, y1 = corners.max(0) // 16 + 3
        part = self.canvas.colour[y0:y1, x0:x1]
        if part.size:
            dark: Any = np.zeros(part.shape[:2], np.float32)
            cv2.fillPoly(dark, [corners - np.array([x0, y0], np.int32) * 16], 1.0, cv2.LINE_8, 4)
            dark = cv2.GaussianBlur(dark, (5, 5), 0)
            part *= (1 - dark * (0.58 if self.canvas.drive.clear else 0.45))[..., None]

    def _filled(
        self, fill: Callable[[Any, Any, int], Any], colour: Any, z: float, shade: float, marked: Any
    ) -> None:
        tone = hazed(
            self.canvas, np.asarray(colour, np.float32) * np.float32(shade * self.light), np.float32(z)
        )
        fill(self.canvas.colour, tuple(float(c) for c in np.clip(tone, 0, 1)), 8)
        fill(self.canvas.metres, self.thing.z, 8)
        fill(self.canvas.marks, self.mark if marked else 0, 8)


def _car(pen: _Pen, rng: Generator) -> None:
    """From behind, or from the front when it comes; its side where it is seen from beside."""
    thing = pen.thing
    paint_, coming = np.array(_CARS[int(rng.integers(len(_CARS)))]), thing.x < _ONCOMING_M
    van = rng.random() < 0.18  # noqa: PLR2004
    half, high, long = (
        rng.uniform(0.84, 0.93),
        (rng.uniform(1.85, 2.1) if van else rng.uniform(1.4, 1.56)),
        4.3,
    )
    belt = high * (0.55 if van else 0.6)
    pen.shadow(half * 1.08, long)
    side = np.sign(thing.x - pen.canvas.x0)
    if abs(thing.x - pen.canvas.x0) > half:
        _flank(pen, -side * half, (belt, high, long), paint_)
    sheen = 0.95 if not coming else 0.85
    roof = half * (0.92 if van else 0.74)
    pen.shape([(-half, 0.3), (half, 0.3), (half, belt), (-half, belt)], paint_, shade=sheen)
    pen.shape([(-half, belt), (half, belt), (roof, high), (-roof, high)], paint_, shade=sheen * 0.98)
    glass = (0.16, 0.19, 0.23) if rng.random() < 0.5 else (0.27, 0.32, 0.37)  # noqa: PLR2004
    pen.shape(
        [
            (-half * 0.86, belt + 0.03),
            (half * 0.86, belt + 0.03),
            (roof * 0.88, high - 0.1),
            (-roof * 0.88, high - 0.1),
        ],
        glass,
    )
    pen.shape([(-half, 0.28), (half, 0.28), (half, 0.5), (-half, 0.5)], paint_ * 0.45)
    for s in (-1, 1):
        pen.shape(
            [(s * half * 0.98, 0), (s * half * 0.7, 0), (s * half * 0.7, 0.32), (s * half * 0.98, 0.32)],
            (0.06, 0.06, 0.07),
        )
        lamp = (0.92, 0.92, 0.86) if coming else (0.62, 0.07, 0.06)
        pen.shape(
            [
                (s * half * 0.97, 0.62),
                (s * half * 0.66, 0.64),
                (s * half * 0.66, 0.82),
                (s * half * 0.97, 0.86),
            ],
            lamp,
        )
    if coming:
        pen.shape([(-0.5, 0.42), (0.5, 0.42), (0.5, 0.62), (-0.5, 0.62)], (0.09, 0.09, 0.1))
    pen.shape([(-0.26, 0.5), (0.26, 0.5), (0.26, 0.62), (-0.26, 0.62)], (0.88, 0.88, 0.82))
    pen.shape(
        [
            (-half * 0.9, belt - 0.02),
            (half * 0.9, belt - 0.02),
            (half * 0.9, belt + 0.02),
            (-half * 0.9, belt + 0.02),
        ],
        paint_ * 0.7,
    )


def _flank(pen: _Pen, x: float, size: tuple[float, float, float], paint_: Any) -> None:
    """The side of a car that faces the camera's axis."""
    belt, high, long = size
    tone = 0.72
    pen.shape([(x, 0.28), (x, 0.3), (x, 0.85), (x, belt)], paint_, [0, long, long, 0], tone)
    pen.shape(
        [(x, belt), (x, 0.85), (x * 0.85, high), (x * 0.8, high)],
        paint_,
        [0, long * 0.85, long * 0.6, 0.5],
        tone,
    )
    pen.shape(
        [(x, belt), (x, 0.92), (x * 0.87, high - 0.1), (x * 0.84, high - 0.1)],
        (0.14, 0.16, 0.2),
        [0.5, long * 0.75, long * 0.58, 0.7],
    )
    for back in (0.75, long - 0.85):
        turn = np.linspace(0, 2 * np.pi, 14)
        pen.shape(
            np.stack([np.full(14, x), 0.31 + 0.31 * np.sin(turn)], 1),
            (0.06, 0.06, 0.07),
            back + 0.31 * np.cos(turn),
        )


def _person(pen: _Pen, rng: Generator) -> None:
    """Somebody who walks or stands."""
    size, stride = rng.uniform(0.9, 1.05), rng.uniform(0.05, 0.26)
    coat, legs, skin = (np.array(c[int(rng.integers(len(c)))]) for c in (_CLOTHES, _CLOTHES, _SKIN))
    pen.shadow(0.24, 0.5)
    for s in (-1, 1):
        foot = s * stride
        pen.line(
            [(foot, 0.06), (s * 0.07 + foot * 0.4, 0.45 * size), (s * 0.05, 0.85 * size)],
            0.14,
            legs,
            0.9 - 0.1 * s,
        )
        pen.disc((foot + 0.04, 0.05), (0.12, 0.05), (0.08, 0.07, 0.07))
    _upper(pen, 0.0, 0.82 * size, size, coat, skin, stride)


def _upper(pen: _Pen, x: float, y: float, size: float, coat: Any, skin: Any, swing: float) -> None:
    top = y + 0.6 * size
    pen.shape(
        [
            (x - 0.15, y),
            (x + 0.15, y),
            (x + 0.23, top - 0.06),
            (x + 0.1, top),
            (x - 0.1, top),
            (x - 0.23, top - 0.06),
        ],
        coat,
    )
    for s in (-1, 1):
        pen.line(
            [
                (x + s * 0.21, top - 0.08),
                (x + s * (0.24 + swing * 0.3), y + 0.24),
                (x + s * 0.22 + swing * 0.5, y + 0.02),
            ],
            0.1,
            coat,
            0.85,
        )
    pen.line([(x, top - 0.02), (x, top + 0.08)], 0.1, skin, 0.85)
    pen.disc((x, top + 0.19), (0.1, 0.13), skin)
    pen.disc((x, top + 0.25), (0.105, 0.08), (0.13, 0.09, 0.07))


def _cyclist(pen: _Pen, rng: Generator) -> None:
    """Somebody on a bicycle, from the side when crossing, else from behind."""
    coat, legs, skin = (np.array(c[int(rng.integers(len(c)))]) for c in (_CLOTHES, _CLOTHES, _SKIN))
    across = rng.random() < 0.4  # noqa: PLR2004
    frame = np.array(_CARS[int(rng.integers(len(_CARS)))])
    pen.shadow(0.75 if across else 0.25, 0.6)
    turn = np.linspace(0, 2 * np.pi, 25)
    for at in (-0.52, 0.52) if across else (0.0,):
        ring = np.stack([at + (0.33 if across else 0.035) * np.cos(turn), 0.34 + 0.33 * np.sin(turn)], 1)
        pen.line(ring, 0.06, (0.07, 0.07, 0.08))
    if across:
        pen.line(
            [
                (-0.52, 0.34),
                (-0.2, 0.85),
                (0.4, 0.85),
                (-0.1, 0.34),
                (-0.2, 0.85),
                (-0.1, 0.34),
                (-0.52, 0.34),
            ],
            0.05,
            frame,
        )
        pen.line([(0.52, 0.34), (0.38, 1.02), (0.52, 1.06)], 0.05, frame)
        pen.line([(-0.15, 0.95), (0.2, 0.7), (-0.02, 0.3)], 0.15, legs)
        pen.shape([(-0.25, 0.9), (0.0, 0.88), (0.32, 1.42), (0.12, 1.52)], coat)
        pen.line([(0.22, 1.38), (0.35, 1.15), (0.5, 1.08)], 0.09, coat, 0.85)
        pen.disc((0.33, 1.63), (0.1, 0.13), skin)
        pen.disc((0.31, 1.7), (0.13, 0.09), (0.85, 0.85, 0.8))
        return
    pen.line([(-0.28, 1.02), (0.28, 1.02)], 0.05, (0.1, 0.1, 0.1))
    for s in (-1, 1):
        pen.line([(s * 0.13, 0.28 + 0.12 * s), (s * 0.16, 0.6), (s * 0.1, 0.95)], 0.14, legs)
    _upper(pen, 0.0, 0.92, 0.95, coat, skin, 0.02)
    pen.disc((0, 1.76), (0.13, 0.1), (0.8, 0.2, 0.15) if rng.random() < 0.5 else (0.85, 0.85, 0.8))  # noqa: PLR2004


def _sign(pen: _Pen, rng: Generator) -> None:
    """A plate on a pole; only the plate is the object."""
    mark, y = pen.mark, rng.uniform(2.1, 2.5)
    pen.mark = 0
    pen.line([(0, 0), (0, y + 0.1)], 0.07, (0.5, 0.51, 0.52))
    pen.mark = mark
    red, white, blue = (0.72, 0.08, 0.09), (0.93, 0.93, 0.91), (0.08, 0.25, 0.58)
    kind = int(rng.integers(4))
    if kind == 0:  # a limit
        for radius, colour in ((0.36, red), (0.26, white)):
            pen.disc((0, y), radius, colour)
        pen.line([(-0.1, y - 0.12), (-0.1, y + 0.12)], 0.06, (0.08, 0.08, 0.08))
        pen.disc((0.09, y), (0.06, 0.12), (0.08, 0.08, 0.08))
    elif kind == 1:  # give way
        pen.shape([(-0.45, y + 0.36), (0.45, y + 0.36), (0, y - 0.42)], red)
        pen.shape([(-0.27, y + 0.26), (0.27, y + 0.26), (0, y - 0.22)], white)
    elif kind == 2:  # stop  # noqa: PLR2004
        turn = np.arange(8) * np.pi / 4 + np.pi / 8
        pen.shape(np.stack([0.4 * np.cos(turn), y + 0.4 * np.sin(turn)], 1), red)
        pen.line([(-0.22, y), (0.22, y)], 0.12, white)
    else:  # keep right: it means something else in a mirror
        pen.disc((0, y), 0.36, blue)
        pen.line(
            [(-0.16, y + 0.16), (0.14, y - 0.14), (0.14, y + 0.06), (0.14, y - 0.14), (-0.06, y - 0.14)],
            0.07,
            white,
        )


def _tree(pen: _Pen, rng: Generator) -> None:
    """A trunk and one of a few crowns, of its own size and green."""
    import cv2

    high, wide = rng.uniform(5.5, 9), rng.uniform(1.6, 2.6)
    pen.shadow(wide * 0.7, 1.4)
    pen.line([(0, 0), (rng.uniform(-0.15, 0.15), high * 0.6)], 0.32, (0.27, 0.21, 0.16))
    base = np.array([0.20, 0.31, 0.13]) * rng.uniform(0.8, 1.25) + np.array([0.06, 0.02, 0]) * rng.random()
    crown = _crown(int(rng.integers(_CROWNS)))[:, :: int(pen.sun) or 1]
    (x0, y0), (x1, y1) = (
        pen.at([(-wide * 1.2, high * 0.68 + wide * 1.25), (wide * 1.2, high * 0.68 - wide * 1.15)]) // 16
    )
    if min(x1 - x0, y1 - y0) < 2:  # noqa: PLR2004 - pixels
        return
    seen = cv2.resize(crown, (int(x1 - x0), int(y1 - y0)), interpolation=cv2.INTER_AREA)
    height, width = pen.canvas.metres.shape
    part = np.s_[max(0, y0) : min(height, y1), max(0, x0) : min(width, x1)]
    seen = seen[max(0, -y0) :, max(0, -x0) :][
        : part[0].stop - part[0].start, : max(0, part[1].stop - part[1].start)
    ]
    if not seen.size:
        return
    share = seen[..., 1:]
    green = (base * pen.light).astype(np.float32) * (seen[..., :1] / np.maximum(share, np.float32(0.01)))
    old = pen.canvas.colour[part]
    old += (np.clip(hazed(pen.canvas, green, np.float32(pen.thing.z)), 0, 1) - old) * share
    leaf = share[..., 0] > 0.5  # noqa: PLR2004
    pen.canvas.metres[part][leaf], pen.canvas.marks[part][leaf] = pen.thing.z, pen.mark


@lru_cache(maxsize=_CROWNS)
def _crown(number: int) -> Any:
    """Leaves in clumps: brightness times opacity, and opacity; float32 (96, 96, 2)."""
    import cv2

    rng = Generator(Philox(key=number))
    plane = np.zeros((192, 192, 2), np.float32)
    clumps = rng.normal(0, 0.42, (14, 2)).clip(-0.72, 0.72)
    for layer in range(4):
        for _ in range(150):
            at = clumps[int(rng.integers(len(clumps)))] + rng.normal(0, 0.17, 2)
            if np.hypot(*at) > 0.9:  # noqa: PLR2004
                continue
            tone = (0.5 + 0.17 * layer + 0.22 * -at[1] + 0.12 * at[0]) * rng.uniform(0.8, 1.2)
            centre = np.rint((at + np.array([1, -1]) * (0.08 * layer / 3)) * 84 + 96).astype(int).tolist()
            axes = (int(rng.integers(3, 9)), int(rng.integers(2, 6)))
            cv2.ellipse(plane, centre, axes, float(rng.uniform(0, 180)), 0, 360, (float(tone), 1.0), -1)
    return cv2.resize(plane, (96, 96), interpolation=cv2.INTER_AREA)


def _pole(pen: _Pen, rng: Generator) -> None:
    """A street lamp that reaches over the road."""
    reach = -np.sign(pen.thing.x) * rng.uniform(1.2, 1.8)
    pen.line([(0, 0), (0, 7.2), (reach * 0.5, 7.6), (reach, 7.6)], 0.13, (0.42, 0.43, 0.45))
    pen.shape(
        [(reach - 0.35, 7.5), (reach + 0.35, 7.5), (reach + 0.35, 7.66), (reach - 0.35, 7.66)],
        (0.6, 0.6, 0.6),
    )


_KINDS: dict[str, Callable[[_Pen, Generator], None]] = {
    "car": _car,
    "cyclist": _cyclist,
    "person": _person,
    "pole": _pole,
    "traffic_sign": _sign,
    "tree": _tree,
}
