"""An invented chest film: ribs, spine, heart and vessels as thickness, and what rays then expose."""

from functools import cache, lru_cache
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.random import Generator, Philox
from numpy.typing import NDArray

from aug_assets.samples._chest_xray_body import F32, HEIGHT, WIDTH, Body, Pose, edge, floor, lung, placed

TOP = 4095  # of 12 bits


def ribs(body: Body, pose: Pose) -> F32:
    """Ribs at the back, which rise and then fall outwards, and at the front, which fall inwards."""
    u, v = placed(pose)
    t = np.abs(u) / np.float32(body.width)
    rise = np.float32(0.15) * t * (1 - t) - np.float32(0.19) * t * t * t
    back = _bands(v - np.float32(0.12 + body.first) + rise, body.ribs, 10, 0.25)
    inward = np.maximum(1 - t, 0)
    fall = inward * (np.float32(0.32) - np.float32(0.14) * inward)
    front = _bands(v - np.float32(0.2 + body.first) - fall, body.ribs * 1.25, 5, 0.27)
    wall = edge(0.9 - t, 0.05)
    return np.asarray(
        wall * (back * edge(t - 0.07, 0.03) + np.float32(0.5) * front * edge(t - 0.42, 0.12)), np.float32
    )


def _bands(down: NDArray[Any], apart: float, count: int, half: float) -> F32:
    """Tubes one below the other: denser at their rims, where rays pass more of the bone's shell."""
    phase = down / np.float32(apart)
    number = np.floor(phase)
    off = np.abs(phase - number - np.float32(0.5)) / np.float32(half)
    shell = np.float32(0.65) + np.float32(0.35) * off * off
    return np.asarray(shell * edge(1 - off, 0.16) * ((number >= 0) & (number < count)), np.float32)


def bones(body: Body, pose: Pose) -> F32:
    """Spine with its discs, and collar bones."""
    u, v = placed(pose)
    t = np.abs(u)
    disc = np.abs((v / np.float32(0.052)) % 1 - np.float32(0.5))
    spine = edge(0.1 - t, 0.04) * (np.float32(0.75) + np.float32(0.25) * edge(0.4 - disc, 0.05))
    line = np.float32(0.19 + body.first - 0.03 * pose.lying) - t * (np.float32(0.11) - np.float32(0.06) * t)
    off = np.abs(v - line) / np.float32(0.015)
    collar = (
        (np.float32(0.7) + 0.3 * off * off) * edge(1 - off, 0.25) * edge(t - 0.1, 0.03) * edge(0.78 - t, 0.04)
    )
    return np.asarray(np.float32(0.1) * spine + np.float32(0.15) * collar, np.float32)


def middle(body: Body, pose: Pose) -> F32:
    """Heart, great vessels and what lies between the lungs; the heart points to the patient's left."""
    u, v = placed(pose)
    size = np.float32(body.heart * (1.15 if pose.lying else 1.0))
    base = np.float32(body.lungs - pose.breath - 0.07)
    x, y = u - np.float32(0.36) * size, (v - base) * np.float32(1.9)
    along, across = x * 0.93 + y * 0.37, y * 0.93 - x * 0.37
    heart = _ball((along / (1.22 * size)) ** 2 + (across / (0.86 * size)) ** 2)
    right = _ball(((u + 0.02) / (0.56 * size)) ** 2 + ((v - base + 0.02) * 2.1 / (0.95 * size)) ** 2)
    arch = _ball(((u - 0.13) / 0.115) ** 2 + ((v - 0.315) * 2.2 / 0.15) ** 2)
    strip = edge(0.17 + 0.06 * v - np.abs(u - 0.015), 0.06) * np.float32(0.62)
    trachea = edge(0.045 - np.abs(u + 0.01), 0.02) * edge(0.36 - v, 0.03) * np.float32(0.22)
    return np.asarray(
        np.maximum.reduce([heart, right * np.float32(0.8), strip, arch * np.float32(0.72)]) - trachea,
        np.float32,
    )


def _ball(square: NDArray[Any]) -> F32:
    """How thick a ball is where the square of the way from its middle is this, with a border of its own."""
    return np.asarray(
        edge(1 - square, 0.14) * (np.float32(0.62) + np.float32(0.38) * np.sqrt(np.clip(1 - square, 0, 1))),
        np.float32,
    )


@lru_cache(maxsize=64)
def _branches(seed: int) -> Any:
    """Vessels of both lungs as they leave the roots, uint8 (HEIGHT, WIDTH); they thin out and fork."""
    import cv2

    rng = Generator(Philox(key=seed))
    canvas = np.zeros((HEIGHT, WIDTH), np.uint8)
    for side in (-1, 1):
        for turn in np.linspace(-1.25, 1.35, 10) + rng.normal(0, 0.09, 10):
            _branch(canvas, rng, (WIDTH / 2 * (1 + side * 0.22), HEIGHT * 0.45), float(turn), side, 3.0)
    return cv2.GaussianBlur(canvas, (0, 0), 0.8)


