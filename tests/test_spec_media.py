"""Sources of pictures and annotations: what cannot work is refused when the file is loaded."""

from typing import Any

import pytest
from pydantic import ValidationError

from tests.media import made

IMAGE = {"id": {"type": "string"}, "image": {"type": "image"}}
BOXED = IMAGE | {"boxes": {"type": "boxes"}}
VOC = {"uri": "/notes/{date}", "format": "voc"}


def refused(columns: dict[str, Any], **source: Any) -> str:
    with pytest.raises(ValidationError) as caught:
        made.spec(source.pop("uri", "/raw/{date}"), columns, source=source)
    return str(caught.value)


def test_what_is_right_is_taken() -> None:
    spec = made.spec("/raw/{date}", BOXED, source={"format": "folder", "annotations": VOC})
    assert spec.source.file_format == "folder"
    assert spec.source.annotations is not None
    assert spec.source.annotations.at(made.DAY) == f"/notes/{made.DAY}"
    assert spec.source.annotations.is_daily


@pytest.mark.parametrize(
    ("notes", "told"),
    [
        ({"uri": "/notes", "format": "yolo"}, "'coco', 'voc' or 'csv'"),
        ({"uri": "", "format": "voc"}, "at least 1 character"),
        ({"uri": "/notes/{day}", "format": "voc"}, "may stand in braces"),
        ({**VOC, "columns": {"image": "file"}}, "columns are for csv"),
        ({**VOC, "columns": {"box": "file"}}, "columns.box"),
        ({**VOC, "first_pixel": 2}, "0 or 1"),
        ({"uri": "/notes", "format": "coco", "first_pixel": 1}, "COCO counts from 0"),
        ({**VOC, "boxes": "b"}, "Extra inputs"),
    ],
)
def test_annotations_that_cannot_be_read(notes: dict[str, Any], told: str) -> None:
    assert told in refused(BOXED, annotations=notes)


def test_annotations_that_nothing_takes_or_that_hold_no_such_thing() -> None:
    assert "no column takes them" in refused(IMAGE, annotations=VOC)
    renamed = IMAGE | {"found": {"type": "boxes"}}
    assert "no column takes them" in refused(renamed, annotations=VOC)
    wrong = BOXED | {"mask": {"type": "mask", "from": "segmentation"}}
    assert "voc annotations have no outlines" in refused(wrong, annotations=VOC)
    kind = IMAGE | {"boxes": {"type": "string"}}
    assert "for a column of type boxes" in refused(kind, annotations=VOC)


def test_what_is_about_pictures_needs_pictures() -> None:
    table = {"id": {"type": "string"}, "x": {"type": "float64"}}
    steps = {"recipe": [made.builders.branch(rows="all", label_value=None)]}
    for columns, source in (
        (table, {"format": "folder"}),
        (table, {"annotations": VOC}),
        (table | {"y": {"type": "float64", "from": "dicom:RescaleSlope"}}, {}),
    ):
        with pytest.raises(ValidationError, match="needs a column of type image"):
            made.spec("/raw/{date}", columns, source=source, **steps)
    assert "no format and no annotations" in refused(BOXED, uri="sample://chest_xray", annotations=VOC)


def test_headers_of_dicom_by_their_keywords() -> None:
    assert "no keyword of DICOM" in refused(IMAGE | {"p": {"type": "string", "from": "dicom:Patient"}})
    boxed = IMAGE | {"p": {"type": "boxes", "from": "dicom:PatientID"}}
    assert "a header holds plain values" in refused(boxed)
