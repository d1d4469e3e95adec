"""Annotation files beside pictures: COCO, PASCAL VOC and tables of boxes."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from aug_assets.errors import MissingColumnError, SourceUnreadableError
from aug_assets.ingest import ingest
from aug_assets.media import coco
from aug_assets.media.annotations import Annotated, Lookup
from tests.media import made
from tests.media.made import encoded, put, scene
from tests.media.test_reading import pixels

COLUMNS: dict[str, Any] = {
    "id": {"type": "string", "from": "path"},
    "image": {"type": "image", "from": "path"},
    "boxes": {"type": "boxes", "values": ["car", "person"]},
}
MASKED = COLUMNS | {"objects": {"type": "mask", "from": "segmentation"}}


def day(folder: Path, *names: str) -> Path:
    return put(folder / made.DAY, **{f"{name}_png": encoded(".png", scene()) for name in names})


def read(
    folder: Path, kind: str, wanted: dict[str, Any] = COLUMNS, **notes: Any
) -> tuple[dict[str, dict], dict[str, list[str]]]:
    """Good rows and reasons by path, of a folder of pictures with annotations in ``notes``."""
    ending = "" if kind == "voc" else ".json" if kind == "coco" else ".csv"
    annotations = {"uri": str(folder / f"notes-{{date}}{ending}"), "format": kind, **notes}
    source = {"format": "folder", "annotations": annotations}
    found = ingest(made.spec(str(folder / "{date}"), wanted, source=source), made.DAY)
    bad = {json.loads(row["row"])["path"]: sorted(row["reasons"]) for row in found.quarantine.to_pylist()}
    return {row["id"]: row for row in found.rows.to_pylist()}, bad


def corners(row: dict) -> list[tuple]:
    return [(b["x0"], b["y0"], b["x1"], b["y1"], b["label"]) for b in row["boxes"]]


# --- COCO ---------------------------------------------------------------------------------------------------
def catalogue(images: list[str], *annotations: dict[str, Any]) -> str:
    return json.dumps(
        {
            "images": [{"id": n, "file_name": f, "height": 48, "width": 64} for n, f in enumerate(images)],
            "categories": [{"id": 5, "name": "car"}, {"id": 9, "name": "person"}],
            "annotations": [{"id": n, "category_id": 5, **a} for n, a in enumerate(annotations)],
        }
    )


def test_coco(tmp_path: Path) -> None:
    day(tmp_path, "a", "none", "stranger", "odd", "unknown")
    text = catalogue(
        ["train/a.png", "none.png", "odd.png", "lost.png", "unknown.png"],
        {"image_id": 0, "bbox": [1, 2, 3, 4]},
        {"image_id": 0, "bbox": [10.5, 2, 3, 4], "category_id": 9, "iscrowd": 1},
        {"image_id": 2, "bbox": [1, 2]},
        {"image_id": 4, "bbox": [1, 2, 3, 4], "category_id": 77},
    )
    put(tmp_path, **{f"notes-{made.DAY}_json": text})
    good, bad = read(tmp_path, "coco")
    assert sorted(good) == ["a.png", "none.png"]
    assert corners(good["a.png"]) == [(1, 2, 4, 6, "car"), (10.5, 2, 13.5, 6, "person")]
    assert [box["ignore"] for box in good["a.png"]["boxes"]] == [None, True]
    assert good["none.png"]["boxes"] == []  # looked at, and empty
    assert bad == {
        "stranger.png": ["not_null:boxes"], "odd.png": ["type:boxes"], "unknown.png": ["type:boxes"],
        "lost.png": ["not_found:image"],
    }  # fmt: skip


def test_outlines_of_coco_become_a_mask_of_objects(tmp_path: Path) -> None:
    day(tmp_path, "a", "broken")
    square = [[9.6, 5.4, 20.4, 5.4, 20.4, 14.6, 9.6, 14.6]]  # of a pixel at the border the middle counts
    runs = {"size": [48, 64], "counts": [48 * 30, 48, 48 * 33]}  # the 31st column
    text = catalogue(
        ["a.png", "broken.png"],
        {"image_id": 0, "bbox": [10, 5, 10, 10], "segmentation": square},
        {"image_id": 0, "bbox": [0, 0, 5, 5]},
        {"image_id": 0, "bbox": [30, 0, 1, 48], "segmentation": runs},
        {"image_id": 1, "bbox": [1, 2, 3, 4], "segmentation": {"size": [9, 9], "counts": [81]}},
    )
    put(tmp_path, **{f"notes-{made.DAY}_json": text})
    good, bad = read(tmp_path, "coco", MASKED)
    assert bad == {"broken.png": ["not_an_image:objects"]}
    mask = pixels(good["a.png"]["objects"])
    expected = np.zeros((48, 64), np.uint8)
    expected[5:15, 10:20], expected[:, 30] = 1, 3
    assert (mask.dtype, int((mask != expected).sum())) == (np.uint8, 0)
    assert [box["object"] for box in good["a.png"]["boxes"]] == [1, None, 3]


def test_runs_written_as_letters() -> None:
    """Counts 6, 1, 40, 4, 5, 4, 5, 4, 21 of a 9 x 10 mask, as COCO's own tools write them."""
    outline = {"size": [9, 10], "counts": "61X13mN000`0"}
    counts = coco._written(outline["counts"])
    assert counts == [6, 1, 40, 4, 5, 4, 5, 4, 21]
    mask = coco.objects([{"segmentation": outline}], (9, 10))
    assert mask.sum() == 1 + 4 + 4 + 4
    assert mask.T.reshape(-1)[6] == 1


