"""The patient of an invented chest film, how the film was taken, and where the lungs lie on it.

Bright is dense, the patient's left is at the right of the film, as films are read.
"""

from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

HEIGHT, WIDTH = 192, 160
F32 = NDArray[np.float32]


@dataclass(frozen=True)
class Body:
    """What a patient looks like on every film; shares of the film's half width (across) or height (down)."""

    width: float
    lungs: float  # where the right dome of the diaphragm stands
    heart: float
    ribs: float  # how far they stand apart
    first: float
    thick: float
    breast: float
    vessels: int

    @classmethod
    def of(cls, rng: Generator, *, female: bool) -> "Body":
        """A patient of this key."""
        w, lungs, heart, ribs, first, thick, breast = rng.uniform(
            (0.89, 0.66, 0.3, 0.058, 0.0, 0.9, 0.06), (1.03, 0.76, 0.4, 0.066, 0.03, 1.12, 0.13)
        )
        seed = int(rng.integers(1 << 31))
        return cls(w, lungs, heart, ribs, first, thick, breast if female else 0.0, seed)


@dataclass(frozen=True)
class Pose:
    """How this film was taken."""

    shift: float
    tilt: float  # radians
    breath: float  # how much higher the diaphragm stands than in full breath
    lying: bool  # AP: a portable film of a patient in bed, whose heart looks larger


@cache
def grid() -> tuple[F32, F32]:
    """Across from -1 to 1 and down from 0 to 1, float32 (HEIGHT, WIDTH) each."""
    across = (np.arange(WIDTH) + 0.5) / (WIDTH / 2) - 1
    down = (np.arange(HEIGHT) + 0.5) / HEIGHT
    u, v = np.meshgrid(across, down)
    return u.astype(np.float32), v.astype(np.float32)


def edge(distance: Any, soft: float) -> F32:
    """From 0 outside to 1 inside over a border of this softness."""
    x = np.clip(np.asarray(distance, np.float32) * np.float32(0.5 / soft) + np.float32(0.5), 0, 1)
    return np.asarray(x * x * (3 - 2 * x), np.float32)


@lru_cache(maxsize=1)  # of one film: all its parts ask
def placed(pose: Pose) -> tuple[F32, F32]:
    """The grid as the patient stands in it."""
    u, v = grid()
    sin, cos = np.float32(np.sin(pose.tilt)), np.float32(np.cos(pose.tilt))
    return (u - np.float32(pose.shift)) * cos + (v - np.float32(0.5)) * sin, v - u * sin * np.float32(0.5)


def lung(body: Body, pose: Pose, side: int) -> F32:
    """How much of the way is lung, 0 to 1; ``side`` is -1 for the patient's right and 1 for the left."""
    u, v = placed(pose)
    t = u * np.float32(side / body.width)
    rows = v[:, WIDTH // 2]
    outer = np.interp(
        rows, (0.08, 0.12, 0.18, 0.28, 0.45, 0.65, 0.85), (0.2, 0.36, 0.54, 0.67, 0.77, 0.83, 0.85)
    )
    inner = np.interp(rows, (0.1, 0.2, 0.3, 0.45, 0.7), (0.13, 0.16, 0.17, 0.15, 0.1))
    dome = floor(body, pose, side, t)
    inside = edge(outer[:, None] - t, 0.03) * edge(t - inner[:, None], 0.05)
    return np.asarray(inside * edge(dome - v, 0.008) * edge(v - np.float32(0.09), 0.02))


def floor(body: Body, pose: Pose, side: int, t: F32) -> F32:
    """Where the diaphragm stands at a way ``t`` from the middle."""
    top = body.lungs - pose.breath + (0.03 if side > 0 else 0.0)
    bend = (t - np.float32(0.4)) / np.float32(0.44)
    return np.asarray(top + np.float32(0.085) * bend * bend, np.float32)
