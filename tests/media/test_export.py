"""Published rows as files: exact where a format can be, refused where not, and the same at every export."""

import csv
import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pandas as pd
import pyarrow as pa
import pydicom
import pytest

from aug_assets.errors import ExportError
from aug_assets.frames import to_table
from aug_assets.ingest import ingest
from aug_assets.media import export
from aug_assets.media.export import export_day
from aug_assets.spec import DatasetSpec
from aug_assets.values.boxes import Boxes
from aug_assets.values.column import objects
from aug_assets.values.picture import Picture
from tests import builders, scenes
from tests.media import made

IDS = [f"{n:032x}" for n in (7, 2**127 + 5, 9)]
COLUMNS = {
    "id": {"type": "string"},
    "image": {"type": "image"},
    "mask": {"type": "mask", "nullable": True},
    "depth": {"type": "depth", "nullable": True},
    "boxes": {"type": "boxes", "values": ["person", "car"], "nullable": True},
    "slope": {"type": "float64", "from": "dicom:RescaleSlope", "nullable": True},
    "intercept": {"type": "float64", "from": "dicom:RescaleIntercept", "nullable": True},
    "bits": {"type": "int32", "from": "dicom:BitsStored", "nullable": True},
    "patient": {"type": "string", "from": "dicom:PatientID", "nullable": True},
    "photometric": {"type": "string", "from": "dicom:PhotometricInterpretation", "nullable": True},
    "type": {"type": "string", "from": "dicom:ImageType", "nullable": True},
    "day": {"type": "date", "from": "dicom:StudyDate", "nullable": True},
}
SPEC = made.spec("/nowhere/{date}.csv", COLUMNS)


def table(dtype: str = "uint8", channels: int = 3, spec: DatasetSpec = SPEC, **changes: Any) -> pa.Table:
    """A real row with all that belongs to it, a made one, and one that lacks what it may lack."""
    pictures = [scenes.picture(n, dtype, channels) for n in range(3)]
    mask = (np.arange(48 * 64) % 5).astype(np.uint8).reshape(48, 64)
    boxes = Boxes(
        np.array([[1, 2, 4, 6.5], [0, 0, 9, 9]]), np.array(["car", "person"]), np.array([False, True])
    )
    depth = np.linspace(0, 90, 48 * 64, dtype=np.float32).reshape(48, 64)
    bits = {"uint16": 12, "int16": 16}.get(dtype, 8)
    rows: dict[str, Any] = {
        "id": ["a", "b", "c"],
        "image": objects([Picture.of(p) for p in pictures]),
        "mask": objects([Picture.of(mask), Picture.of(mask), None]),
        "depth": objects([Picture.of(depth), None, None]),
        "boxes": objects([boxes, boxes[:0], None]),
        "slope": [2.5, 1 / 3, None],
        "intercept": [-1024.0, 0.0, None],
        "bits": pd.array([bits, bits, None], "Int32"),
        "patient": ["p1", "p1", None],
        "photometric": ["MONOCHROME1" if channels == 1 else "RGB", None, None],
        "type": ["ORIGINAL\\PRIMARY", None, None],
        "day": pd.array([pd.Timestamp("2025-01-02").date(), None, None], pd.ArrowDtype(pa.date32())),
    }
    made_rows = to_table(pd.DataFrame(rows | changes), spec, pa.array(IDS), synthetic=False)
    return made_rows.set_column(1, "is_synthetic", pa.array([False, True, False]))