# --- PASCAL VOC ---------------------------------------------------------------------------------------------
def voc(name: str, *boxes: tuple, root: str = "annotation") -> str:
    items = "".join(
        f"<object><name>{b[4]}</name><bndbox><xmin>{b[0]}</xmin><ymin>{b[1]}</ymin><xmax>{b[2]}</xmax>"
        f"<ymax>{b[3]}</ymax></bndbox></object>"
        for b in boxes
    )
    return f"<{root}><filename>{name}</filename>{items}</{root}>"


@pytest.mark.parametrize("first", [0, 1])
def test_voc(tmp_path: Path, first: int) -> None:
    day(tmp_path, "a", "unnamed", "odd", "cut", "evil", "root")
    bomb = '<!DOCTYPE a [<!ENTITY b "bbbb">]><annotation><filename>&b;</filename></annotation>'
    put(tmp_path / f"notes-{made.DAY}", a_xml=voc("a.png", (1, 2, 4, 6, "car")), unnamed_xml=voc(""),
        odd_xml=voc("odd.png", (1, "x", 4, 6, "car")), cut_xml="<annotation><obj", evil_xml=bomb,
        root_xml=voc("root.png", root="html"), readme_txt="no XML")  # fmt: skip
    good, bad = read(tmp_path, "voc", first_pixel=first)
    assert corners(good["a.png"]) == [(1 - first, 2 - first, 4, 6, "car")]
    assert good["unnamed.png"]["boxes"] == []
    assert bad == {f"{name}.png": ["type:boxes"] for name in ("odd", "cut", "evil", "root")}


# --- tables -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "header",
    ["image,x0,y0,x1,y1,label", "filename,xmin,ymin,xmax,ymax,class", "path,x1,y1,x2,y2,category"],
)
def test_tables_of_boxes(tmp_path: Path, header: str) -> None:
    day(tmp_path, "a", "none", "odd")
    lines = f"{header}\na.png,1,2,4,6,car\na.png,5,6,7,8,person\nodd.png,1,2,x,6,car\n"
    put(tmp_path, **{f"notes-{made.DAY}_csv": lines})
    good, bad = read(tmp_path, "csv")
    assert corners(good["a.png"]) == [(1, 2, 4, 6, "car"), (5, 6, 7, 8, "person")]
    assert good["none.png"]["boxes"] == []  # a table of boxes has no line for a picture without any
    assert bad == {"odd.png": ["type:boxes"]}


def test_columns_of_tables_may_have_names_of_their_own(tmp_path: Path) -> None:
    day(tmp_path, "a")
    put(tmp_path, **{f"notes-{made.DAY}_csv": "bild,links,y0,x1,y1,label,ignore\na,1,2,4,6,car,TRUE\n"})
    with pytest.raises(MissingColumnError, match="lacks a part"):
        read(tmp_path, "csv")
    good, _ = read(tmp_path, "csv", COLUMNS, columns={"image": "bild", "x0": "links"})
    assert corners(good["a.png"]) == [(1, 2, 4, 6, "car")]
    assert good["a.png"]["boxes"][0]["ignore"] is True


# --- which picture is meant ---------------------------------------------------------------------------------
def test_as_much_of_a_path_as_names_one_picture() -> None:
    found = Lookup(dict.fromkeys(("train/a.jpg", "test/b.jpg", "x/b.png", "c"), Annotated()))
    assert found.path("train/a.jpg") == "train/a.jpg"
    assert found.path("/data/2025/a.jpg") == "train/a.jpg"
    assert found.path("a.png") == "train/a.jpg"
    assert found.path("test/b.jpg") == "test/b.jpg"
    assert found.path("b.png") == "x/b.png"
    assert found.path("folder/c.jpg") == "c"
    assert found.path("z.jpg") is None
    with pytest.raises(SourceUnreadableError, match="several annotated"):
        found.path("b.tiff")


@pytest.mark.parametrize(
    ("kind", "text"),
    [("coco", "{"), ("coco", "[]"), ("coco", '{"images": []}'), ("csv", ""), ("csv", "image,x0\na,1\n"),
     ("coco", catalogue(["a.png"], {"image_id": 99, "bbox": [1, 2, 3, 4]}))],
)  # fmt: skip
def test_a_file_that_cannot_be_parsed_says_which(tmp_path: Path, kind: str, text: str) -> None:
    day(tmp_path, "a")
    put(tmp_path, **{f"notes-{made.DAY}_{'json' if kind == 'coco' else 'csv'}": text})
    with pytest.raises((SourceUnreadableError, MissingColumnError)) as caught:
        read(tmp_path, kind)
    assert "notes" in str(caught.value)
