"""A day of pictures from users' files, end to end: folders, tables of paths, bytes in Parquet, DICOM."""

import json
import os
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from aug_assets.errors import LakeUnreachableError, MissingColumnError, SourceUnreadableError
from aug_assets.ingest import ingest
from aug_assets.media import columns, fetch
from aug_assets.values.picture import Picture
from tests.media import made
from tests.media.made import dicom, encoded, png, put, read, scene

SIMPLE = {"id": {"type": "string"}, "image": {"type": "image", "dtype": "uint8", "channels": 3}}
INDEX = "{date}.csv"


def pixels(stored: dict) -> np.ndarray:
    return Picture((stored["pixels"], stored["codec"]), stored["dtype"], tuple(stored["shape"])).pixels


def index(folder: Path, *lines: str, header: str = "id,image") -> str:
    put(folder, **{f"{made.DAY}_csv": "\n".join([header, *lines]) + "\n"})
    return str(folder / INDEX)


def test_a_table_of_paths(tmp_path: Path) -> None:
    whole, other = encoded(".png", scene()), encoded(".png", scene(seed=2))
    put(
        tmp_path / "in",
        a_png=whole,
        cut_png=whole[:999],
        text_png="a text",
        empty_png=b"",
        deep_png=encoded(".png", scene("uint16")),
        alpha_png=encoded(".png", np.dstack([scene(), scene(channels=1)])),
        grey_png=encoded(".png", scene(channels=1)),
        bomb_png=png((50_000, 50_000), 8, 0, [b""]),
    )
    put(tmp_path / "far", b_jpg=other)  # a PNG, whatever it is called
    names = ["cut", "text", "empty", "deep", "grey", "bomb", "none"]
    lines = ["a,in/a.png", f"b,{tmp_path}/far/b.jpg", "alpha,in/alpha.png", "null,", "folder,in",
             "web,http://127.0.0.1:9/a.png", *[f"{name},in/{name}.png" for name in names]]  # fmt: skip
    good, bad = read(made.spec(index(tmp_path, *lines), SIMPLE))
    assert sorted(good) == ["a", "alpha", "b"]
    assert np.array_equal(pixels(good["a"]["image"]), scene())
    assert np.array_equal(pixels(good["b"]["image"]), scene(seed=2))
    assert bad == {
        "cut": ["truncated:image"], "text": ["not_an_image:image"], "empty": ["zero_size:image"],
        "deep": ["dtype:image"], "grey": ["channels:image"], "bomb": ["too_large:image"],
        "none": ["not_found:image"], "web": ["not_found:image"], "folder": ["not_found:image"],
        "null": ["not_null:image"],
    }  # fmt: skip


def test_paths_begin_where_their_own_table_lies(tmp_path: Path) -> None:
    """Two deliveries may use the same names; each means its own files."""
    for seed, part in enumerate(("one", "two"), start=1):
        put(
            tmp_path / made.DAY / part,
            a_png=encoded(".png", scene(seed=seed)),
            index_csv=f"id,image\n{part},a.png\n",
        )
    good, bad = read(made.spec(f"{tmp_path}/{{date}}/*/index.csv", SIMPLE))
    assert bad == {}
    assert np.array_equal(pixels(good["two"]["image"]), scene(seed=2))


@pytest.mark.parametrize("form", ["binary", "large_binary", "struct"])
def test_bytes_in_parquet(tmp_path: Path, form: str) -> None:
    whole = encoded(".png", scene())
    put(tmp_path, other_png=encoded(".png", scene(seed=2)))
    files = [whole, whole[:500], b"text", None, b""]
    column = pa.array(files, pa.large_binary() if form == "large_binary" else pa.binary())
    ids = ["a", "cut", "text", "null", "empty"]
    if form == "struct":
        kind = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
        rows = [{"bytes": data, "path": None} for data in files] + [{"bytes": None, "path": "other.png"}]
        column, ids = pa.array(rows, kind), [*ids, "path"]
    pq.write_table(pa.table({"id": ids, "image": column}), tmp_path / f"{made.DAY}.parquet")
    dataset = made.spec(str(tmp_path / "{date}.parquet"), SIMPLE)
    good, bad = read(dataset)
    assert sorted(good) == (["a", "path"] if form == "struct" else ["a"])
    assert bad == {"cut": ["truncated:image"], "text": ["not_an_image:image"], "null": ["not_null:image"],
                   "empty": ["zero_size:image"]}  # fmt: skip
    rows = [json.loads(row) for row in ingest(dataset, made.DAY).quarantine["row"].to_pylist()]
    shown = next(row["image"] for row in rows if row["id"] == "cut")
    assert shown["bytes"] == 500
    assert len(shown["digest"]) == 32


