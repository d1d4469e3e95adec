"""The schema's word on pictures, boxes and points, each seen failing on a planted case."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from aug_assets import schema
from aug_assets.values.boxes import Boxes, Points
from aug_assets.values.column import objects
from aug_assets.values.picture import Picture
from tests import scenes

COLUMNS = scenes.COLUMNS | {"image": {"type": "image", "dtype": "uint8", "channels": 3, "min": 1, "max": 254}}
SPEC = scenes.spec(columns=COLUMNS, steps=[{"operator": "blur"}])


def clean() -> pd.DataFrame:
    rows = scenes.frame(3)
    rows["image"] = objects([Picture.of(np.clip(p.pixels, 1, 254)) for p in rows["image"]])
    return rows


def planted(name: str, value: Any) -> pd.DataFrame:
    """The second row has another value in one column."""
    rows = clean()
    rows[name] = objects([rows[name][0], value, rows[name][2]])
    return rows


def boxes(*xyxy: tuple[float, ...], label: str = "car") -> Boxes:
    return Boxes(np.array(xyxy), np.array([label] * len(xyxy)))


PIXELS = np.full((*scenes.SIZE, 3), 100, np.uint8)
MASK = np.zeros(scenes.SIZE, np.uint8)
CASES: dict[str, tuple[str, Any]] = {
    "not_null:image": ("image", None),
    "not_null:boxes": ("boxes", None),
    "dtype:image": ("image", Picture.of(PIXELS.astype(np.uint16))),
    "channels:image": ("image", Picture.of(PIXELS[:, :, 0])),
    "min:image": ("image", Picture.of(PIXELS * np.uint8(0))),
    "max:image": ("image", Picture.of(np.full_like(PIXELS, 255))),
    "dtype:mask": ("mask", Picture.of(MASK.astype(np.float32))),
    "values:mask": ("mask", Picture.of(MASK + np.uint8(9))),
    "size:mask": ("mask", Picture.of(MASK[:-1])),
    "dtype:depth": ("depth", Picture.of(MASK)),
    "size:depth": ("depth", Picture.of(MASK[:, 1:].astype(np.float32))),
    "negative_area:boxes": ("boxes", boxes((5, 5, 4, 9))),
    "finite:boxes": ("boxes", boxes((5, 5, np.nan, 9))),
    "outside:boxes": ("boxes", boxes((5, 5, scenes.SIZE[1] + 1, 9))),
    "values:boxes": ("boxes", boxes((5, 5, 9, 9), label="tram")),
    "finite:points": ("points", Points(np.array([[np.inf, 0]]), np.array(["nose"]), np.array([True]))),
}


def test_clean_rows_pass() -> None:
    assert schema.failures(SPEC, clean(), synthetic=True) == {}


@pytest.mark.parametrize("reason", CASES)
def test_a_planted_defect_is_found_in_its_row_and_nowhere_else(reason: str) -> None:
    found = schema.failures(SPEC, planted(*CASES[reason]), synthetic=False)
    assert found[reason].tolist() == [False, True, False]
    assert all(mask.tolist() == [False, True, False] for mask in found.values())


def test_the_border_itself_is_inside() -> None:
    height, width = scenes.SIZE
    rows = planted("boxes", boxes((0, 0, width, height), (-0.4, 0, 3, height + 0.4)))
    assert schema.failures(SPEC, rows, synthetic=False) == {}