def _branch(canvas: Any, rng: Generator, at: Any, turn: float, side: int, wide: float) -> None:
    import cv2

    bends = turn + np.cumsum(rng.normal(0, 0.13, 9))
    steps = 16 * 6.0 * np.column_stack([side * np.cos(bends), np.sin(bends)])  # 16: OpenCV's parts of a pixel
    line = np.rint(np.cumsum(np.vstack([16 * np.array(at), steps]), axis=0)).astype(np.int64)
    for step, (begin, end) in enumerate(pairwise(line.tolist())):
        shade = int(210 * (1 - step / 10) * wide / 3)
        cv2.line(canvas, begin, end, shade, max(1, round(wide - step * 0.3)), cv2.LINE_AA, 4)
        if step in (2, 5) and wide > 2:  # noqa: PLR2004
            aside = float(bends[step]) + (0.6 if step == 2 else -0.6)  # noqa: PLR2004
            _branch(canvas, rng, (end[0] / 16, end[1] / 16), aside, side, wide - 1.2)


def anatomy(body: Body, pose: Pose) -> F32:
    """Thickness along each ray of a healthy chest, float32 (HEIGHT, WIDTH)."""
    u, v = placed(pose)
    rows = v[:, WIDTH // 2]
    half = np.interp(rows, (0, 0.07, 0.13, 0.2, 0.35, 0.65, 1.0), (0.34, 0.36, 0.68, 1.12, 1.04, 0.99, 1.02))
    side = np.abs(u) / (half[:, None].astype(np.float32) * np.float32(body.width))
    trunk = edge(1 - side, 0.025) * (0.45 + 0.55 * np.sqrt(np.clip(1 - side**2, 0, 1)))
    air = lung(body, pose, -1) + lung(body, pose, 1)
    vessels = _branches(body.vessels).astype(np.float32) * np.float32(0.3 / 255)
    total = trunk * np.float32(1.02 * body.thick) * (1 - np.float32(0.66) * air)
    heart = middle(body, pose)
    total += np.float32(0.55) * heart * air + trunk * bones(body, pose)
    total += np.float32(0.12) * trunk * ribs(body, pose) + vessels * air * (1 - heart)
    for across in (-0.42, 0.42) if body.breast else ():
        fat = edge(1 - ((u - across) / 0.46) ** 2 - ((v - 0.6) / 0.22) ** 2, 0.5)
        total += np.float32(body.breast) * fat * air
    bubble = edge(1 - ((u - 0.36) / 0.17) ** 2 - ((v - floor(body, pose, 1, u) - 0.06) / 0.04) ** 2, 0.2)
    return np.asarray(total - np.float32(0.24) * bubble, np.float32)


def exposed(rng: Generator, thickness: F32, photons: float) -> NDArray[np.uint16]:
    """The film: photons counted behind that thickness, on a logarithmic scale, as 12 bits."""
    import cv2

    soft = cv2.GaussianBlur(thickness, (0, 0), 0.7)
    counted = np.float32(photons) * np.exp(-2.2 * soft)
    noise = rng.standard_normal(soft.shape, np.float32) / np.sqrt(np.maximum(counted, 1))
    seen = soft + cv2.GaussianBlur(noise.astype(np.float32), (0, 0), 0.5) / np.float32(2.2)
    low, wide = rng.uniform(-0.06, 0.0), rng.uniform(1.42, 1.6)
    return np.asarray(np.clip(np.rint((seen - low) / wide * TOP), 0, TOP - 100), np.uint16)


def marked(film: NDArray[np.uint16], view: str) -> NDArray[np.uint16]:
    """With the lead letter L at the patient's left, and AP below it on films taken in bed."""
    letters = _letters(view).astype(np.uint16) * np.uint16(TOP // 255)
    return np.asarray(np.maximum(film, letters))


@cache
def _letters(view: str) -> Any:
    import cv2

    canvas = np.zeros((HEIGHT, WIDTH), np.uint8)  # OpenCV writes on 8 bits only
    cv2.putText(canvas, "L", (WIDTH - 22, 20), cv2.FONT_HERSHEY_SIMPLEX, 0.55, 252, 2, cv2.LINE_AA)
    if view == "AP":
        cv2.putText(canvas, "AP", (WIDTH - 25, 33), cv2.FONT_HERSHEY_SIMPLEX, 0.33, 240, 1, cv2.LINE_AA)
    return canvas
