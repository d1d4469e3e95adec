"""A street for tests of weather: sky above, ground below, houses at the sides, and things on the road."""

import numpy as np
from numpy.random import Generator, Philox

from aug_assets.operators.image.base import Sample
from aug_assets.values.boxes import Boxes

SIZE = (96, 128)
HORIZON = 43  # row: 0.45 of the height


def picture(seed: int = 1) -> np.ndarray:
    """uint8 (96, 128, 3): bright sky without texture, the rest textured and darker."""
    import cv2

    rng = Generator(Philox(key=seed))
    rough = cv2.GaussianBlur(rng.normal(0, 60, (*SIZE, 3)), (0, 0), 1.5) + 95
    rough[: HORIZON - 4, 30:98] = [200, 212, 225]
    return np.clip(rough + rng.normal(0, 1, rough.shape), 0, 255).astype(np.uint8)


def sample(seed: int = 1, *, boxes: Boxes | None = None, depth: np.ndarray | None = None) -> Sample:
    """One such street."""
    return Sample(picture(seed), 0, 255, {}, boxes, None, depth)


def ramp() -> np.ndarray:
    """Depth in metres of flat ground, 1,000 above the horizon; float32 (96, 128)."""
    below = np.maximum(np.arange(SIZE[0]) + 0.5 - HORIZON, 1e-3)
    return np.broadcast_to(np.minimum(179.2 / below, 1000)[:, None], SIZE).astype(np.float32).copy()


def boxes(seed: int, count: int = 2) -> Boxes:
    """Boxes on the road, without anything in the picture that they are around."""
    rng = Generator(Philox(key=[9, seed]))
    x, y = rng.integers(4, 70, count), rng.integers(44, 60, count)
    wide, high = rng.integers(22, 40, count), rng.integers(18, 30, count)
    return Boxes(np.stack([x, y, x + wide, y + high], axis=1), np.array(["car"] * count))
