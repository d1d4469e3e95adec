"""Small pictures with all that may belong to them, from fixed keys: for tests of operators and gates."""

from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd
from numpy.random import Generator, Philox

from aug_assets.spec import DatasetSpec
from aug_assets.values.boxes import Boxes, Points
from aug_assets.values.column import objects
from aug_assets.values.picture import Picture
from tests import builders

SIZE = (48, 64)  # height and width: unequal, so that a mix-up shows
LABELS = ("car", "person")
DTYPES = ("uint8", "uint16", "int16", "float32")

COLUMNS: dict[str, Any] = {
    "id": {"type": "string"},
    "image": {"type": "image"},
    "mask": {"type": "mask", "values": [0, 1, 2, 3]},
    "depth": {"type": "depth", "nullable": True},
    "boxes": {"type": "boxes", "values": list(LABELS), "objects_in": "mask"},
    "points": {"type": "points", "nullable": True},
    "camera": {"type": "category", "values": ["front", "rear"]},
    "note": {"type": "string", "nullable": True},
}
FREE = {"laterality": "symmetric", "orientation": "any"}  # nothing is forbidden


def spec(**changes: Any) -> DatasetSpec:
    """A dataset of such pictures; keyword arguments replace whole fields."""
    recipe = [{"name": "more", "select": {"rows": "all", "copies": 2}, "steps": changes.pop("steps", [])}]
    plain = {"columns": COLUMNS, "label": None, "safety": FREE, "recipe": recipe}
    return builders.checked(builders.body(**{**plain, **changes}))


def picture(seed: int, dtype: str = "uint8", channels: int = 3) -> np.ndarray:
    """A smooth scene with noise that uses most of the dtype's range (12 bits of uint16, window of int16)."""
    rng = Generator(Philox(key=seed))
    y, x = np.mgrid[0 : SIZE[0], 0 : SIZE[1]] / 10.0
    waves = 0.5 + 0.3 * np.sin(x + seed) * np.cos(y) + 0.05 * rng.standard_normal(SIZE)
    unit = np.clip(np.stack([waves * w for w in (1.0, 0.9, 0.8)][:channels], axis=-1), 0, 1)
    unit = unit[:, :, 0] if channels == 1 else unit
    low, high = {"uint8": (0, 255), "uint16": (0, 4095), "int16": (-1000, 3000), "float32": (0, 1)}[dtype]
    values = low + unit * (high - low)
    return values.astype(np.float32) if dtype == "float32" else np.rint(values).astype(dtype)


def frame(rows: int = 8, seed: int = 1, dtype: str = "uint8", channels: int = 3) -> pd.DataFrame:
    """Rows of the dataset: three objects a picture, each with its box, its mask value and its depth."""
    return _frame(rows, seed, dtype, channels).copy()


@lru_cache(maxsize=64)
def _frame(rows: int, seed: int, dtype: str, channels: int) -> pd.DataFrame:
    made: dict[str, list[Any]] = {name: [] for name in COLUMNS}
    for n in range(rows):
        rng = Generator(Philox(key=[seed, n]))
        mask, depth = np.zeros(SIZE, np.uint8), np.full(SIZE, 90, np.float32)
        boxes, marks = [], []
        for value in (1, 2, 3):
            top, left = int(rng.integers(4, 28)), int(rng.integers(4, 40))
            height, width = int(rng.integers(8, 16)), int(rng.integers(8, 20))
            mask[top : top + height, left : left + width] = value
            depth[top : top + height, left : left + width] = 10.0 * value
        for value in (1, 2, 3):
            inside = np.argwhere(mask == value)
            if len(inside):
                (top, left), (bottom, right) = inside.min(0), inside.max(0) + 1
                boxes.append((left, top, right, bottom))
                marks.append(value)
        pixels = picture(n + 100 * seed, dtype, channels)
        made["id"].append(f"scene-{seed}-{n:03d}")
        made["image"].append(Picture.of(pixels))
        made["mask"].append(Picture.of(mask))
        made["depth"].append(None if n % 4 == 3 else Picture.of(depth))
        labels = np.array([LABELS[i % 2] for i in range(len(boxes))])
        made["boxes"].append(Boxes(np.array(boxes, float), labels, object=np.array(marks)))
        xy = rng.uniform(5, 40, (2, 2))
        points = Points(xy, np.array(["left_eye", "right_eye"]), np.array([True, True]))
        made["points"].append(None if n % 5 == 4 else points)
        made["camera"].append(("front", "rear")[n % 2])
        made["note"].append(None if n % 3 == 2 else f"note {n}")
    held = ("image", "mask", "depth", "boxes", "points")
    return pd.DataFrame(
        {
            name: objects(values) if name in held else pd.Series(values, dtype=pd.StringDtype("pyarrow"))
            for name, values in made.items()
        }
    )