def lines(folder: Path) -> list[dict[str, str]]:
    with (folder / "index.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def state(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


@pytest.mark.parametrize(("dtype", "channels"), [("uint8", 3), ("uint8", 1), ("uint16", 1), ("uint16", 3)])
def test_png_is_exact(tmp_path: Path, dtype: str, channels: int) -> None:
    done = export_day(table(dtype, channels), SPEC, tmp_path, "png")
    assert (done.rows, done.pictures) == (3, 6)
    for number, line in enumerate(lines(tmp_path)):
        found = cv2.imread(str(tmp_path / line["image"]), cv2.IMREAD_UNCHANGED)
        found = found[..., ::-1] if channels == 3 else found
        assert np.array_equal(found, scenes.picture(number, dtype, channels))
    first, second, third = lines(tmp_path)
    assert np.unique(cv2.imread(str(tmp_path / first["mask"]), cv2.IMREAD_UNCHANGED)).tolist() == [
        0,
        1,
        2,
        3,
        4,
    ]
    depth = cv2.imread(str(tmp_path / first["depth"]), cv2.IMREAD_UNCHANGED)
    assert (depth.dtype, depth.max()) == (np.float32, 90)
    assert json.loads(first["boxes"])[1]["ignore"] is True
    assert (second["boxes"], third["boxes"], third["mask"], second["is_synthetic"]) == ("[]", "", "", "True")


def test_what_was_exported_can_be_a_source_again(tmp_path: Path) -> None:
    names = ("id", "image", "mask", "boxes")
    columns = {name: COLUMNS[name] for name in names} | {
        "row_id_of_old": {"type": "string", "from": "row_id"}
    }
    export_day(table(), SPEC, tmp_path / builders.DAY, "png")
    found = ingest(made.spec(f"{tmp_path}/{{date}}/index.csv", columns), builders.DAY)
    assert found.reasons == {}
    again = {row["id"]: row for row in found.rows.to_pylist()}
    before = {row["id"]: row for row in table().to_pylist()}
    for name in names:
        assert [again[n][name] for n in "abc"] == [before[n][name] for n in "abc"]


@pytest.mark.parametrize(
    ("dtype", "channels", "kind"),
    [("uint16", 1, "jpeg"), ("int16", 1, "png"), ("int16", 1, "coco"), ("float32", 1, "png"),
     ("float32", 1, "dicom"), ("int16", 3, "dicom")],
)  # fmt: skip
def test_a_format_that_would_lose_something_is_refused(
    tmp_path: Path, dtype: str, channels: int, kind: export.ExportFormat
) -> None:
    with pytest.raises(ExportError, match=f"{kind} cannot hold") as caught:
        export_day(table(dtype, channels), SPEC, tmp_path, kind)
    assert dtype in caught.value.seen
    assert state(tmp_path) == {}


def test_jpeg_is_close(tmp_path: Path) -> None:
    export_day(table(), SPEC, tmp_path, "jpeg")
    line = lines(tmp_path)[0]
    found = cv2.imread(str(tmp_path / line["image"]))[..., ::-1].astype(int)
    assert line["image"].endswith(".jpg")
    assert np.abs(found - scenes.picture(0)).mean() < 6
    assert line["mask"].endswith(".png")


@pytest.mark.parametrize(("dtype", "channels"), [("uint8", 1), ("uint16", 1), ("int16", 1), ("uint8", 3)])
def test_dicom_keeps_values_and_what_they_mean(tmp_path: Path, dtype: str, channels: int) -> None:
    export_day(table(dtype, channels), SPEC, tmp_path, "dicom", {IDS[1]: "blur, noise"})
    real, synthetic, bare = (pydicom.dcmread(tmp_path / line["image"]) for line in lines(tmp_path))
    for number, found in enumerate((real, synthetic, bare)):
        assert found.pixel_array.dtype == dtype
        assert np.array_equal(found.pixel_array, scenes.picture(number, dtype, channels))
        assert found.ImageType[:2] == ["DERIVED", "SECONDARY"]
    assert (real.RescaleSlope, real.RescaleIntercept, real.PatientID) == (2.5, -1024, "p1")
    assert real.BitsStored == {"uint16": 12, "int16": 16}.get(dtype, 8)
    assert real.HighBit == real.BitsStored - 1
    assert real.PhotometricInterpretation == ("MONOCHROME1" if channels == 1 else "RGB")
    assert real.StudyDate == "20250102"
    assert float(synthetic.RescaleSlope) == pytest.approx(1 / 3)
    assert real.DerivationDescription == "pixels as read"
    assert synthetic.DerivationDescription == "augmented: blur, noise"
    assert (real.ConversionType, synthetic.ConversionType) == ("WSD", "SYN")
    assert real.SOPInstanceUID == "2.25.7"
    assert synthetic.SOPInstanceUID == f"2.25.{2**127 + 5}" == synthetic.file_meta.MediaStorageSOPInstanceUID
    assert real.StudyInstanceUID == synthetic.StudyInstanceUID
    assert len(synthetic.SOPInstanceUID) <= 64
    assert "RescaleSlope" not in bare


def test_dicom_read_exported_and_read_again_is_the_same(tmp_path: Path) -> None:
    columns = {
        "id": {"type": "string", "from": "name"},
        "image": {"type": "image", "from": "path"},
        "slope": COLUMNS["slope"],
        "intercept": COLUMNS["intercept"],
        "bits": COLUMNS["bits"],
    }
    file = made.dicom(
        scenes.picture(1, "uint16", 1), RescaleSlope=2, RescaleIntercept=-5, BitsStored=12, HighBit=11
    )
    made.put(tmp_path / builders.DAY, a_dcm=file)
    spec = made.spec(f"{tmp_path}/{{date}}", columns, source={"format": "folder"})
    first = ingest(spec, builders.DAY).rows
    export_day(first, spec, tmp_path / "out" / builders.DAY, "dicom")
    back = made.spec(f"{tmp_path}/out/{{date}}", columns, source={"format": "folder"})
    second = ingest(back, builders.DAY).rows
    for name in ("image", "slope", "intercept", "bits"):
        assert second[name].to_pylist() == first[name].to_pylist()


def test_values_beyond_bits_stored_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="BitsStored"):
        export_day(table("uint16", 1, bits=pd.array([8, 8, 8], "Int32")), SPEC, tmp_path, "dicom")
    with pytest.raises(ExportError, match="cannot stand in a header as RescaleSlope"):
        export_day(table("uint16", 1, slope=[float("inf")] * 3), SPEC, tmp_path, "dicom")


