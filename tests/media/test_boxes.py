"""Boxes and points as people write them: read exactly, or marked."""

import json

import pyarrow as pa
import pytest

from aug_assets.coerce import coerce
from aug_assets.errors import ColumnTypeError
from aug_assets.media import boxes
from aug_assets.values.boxes import STORED_BOXES, STORED_POINTS
from tests import scenes
from tests.media import made

CORNERS = {"x0": 1.0, "y0": 2.0, "x1": 4.0, "y1": 6.0, "label": "car"}
WHOLE = {**CORNERS, "ignore": None, "visible": None, "object": None}


def read(values: pa.Array, kind: str = "boxes") -> tuple[list, list]:
    found, bad = boxes.stored(kind, values)
    assert found.type == (STORED_BOXES if kind == "boxes" else STORED_POINTS)
    return found.to_pylist(), bad.tolist()


@pytest.mark.parametrize(
    "item",
    [
        CORNERS,
        {"bbox": [1, 2, 3, 4], "label": "car"},
        {"xmin": "1", "ymin": "2", "xmax": "4", "ymax": "6", "class": "car"},
        {"left": 1, "top": 2, "right": 4, "bottom": 6, "name": "car"},
    ],
    ids=lambda item: next(iter(item)),
)
def test_ways_to_write_one_box(item: dict) -> None:
    assert read(pa.array([json.dumps([item]), None, "[]"])) == ([[WHOLE], None, []], [False] * 3)


def test_what_a_box_may_say_of_itself() -> None:
    item = {"bbox": [1, 2, 3, 4], "label": 7, "iscrowd": 1, "visible": 0.5, "object": 3}
    expected = {**CORNERS, "label": "7", "ignore": True, "visible": 0.5, "object": 3}
    assert read(pa.array([json.dumps([item])])) == ([[expected]], [False])


@pytest.mark.parametrize(
    "text",
    [
        "no JSON", "{}", "5", "[5]", '[{"x0": 1}]', '[{"bbox": [1, 2, 3], "label": "car"}]',
        '[{"bbox": [1, 2, 3, 4]}]', '[{"bbox": [1, 2, 3, true], "label": "car"}]',
        '[{"bbox": [1, 2, 3, "x"], "label": "car"}]', '[{"bbox": [1, 2, 3, 4], "label": null}]',
        '[{"bbox": [1, 2, 3, 4], "label": ["car"]}]',
        '[{"bbox": [1, 2, 3, 4], "label": "car", "object": -1}]',
        '[{"bbox": [1, 2, 3, 4], "label": "car", "object": 5000000000}]', "[" * 100_000,
    ],
    ids=range(14),
)  # fmt: skip
def test_what_is_no_box_spoils_its_row_only(text: str) -> None:
    good = json.dumps([CORNERS])
    assert read(pa.array([good, text])) == ([[WHOLE], None], [False, True])


def test_lists_of_structs_may_lack_what_a_box_may_lack() -> None:
    assert read(pa.array([[CORNERS], [], None])) == ([[WHOLE], [], None], [False] * 3)
    large = pa.array([[CORNERS]], pa.large_list(pa.array([CORNERS]).type))
    assert read(large) == ([[WHOLE]], [False])
    stored = pa.array([[WHOLE]], STORED_BOXES)
    assert boxes.stored("boxes", stored)[0] is stored
    points = pa.array([[{"x": 1, "y": 2, "label": "left_eye"}]])
    expected = {"x": 1.0, "y": 2.0, "label": "left_eye", "visible": None}
    assert read(points, "points") == ([[expected]], [False])


def test_numbers_that_are_none_are_left_to_the_schema() -> None:
    values, bad = read(pa.array(['[{"bbox": [NaN, 2, 3, 4], "label": "car"}]']))
    assert bad == [False]
    assert values[0][0]["x0"] != values[0][0]["x0"]


@pytest.mark.parametrize("typed_file", [False, True])
def test_columns_of_a_dataset_in_any_of_these_forms(*, typed_file: bool) -> None:
    """Stored forms pass as they are; text is read from files with types too."""
    spec = made.spec("/nowhere/{date}.parquet", scenes.COLUMNS, safety=scenes.FREE)
    stored = pa.Table.from_pydict({n: c for n, c in _stored(spec).items() if n in scenes.COLUMNS})
    kept = coerce(stored, spec, typed_file=typed_file)
    assert kept.failures == {}
    assert kept.table.select(["image", "boxes"]) == stored.select(["image", "boxes"])
    text = pa.array([json.dumps([CORNERS]), "rubbish"])
    raw = stored.slice(0, 2).set_column(stored.column_names.index("boxes"), "boxes", text)
    found = coerce(raw, spec, typed_file=typed_file)
    assert found.table["boxes"].to_pylist() == [[WHOLE], None]
    assert {reason: mask.tolist() for reason, mask in found.failures.items()} == {"type:boxes": [False, True]}


def _stored(spec) -> dict:
    from aug_assets.frames import to_table

    frame = scenes.frame(3)
    table = to_table(frame, spec, pa.array(["a", "b", "c"]), synthetic=False)
    return {name: table.column(name) for name in table.column_names}


@pytest.mark.parametrize(("column", "values"), [("boxes", pa.array([1])), ("image", pa.array([1.5]))])
def test_a_column_that_can_never_hold_them_is_an_error(column: str, values: pa.Array) -> None:
    spec = made.spec("/nowhere/{date}.parquet", scenes.COLUMNS, safety=scenes.FREE)
    raw = pa.Table.from_pydict({n: c for n, c in _stored(spec).items() if n in scenes.COLUMNS}).slice(0, 1)
    with pytest.raises(ColumnTypeError, match=f"column '{column}'"):
        coerce(raw.set_column(raw.column_names.index(column), column, values), spec, typed_file=True)