def test_masks_and_boxes_beside_a_picture(tmp_path: Path) -> None:
    """What is wrong with a label is the schema's to say."""
    columns = {
        **SIMPLE,
        "mask": {"type": "mask", "values": [0, 1, 2]},
        "boxes": {"type": "boxes", "values": ["car"]},
    }
    mask = (np.arange(48 * 64) % 3).astype(np.uint8).reshape(48, 64)
    put(
        tmp_path,
        i_png=encoded(".png", scene()),
        m_png=encoded(".png", mask),
        small_png=encoded(".png", mask[::2]),
        odd_png=encoded(".png", mask + 7),
        colour_png=encoded(".png", scene()),
    )

    def line(name: str, mask: str = "m", box: str = "[1, 1, 5, 5]", label: str = "car") -> str:
        boxes = json.dumps([{"bbox": json.loads(box), "label": label}]).replace('"', '""')
        return f'{name},i.png,{mask}.png,"{boxes}"'

    lines = [line("good"), line("small", "small"), line("odd", "odd"), line("colour", "colour"),
             line("turned", box="[9, 9, -3, 4]"), line("out", box="[60, 1, 9, 9]"),
             line("lorry", label="lorry"), line("nan", box="[NaN, 1, 9, 9]")]  # fmt: skip
    good, bad = read(made.spec(index(tmp_path, *lines, header="id,image,mask,boxes"), columns))
    assert list(good) == ["good"]
    assert np.array_equal(pixels(good["good"]["mask"]), mask)
    assert bad == {
        "small": ["size:mask"], "odd": ["values:mask"], "colour": ["channels:mask"],
        "turned": ["negative_area:boxes"], "out": ["outside:boxes"], "lorry": ["values:boxes"],
        "nan": ["finite:boxes"],
    }  # fmt: skip


def test_a_folder_of_classes(tmp_path: Path) -> None:
    columns = {
        "id": {"type": "string", "from": "path"},
        "image": {"type": "image", "from": "path"},
        "kind": {"type": "category", "from": "folder", "values": ["cat", "dog"]},
        "name": {"type": "string"},
    }
    day = tmp_path / made.DAY
    put(day / "cat", a_png=encoded(".png", scene()), notes_txt="no picture, and not called one")
    put(day / "dog", b_jpg=encoded(".jpg", scene()), broken_png=b"")
    put(day / "cow", c_png=encoded(".png", scene()))
    put(day / "_old", d_png=encoded(".png", scene()))
    dataset = made.spec(str(tmp_path / "{date}"), columns, source={"format": "folder"}, label="kind")
    found = ingest(dataset, made.DAY)
    rows = {row["id"]: (row["kind"], row["name"]) for row in found.rows.to_pylist()}
    assert rows == {"cat/a.png": ("cat", "a"), "dog/b.jpg": ("dog", "b")}
    bad = {json.loads(r["row"])["path"]: r["reasons"] for r in found.quarantine.to_pylist()}
    assert bad == {"cow/c.png": ["values:kind"], "dog/broken.png": ["zero_size:image"]}


def test_ids_do_not_depend_on_where_files_lie(tmp_path: Path) -> None:
    columns = {"id": {"type": "string", "from": "path"}, "image": {"type": "image", "from": "path"}}
    found = []
    for place in ("here", "there"):
        put(tmp_path / place / made.DAY, a_png=encoded(".png", scene()))
        dataset = made.spec(f"{tmp_path}/{place}/{{date}}", columns, source={"format": "folder"})
        found.append(ingest(dataset, made.DAY).rows)
    assert found[0] == found[1]


def test_a_folder_gives_no_other_columns(tmp_path: Path) -> None:
    put(tmp_path / made.DAY, a_png=encoded(".png", scene()))
    with pytest.raises(MissingColumnError, match="image"):
        ingest(made.spec(str(tmp_path / "{date}"), SIMPLE, source={"format": "folder"}), made.DAY)


DICOM = {
    "id": {"type": "string", "from": "name"},
    "image": {"type": "image", "from": "path"},
    "patient": {"type": "string", "from": "dicom:PatientID"},
    "slope": {"type": "float64", "from": "dicom:RescaleSlope", "nullable": True},
    "intercept": {"type": "float64", "from": "dicom:RescaleIntercept", "nullable": True},
    "bits": {"type": "int32", "from": "dicom:BitsStored"},
    "day": {"type": "date", "from": "dicom:StudyDate", "nullable": True},
    "kind": {"type": "string", "from": "dicom:ImageType", "nullable": True},
}