def test_coco(tmp_path: Path) -> None:
    export_day(table(), SPEC, tmp_path, "coco")
    found = json.loads((tmp_path / "annotations.json").read_text())
    assert found["categories"] == [{"id": 1, "name": "person"}, {"id": 2, "name": "car"}]
    assert [image["row_id"] for image in found["images"]] == IDS
    assert {(image["width"], image["height"]) for image in found["images"]} == {(64, 48)}
    assert all((tmp_path / image["file_name"]).exists() for image in found["images"])
    car, person = found["annotations"]
    about = {"id": 1, "image_id": 1, "category_id": 2, "iscrowd": 0, "ignore": 0}
    assert car == about | {"bbox": [1, 2, 3, 4.5], "area": 13.5}
    assert (person["id"], person["category_id"], person["ignore"]) == (2, 1, 1)


@pytest.mark.parametrize("kind", ["png", "jpeg", "dicom", "coco"])
def test_a_second_export_writes_the_same_and_nothing_more(tmp_path: Path, kind: export.ExportFormat) -> None:
    export_day(table(), SPEC, tmp_path, kind)
    first = state(tmp_path)
    export_day(table(), SPEC, tmp_path, kind)
    assert state(tmp_path) == first


def test_pictures_of_rows_that_are_withdrawn_go_and_other_files_stay(tmp_path: Path) -> None:
    export_day(table(), SPEC, tmp_path, "png")
    (tmp_path / "mine.txt").write_text("stays")
    (tmp_path / "image" / "mine.png").write_text("stays")
    export_day(table().slice(0, 1), SPEC, tmp_path, "png")
    assert sorted(state(tmp_path)) == [
        f"depth/{IDS[0]}.tiff", f"image/{IDS[0]}.png", "image/mine.png", "index.csv", f"mask/{IDS[0]}.png",
        "mine.txt",
    ]  # fmt: skip


def test_a_cut_export_leaves_the_old_table_and_no_half_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    export_day(table().slice(0, 1), SPEC, tmp_path / "cut", "png")
    export_day(table(), SPEC, tmp_path / "whole", "png")
    before = (tmp_path / "cut" / "index.csv").read_bytes()
    write, written = Path.write_bytes, []

    def full_disk(self: Path, data: bytes) -> int:
        written.append(self)
        if len(written) < 3:
            return write(self, data)
        write(self, data[: len(data) // 2])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full_disk)
    with pytest.raises(ExportError, match="No space left"):
        export_day(table(), SPEC, tmp_path / "cut", "png")
    there, whole = state(tmp_path / "cut"), state(tmp_path / "whole")
    assert there.pop("index.csv") == before
    assert there == {name: whole[name] for name in there}


def test_a_folder_that_cannot_be_and_rows_without_pictures(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ExportError, match="cannot be written"):
        export_day(table(), SPEC, tmp_path / "file" / "below", "png")
    with pytest.raises(ExportError, match="only pictures"):
        export_day(builders.table(3), builders.spec(), tmp_path, "png")
