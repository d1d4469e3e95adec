"""Draws one street frame with its mask of objects and its depth; a part of the sample ``street_scenes``.

A flat road under a camera 1.5 m above it: what is d metres away and h metres high is 200 h / d pixels high.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

HEIGHT, WIDTH = 160, 288
_FOCUS, _EYE = 200.0, 1.5  # pixels, metres
_SKY = 1000.0  # metres
_SEEN = 14  # pixels of an object that are enough to name it
_PAINTS = ((150, 30, 30), (30, 60, 130), (200, 200, 205), (40, 40, 45), (90, 110, 90), (190, 160, 60))
_CLOTHES = ((60, 60, 140), (140, 50, 60), (40, 100, 70), (80, 80, 85), (170, 120, 60))
_HEIGHTS = {"car": 1.5, "cyclist": 1.75, "person": 1.7, "traffic_sign": 2.7}  # metres


class Scene(NamedTuple):
    """A frame.

    Attributes:
        image: uint8 (160, 288, 3).
        instances: uint8 (160, 288), 0 or the number of an object, from 1.
        depth: float32 (160, 288), metres.
        labels: The class of object 1, 2 and so on.
    """

    image: NDArray[np.uint8]
    instances: NDArray[np.uint8]
    depth: NDArray[np.float32]
    labels: list[str]


class _Canvas:
    """The three layers that everything is painted on, from far to near."""

    def __init__(self) -> None:
        self.image = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
        self.instances = np.zeros((HEIGHT, WIDTH), np.uint8)
        self.depth = np.full((HEIGHT, WIDTH), _SKY, np.float32)

    def polygon(
        self, points: Any, colour: Any, metres: float | None = None, value: int | None = None
    ) -> None:
        """A filled shape; on the layers of depth and objects only where they are named."""
        import cv2

        shape = np.rint(np.asarray(points, float)).astype(np.int32).reshape(-1, 1, 2)
        cv2.fillPoly(self.image, [shape], tuple(int(c) for c in colour), lineType=cv2.LINE_AA)
        if metres is not None:
            cv2.fillPoly(self.depth, [shape], float(metres))
        if value is not None:
            cv2.fillPoly(self.instances, [shape], int(value))

    def ellipse(self, middle: Any, radii: Any, colour: Any, metres: float, value: int | None = None) -> None:
        """The same for an ellipse."""
        turn = np.linspace(0, 2 * np.pi, 24, endpoint=False)
        points = np.stack([middle[0] + radii[0] * np.cos(turn), middle[1] + radii[1] * np.sin(turn)], axis=1)
        self.polygon(points, colour, metres, value)


def drawn_scene(rng: Generator, *, cyclist: bool, overcast: bool) -> Scene:
    """One frame: sky, houses, trees, road, then the objects from far to near."""
    canvas, horizon = _Canvas(), float(rng.uniform(64, 74))
    bend = float(rng.uniform(-30, 30))
    _sky(canvas, rng, horizon, overcast=overcast)
    _houses(canvas, rng, horizon)
    _ground(canvas, rng, horizon, bend)
    labels = _objects(canvas, rng, horizon, bend, cyclist=cyclist)
    return _finished(canvas, rng, labels, overcast=overcast)


def _sky(canvas: _Canvas, rng: Generator, horizon: float, *, overcast: bool) -> None:
    top = np.array([168, 174, 182] if overcast else [96, 150, 214], float)
    low = np.array([206, 208, 210] if overcast else [198, 218, 236], float)
    share = np.linspace(0, 1, HEIGHT)[:, None] * HEIGHT / horizon
    canvas.image[:] = np.clip(top + (low - top) * np.clip(share, 0, 1), 0, 255)[:, None, :].astype(np.uint8)
    for _ in range(0 if overcast else int(rng.integers(2, 5))):
        middle = rng.uniform((0, 5), (WIDTH, horizon * 0.6))
        canvas.ellipse(middle, rng.uniform((18, 3), (50, 8)), (232, 238, 244), _SKY)


def _houses(canvas: _Canvas, rng: Generator, horizon: float) -> None:
    """Two rows of houses that come nearer towards the sides, with windows, and trees before them."""
    for side in (-1, 1):
        metres, x = float(rng.uniform(90, 120)), WIDTH / 2 + side * rng.uniform(14, 26)
        while 0 < x < WIDTH and metres > 10:  # noqa: PLR2004
            wide, high = _FOCUS * rng.uniform(9, 15) / metres, _FOCUS * rng.uniform(7, 14) / metres
            foot = horizon + _FOCUS * _EYE / metres
            colour = np.array(rng.uniform((110, 95, 85), (190, 175, 160)))
            far = x + side * wide
            canvas.polygon(
                [(x, foot), (x, foot - high), (far, foot - high * 1.08), (far, foot)], colour, metres
            )
            _windows(canvas, rng, sorted((x, far)), (foot - high, foot), colour)
            if rng.random() < 0.6:  # noqa: PLR2004
                _tree(canvas, rng, x + side * wide / 2, foot, metres)
            x, metres = far, metres * rng.uniform(0.72, 0.86)


def _windows(canvas: _Canvas, rng: Generator, xs: Any, ys: Any, wall: Any) -> None:
    count = max(1, int((xs[1] - xs[0]) / 9))
    for row in np.arange(ys[0] + 4, ys[1] - 8, 9):
        for column in range(count):
            left = xs[0] + (column + 0.3) * (xs[1] - xs[0]) / count
            if rng.random() < 0.85:  # noqa: PLR2004
                canvas.polygon(
                    [(left, row), (left + 3, row), (left + 3, row + 4), (left, row + 4)], wall * 0.55
                )


def _tree(canvas: _Canvas, rng: Generator, x: float, foot: float, metres: float) -> None:
    high = _FOCUS * rng.uniform(4, 7) / metres
    stem = high * 0.05
    canvas.polygon(
        [(x - stem, foot), (x - stem, foot - high * 0.5), (x + stem, foot - high * 0.5), (x + stem, foot)],
        (84, 64, 48), metres,
    )  # fmt: skip
    for _ in range(5):
        middle = (x + rng.normal(0, high * 0.13), foot - high * rng.uniform(0.5, 0.9))
        canvas.ellipse(middle, (high * 0.2, high * 0.17), rng.uniform((40, 84, 34), (84, 130, 62)), metres)


def _ground(canvas: _Canvas, rng: Generator, horizon: float, bend: float) -> None:
    """Pavement, road and lane marks, and the depth of the ground below the horizon."""
    first = int(np.ceil(horizon))
    rows = np.arange(first, HEIGHT)
    metres = _FOCUS * _EYE / np.maximum(rows - horizon, 0.75)
    pavement = rng.uniform(128, 158) * np.array([1.0, 0.97, 0.93])
    road = rng.uniform(70, 96) * np.array([1.0, 1.0, 1.03])
    below = canvas.depth[first:] > metres[:, None]
    canvas.depth[first:] = np.where(below, metres[:, None], canvas.depth[first:])
    canvas.image[first:][below] = pavement.astype(np.uint8)
    left, right = (_lane(horizon, bend, offset) for offset in (-5.5, 5.5))
    canvas.polygon([*left, *right[::-1]], road)
    for start in np.arange(4.0, 70, 6.0):
        marks = [
            _at(horizon, bend, side, m)
            for side, m in ((-0.07, start), (-0.07, start + 3), (0.07, start + 3), (0.07, start))
        ]
        canvas.polygon(marks, (222, 220, 210))
    for edge in (-5.2, 5.2):
        near = [_at(horizon, bend, edge - 0.08, m) for m in (3.2, 120)]
        canvas.polygon([*near, *[_at(horizon, bend, edge + 0.08, m) for m in (120, 3.2)]], (205, 203, 196))


def _lane(horizon: float, bend: float, offset: float) -> list[tuple[float, float]]:
    return [_at(horizon, bend, offset, metres) for metres in (200, 90, 50, 30, 20, 12, 8, 5, 3.2)]


def _at(horizon: float, bend: float, side: float, metres: float) -> tuple[float, float]:
    """Where a spot of the road is seen: metres to the right of its middle, and ahead."""
    ahead = metres / 100
    return WIDTH / 2 + bend * min(
        ahead, 1.5
    ) ** 1.5 + _FOCUS * side / metres, horizon + _FOCUS * _EYE / metres


def _objects(canvas: _Canvas, rng: Generator, horizon: float, bend: float, *, cyclist: bool) -> list[str]:
    """Paint the objects from far to near; the classes of those that are still to be seen at the end."""
    wanted = ["cyclist"] * cyclist + ["car"] * int(rng.integers(1, 5)) + ["person"] * int(rng.integers(0, 4))
    wanted += ["traffic_sign"] * int(rng.integers(0, 3))
    placed = []
    for label in wanted:
        metres = float(rng.uniform(9, 60 if label == "car" else 32))
        sides = {"car": (1.2, 3.8), "cyclist": (3.2, 4.8), "person": (5.8, 7.5), "traffic_sign": (5.8, 6.8)}
        placed.append((metres, label, float(rng.uniform(*sides[label]) * rng.choice([-1, 1]))))
    for value, (metres, label, side) in enumerate(sorted(placed, reverse=True), start=1):
        x, foot = _at(horizon, bend, side, metres)
        _PAINTERS[label](canvas, rng, (x, foot, _FOCUS / metres, metres, value))
    return _renumbered(canvas, [label for _, label, _ in sorted(placed, reverse=True)])


def _renumbered(canvas: _Canvas, labels: list[str]) -> list[str]:
    """Objects of which too little is to be seen get no name; the others are numbered without gaps."""
    counts = np.bincount(canvas.instances.ravel(), minlength=len(labels) + 1)
    kept = [value for value in range(1, len(labels) + 1) if counts[value] >= _SEEN]
    numbers = np.zeros(len(labels) + 1, np.uint8)
    numbers[kept] = np.arange(1, len(kept) + 1)
    canvas.instances = numbers[canvas.instances]
    return [labels[value - 1] for value in kept]


Spot = tuple[float, float, float, float, int]  # x, foot, pixels a metre, metres, number


def _car(canvas: _Canvas, rng: Generator, spot: Spot) -> None:
    x, foot, metre, metres, value = spot
    paint = np.array(_PAINTS[int(rng.integers(len(_PAINTS)))], float)
    half = 0.9 * metre

    def part(points: Any, colour: Any) -> None:
        canvas.polygon([(x + a * half, foot - b * metre) for a, b in points], colour, metres, value)

    part([(-1, 0.05), (-1, 0.85), (1, 0.85), (1, 0.05)], paint)
    part([(-0.82, 0.85), (-0.62, 1.45), (0.62, 1.45), (0.82, 0.85)], paint * 0.92)
    part([(-0.7, 0.88), (-0.55, 1.36), (0.55, 1.36), (0.7, 0.88)], (52, 62, 74))
    part([(-1, 0), (-1, 0.3), (-0.7, 0.3), (-0.7, 0)], (22, 22, 24))
    part([(1, 0), (1, 0.3), (0.7, 0.3), (0.7, 0)], (22, 22, 24))
    for side in (-1, 1):
        part([(side * 0.95, 0.55), (side * 0.95, 0.7), (side * 0.7, 0.7), (side * 0.7, 0.55)], (206, 60, 48))


def _person(canvas: _Canvas, rng: Generator, spot: Spot) -> None:
    x, foot, metre, metres, value = spot
    top, legs = (np.array(_CLOTHES[int(rng.integers(len(_CLOTHES)))], float) for _ in range(2))
    step = 0.16 * metre
    for side in (-1, 1):
        points = [(x, foot - 0.85 * metre), (x + side * step * 1.3, foot), (x + side * step * 0.5, foot)]
        canvas.polygon(points, legs * 0.7, metres, value)
    wide = 0.22 * metre
    canvas.polygon(
        [(x + a * wide, foot - b * metre) for a, b in ((-1, 0.8), (-1, 1.42), (1, 1.42), (1, 0.8))],
        top, metres, value,
    )  # fmt: skip
    canvas.ellipse((x, foot - 1.58 * metre), (0.11 * metre, 0.14 * metre), (196, 158, 132), metres, value)


def _cyclist(canvas: _Canvas, rng: Generator, spot: Spot) -> None:
    x, foot, metre, metres, value = spot
    for side in (-1, 1):
        middle = (x + side * 0.5 * metre, foot - 0.33 * metre)
        canvas.ellipse(middle, (0.33 * metre, 0.33 * metre), (26, 26, 28), metres, value)
        canvas.ellipse(middle, (0.2 * metre, 0.2 * metre), (120, 120, 122), metres, value)
    frame = [
        (x - 0.5 * metre, foot - 0.4 * metre),
        (x + 0.45 * metre, foot - 0.85 * metre),
        (x + 0.5 * metre, foot - 0.3 * metre),
    ]
    canvas.polygon(frame, (150, 40, 40), metres, value)
    _person(canvas, rng, (x, foot - 0.3 * metre, metre * 0.85, metres, value))


def _sign(canvas: _Canvas, rng: Generator, spot: Spot) -> None:
    x, foot, metre, metres, value = spot
    post = max(0.05 * metre, 0.6)
    canvas.polygon(
        [(x - post, foot), (x - post, foot - 2.1 * metre), (x + post, foot - 2.1 * metre), (x + post, foot)],
        (140, 142, 145),
        metres,
        value,
    )
    rim, inside = ((192, 32, 36), (238, 236, 230)) if rng.random() < 0.6 else ((30, 70, 160), (200, 214, 235))  # noqa: PLR2004
    middle = (x, foot - 2.4 * metre)
    canvas.ellipse(middle, (0.36 * metre, 0.36 * metre), rim, metres, value)
    canvas.ellipse(middle, (0.24 * metre, 0.24 * metre), inside, metres, value)


_PAINTERS: dict[str, Any] = {"car": _car, "cyclist": _cyclist, "person": _person, "traffic_sign": _sign}


def _finished(canvas: _Canvas, rng: Generator, labels: list[str], *, overcast: bool) -> Scene:
    """Light, grain of surfaces and of the sensor, and the softness of a lens."""
    import cv2

    light = 0.86 if overcast else 1.0
    grain = rng.normal(0, 6.0, (HEIGHT, WIDTH, 1)) * (canvas.depth < _SKY)[:, :, None]
    shown = canvas.image * light + grain
    shown = cv2.GaussianBlur(shown.astype(np.float32), (0, 0), 0.6) + rng.normal(0, 2.0, canvas.image.shape)
    image = np.clip(np.rint(shown), 0, 255).astype(np.uint8)
    return Scene(image, canvas.instances, canvas.depth, labels)
