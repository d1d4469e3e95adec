"""Contact sheets: pictures, boxes, outlines and what was drawn, in one SVG that needs nothing else."""

import base64
import re
import xml.etree.ElementTree as ET

import cv2
import numpy as np
import pyarrow as pa
import pytest

from aug_assets import recipe
from aug_assets.frames import to_table
from aug_assets.report.families import families
from aug_assets.report.sheet import sheet
from aug_assets.rows import source_ids, to_hex
from tests import builders, scenes

SPEC = scenes.spec(steps=[{"operator": "blur", "sigma_px": [2, 2]}])


def families_of(dtype: str = "uint8", channels: int = 3):
    frame = scenes.frame(4, dtype=dtype, channels=channels)
    ids = to_hex(source_ids(SPEC.id, [pa.array(frame["id"])], len(frame)))
    source = to_table(frame, SPEC, ids, synthetic=False)
    plan = recipe.plan(SPEC, builders.DAY, source)
    made = recipe.make(plan, 0, 0, plan.rows)
    return families(SPEC, source, made.rows, made.told, parents=2, copies=2)


def test_families_are_parents_with_their_own_copies() -> None:
    found = families_of()
    assert len(found) == 2
    for family in found:
        assert family.copies["camera"].tolist() == family.parent["camera"].tolist() * 2
        assert family.copies["points"].tolist() == family.parent["points"].tolist() * 2
        assert [family.words(n) for n in (0, 1)] == [["blur sigma_px 2"]] * 2


@pytest.mark.parametrize(("dtype", "channels"), [("uint8", 3), ("uint16", 1), ("int16", 3), ("float32", 1)])
def test_a_sheet_shows_every_picture_and_box(dtype: str, channels: int) -> None:
    found = families_of(dtype, channels)
    text = sheet(SPEC, found)
    root = ET.fromstring(text)
    names = [element.tag.rpartition("}")[2] for element in root.iter()]
    boxes = sum(len(b) for f in found for rows in (f.parent, f.copies) for b in rows["boxes"])
    assert names.count("image") == 6
    assert names.count("rect") == boxes
    assert "original" in text
    assert text.count("blur sigma_px 2") == 4


def test_copies_are_shown_in_the_window_of_their_parent() -> None:
    found = families_of("uint16", 1)
    shown = [
        cv2.imdecode(np.frombuffer(base64.b64decode(data), np.uint8), cv2.IMREAD_GRAYSCALE)
        for data in re.findall(r"base64,([^\"]+)", sheet(SPEC, found))
    ]
    assert shown[0].max() > 200
    assert abs(float(shown[0].mean()) - float(shown[1].mean())) < 6


def test_a_box_to_ignore_is_dashed_and_labels_are_escaped() -> None:
    (family, _) = families_of()
    boxes = family.copies["boxes"].iloc[0]
    boxes.ignore[0] = True
    boxes.labels[0] = "<b>"
    root = ET.fromstring(sheet(SPEC, [family]))
    assert sum("stroke-dasharray" in element.attrib for element in root.iter()) == 1
    assert any(element.text == "<b> (ignore)" for element in root.iter())