def test_headers_of_dicom_become_columns(tmp_path: Path) -> None:
    values = scene("int16", 1)
    scan = dicom(values, PatientID="p7", RescaleSlope="2.5", RescaleIntercept="-1024", StudyDate="20250102",
                 ImageType=["ORIGINAL", "PRIMARY"])  # fmt: skip
    put(tmp_path / made.DAY, scan_dcm=scan, unnamed_dcm=dicom(values), film_dcm=b"no film")
    dataset = made.spec(str(tmp_path / "{date}"), DICOM, source={"format": "folder"})
    found = ingest(dataset, made.DAY)
    (row,) = found.rows.to_pylist()
    assert np.array_equal(pixels(row["image"]), values)
    told = (row["patient"], row["slope"], row["intercept"], row["bits"], str(row["day"]), row["kind"])
    assert told == ("p7", 2.5, -1024.0, 16, "2025-01-02", "ORIGINAL\\PRIMARY")
    bad = {json.loads(r["row"])["name"]: sorted(r["reasons"]) for r in found.quarantine.to_pylist()}
    assert bad == {
        "unnamed": ["not_null:patient"], "film": ["not_an_image:image", "not_null:bits", "not_null:patient"],
    }  # fmt: skip


def test_a_day_of_other_peoples_scans_goes_on(tmp_path: Path) -> None:
    import pydicom.data

    folder = Path(pydicom.data.__file__).parent / "test_files"
    names = ("MR_small.dcm", "CT_small.dcm", "MR_truncated.dcm", "JPEG-lossy.dcm", "rtplan.dcm")
    lines = [f"{name},{folder / name}" for name in names]
    columns = {"id": {"type": "string"}, "image": {"type": "image"}}
    good, bad = read(made.spec(index(tmp_path, *lines), columns))
    assert list(good) == ["MR_small.dcm"]
    assert bad == {
        "CT_small.dcm": ["rescale:image"], "MR_truncated.dcm": ["truncated:image"],
        "JPEG-lossy.dcm": ["compressed:image"], "rtplan.dcm": ["not_an_image:image"],
    }  # fmt: skip


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.png")
    assert read(made.spec(index(tmp_path, "a,pipe.png"), SIMPLE))[1] == {"a": ["not_found:image"]}


def test_a_store_that_does_not_answer_fails_the_day_and_spoils_no_row(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise ConnectionRefusedError("nobody there")

    monkeypatch.setattr("fsspec.core.url_to_fs", refuse)
    with pytest.raises(LakeUnreachableError):
        fetch.content("s3://bucket/a.png", str(tmp_path))


def test_a_day_that_no_table_can_hold_is_refused_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(columns, "_MOST", 10_000)
    put(tmp_path, a_png=encoded(".png", scene()))
    assert list(read(made.spec(index(tmp_path, "a,a.png"), SIMPLE))[0]) == ["a"]
    with pytest.raises(SourceUnreadableError, match="more than one table can hold"):
        read(made.spec(index(tmp_path, "a,a.png", "b,a.png"), SIMPLE))


def test_many_pictures_keep_their_order(tmp_path: Path) -> None:
    for seed in range(3):
        put(tmp_path, **{f"p{seed}_png": encoded(".png", scene(seed=seed))})
    lines = [f"r{n:03d},{'none' if n == 64 else f'p{n % 3}'}.png" for n in range(130)]
    good, bad = read(made.spec(index(tmp_path, *lines), SIMPLE))
    assert bad == {"r064": ["not_found:image"]}
    assert len(good) == 129
    for n in (0, 63, 65, 128, 129):
        assert np.array_equal(pixels(good[f"r{n:03d}"]["image"]), scene(seed=n % 3))


def test_no_more_is_read_than_a_picture_may_have(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetch, "MAX_BYTES", 1000)
    put(tmp_path, a_png=bytes(1001))
    assert read(made.spec(index(tmp_path, "a,a.png"), SIMPLE))[1] == {"a": ["too_large:image"]}


def test_a_table_in_an_object_store_names_files_beside_it() -> None:
    import fsspec

    store = fsspec.filesystem("memory")
    store.pipe({f"/raw/{made.DAY}.csv": b"id,image\na,in/a.png\nb,memory://raw/in/a.png\nc,in/none.png\n"})
    store.pipe({"/raw/in/a.png": encoded(".png", scene())})
    try:
        good, bad = read(made.spec("memory://raw/{date}.csv", SIMPLE))
    finally:
        store.rm("/raw", recursive=True)
    assert sorted(good) == ["a", "b"]
    assert np.array_equal(pixels(good["a"]["image"]), scene())
    assert bad == {"c": ["not_found:image"]}
