"""What is wrong on an invented chest film: more thickness somewhere in a lung, and the pixels it is in."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from aug_assets.samples._chest_xray_body import F32, HEIGHT, WIDTH, Body, Pose, edge, floor, lung, placed
from aug_assets.samples._chest_xray_film import middle

_SEEN = 0.4  # of what a finding adds at its densest: less is no part of its mask


def found(rng: Generator, finding: str, side: int, body: Body, pose: Pose) -> tuple[F32, NDArray[np.uint8]]:
    """What a finding adds to the thickness, and its mask of 0 and 1; both (HEIGHT, WIDTH).

    Args:
        rng: Says where it is and how large.
        finding: ``effusion``, ``nodule`` or ``pneumonia``.
        side: -1 for the patient's right lung, 1 for the left.
        body: The patient.
        pose: How the film was taken.
    """
    added = _FINDINGS[finding](rng, side, body, pose) * (1 - np.clip(middle(body, pose), 0, 1))
    return added, (added > _SEEN * float(added.max())).astype(np.uint8)


def _nodule(rng: Generator, side: int, body: Body, pose: Pose) -> F32:
    """A ball of 4 to 8 pixels' radius away from heart and diaphragm, with a round or a ragged border."""
    u, v = placed(pose)
    t, down = rng.uniform(0.36, 0.62), rng.uniform(0.28, 0.55)
    x = (u - np.float32(side * t * body.width)) * np.float32(WIDTH / 2)
    y = (v - np.float32(down)) * np.float32(HEIGHT)
    ragged = 1 + np.float32(rng.uniform(0, 0.16)) * np.sin(
        5 * np.arctan2(y, x) + np.float32(rng.uniform(0, 6))
    )
    square = (x * x + y * y) / np.float32(rng.uniform(4, 8.5) ** 2) * ragged
    ball = edge(1 - square, 0.2) * (np.float32(0.5) + np.float32(0.5) * np.sqrt(np.clip(1 - square, 0, 1)))
    return np.asarray(np.float32(rng.uniform(0.22, 0.36)) * ball, np.float32)


def _pneumonia(rng: Generator, side: int, body: Body, pose: Pose) -> F32:
    """A lobe that fills in patches, with the air of its larger branches still dark."""
    import cv2

    u, v = placed(pose)
    t, down = rng.uniform(0.38, 0.58), rng.uniform(0.3, 0.62)
    wide, high = rng.uniform(0.2, 0.32), rng.uniform(0.09, 0.15)
    off = ((u * side / body.width - t) / wide) ** 2 + ((v - down) / high) ** 2
    patches = cv2.resize(rng.normal(0, 1, (16, 14)), (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)
    fine = cv2.resize(rng.normal(0, 1, (48, 40)), (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)
    cloud = edge(1 - off + 0.34 * patches + 0.1 * fine, 0.5)
    return np.asarray(np.float32(rng.uniform(0.26, 0.42)) * cloud * lung(body, pose, side), np.float32)


def _effusion(rng: Generator, side: int, body: Body, pose: Pose) -> F32:
    """Fluid above the diaphragm that stands higher at the wall and blunts the angle there."""
    u, v = placed(pose)
    t = u * np.float32(side / body.width)
    rise = np.clip((t - np.float32(0.2)) / np.float32(0.62), 0, 1.1)
    level = floor(body, pose, side, np.full_like(t, 0.4)) - np.float32(rng.uniform(0.0, 0.08))
    level = level + np.float32(0.05) - np.float32(rng.uniform(0.12, 0.2)) * rise * rise
    return np.asarray(np.float32(0.5) * edge(v - level, 0.025) * lung(body, pose, side), np.float32)


_FINDINGS: dict[str, Callable[[Generator, int, Body, Pose], Any]] = {
    "effusion": _effusion, "nodule": _nodule, "pneumonia": _pneumonia,
}  # fmt: skip
