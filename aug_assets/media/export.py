"""Published rows of a day as files that others read: pictures in a folder, and a table that names them.

The table ``index.csv`` is written last, and what it names is there: it can be read as a source again. A
second export of the same rows writes the same bytes; pictures that only an earlier table named are removed.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa

from aug_assets.errors import ExportError
from aug_assets.media import export_coco, export_dicom, export_index, export_jpeg, export_png
from aug_assets.rows import IS_SYNTHETIC, ROW_ID
from aug_assets.spec import DatasetSpec
from aug_assets.spec_column import OBJECTS, PICTURES
from aug_assets.values.picture import STORED, Picture, from_arrow

ExportFormat = Literal["png", "jpeg", "dicom", "coco"]
INDEX, COCO = "index.csv", "annotations.json"
_BATCH = 64  # rows whose pictures are unpacked at a time
_UNSAFE = re.compile(r"[^\w.-]")


@dataclass(frozen=True)
class Exported:
    """What was written: the folder, and how many rows and pictures it names."""

    folder: Path
    rows: int
    pictures: int


def export_day(
    table: pa.Table,
    spec: DatasetSpec,
    folder: str | Path,
    kind: ExportFormat,
    made_by: Mapping[str, str] | None = None,
) -> Exported:
    """Write rows into a folder.

    Args:
        table: In the stored schema, such as the published rows of a day.
        spec: Their dataset.
        folder: Is made if need be; other files in it stay.
        kind: Of the image column; masks are PNG and depth is TIFF in every format.
        made_by: Synthetic row's id to what made it, which DICOM files tell.

    Raises:
        ExportError: The dataset has no pictures, the format cannot hold them, or the folder not be written.
    """
    if "image" not in spec.kinds:
        raise ExportError(
            "only pictures are exported", seen=spec.id, legal="a dataset with a column of type image",
            todo="read other rows from the lake's Delta tables",
        )  # fmt: skip
    _check(table, spec, kind)
    target = Path(folder)
    try:
        return _written(table, spec, target, kind, made_by or {})
    except OSError as error:
        raise ExportError("the folder cannot be written", seen=str(target), todo=str(error)) from error


def _check(table: pa.Table, spec: DatasetSpec, kind: ExportFormat) -> None:
    """Refuse a format before the first file is written."""
    name = spec.kinds["image"][0]
    for picture in _unpacked_later(table.column(name)):
        if picture is not None and (why := _REFUSES[kind](picture)):
            raise ExportError(
                f"{kind} cannot hold the pictures of {spec.id}", seen=repr(picture), legal=why,
                todo="choose another format",
            )  # fmt: skip


def _unpacked_later(column: pa.ChunkedArray) -> Iterator[Picture | None]:
    for chunk in column.chunks:
        for start in range(0, len(chunk), _BATCH):
            yield from from_arrow(pa.chunked_array([chunk.slice(start, _BATCH)]))


def _written(
    table: pa.Table, spec: DatasetSpec, target: Path, kind: ExportFormat, made_by: Mapping[str, str]
) -> Exported:
    old = export_index.named(target / INDEX)
    names = [ROW_ID, IS_SYNTHETIC, *spec.columns]
    lines, catalogue, pictures = [], export_coco.Catalogue(spec), set()
    for row in _rows(table.select(names)):
        line = dict(row)
        for name in names[2:]:
            kept = spec.columns[name].type
            if row[name] is not None and kept in PICTURES:
                data, ending = _encoded(row, name, spec, kind, made_by)
                line[name] = f"{_UNSAFE.sub('_', name)}/{row[ROW_ID]}.{ending}"
                export_index.put(target / line[name], data)
                pictures.add(line[name])
            elif row[name] is not None and kept in OBJECTS:
                line[name] = json.dumps(row[name], sort_keys=True)
        catalogue.add(row, line)
        lines.append(line)
    if kind == "coco":
        export_index.put(target / COCO, catalogue.text().encode())
    export_index.put(target / INDEX, export_index.text(names, lines))
    for path in old - pictures:
        (target / path).unlink(missing_ok=True)
    return Exported(target, len(lines), len(pictures))


def _rows(table: pa.Table) -> Iterator[dict[str, Any]]:
    """Rows with their pictures as such, not more than a batch of them in memory."""
    held = [field.name for field in table.schema if field.type == STORED]
    for batch in table.to_batches(max_chunksize=_BATCH):
        part = pa.Table.from_batches([batch])
        pictures = {name: from_arrow(part.column(name)) for name in held}
        for n, row in enumerate(part.drop_columns(held).to_pylist()):
            yield row | {name: values[n] for name, values in pictures.items()}


def _encoded(
    row: Mapping[str, Any], name: str, spec: DatasetSpec, kind: ExportFormat, made_by: Mapping[str, str]
) -> tuple[bytes, str]:
    """A file's bytes and its ending."""
    pixels = row[name].pixels
    if spec.columns[name].type == "depth":
        return export_png.encode(pixels, ".tiff"), "tiff"
    if spec.columns[name].type == "mask" or kind in ("png", "coco"):
        return export_png.encode(pixels, ".png"), "png"
    if kind == "jpeg":
        return export_jpeg.encode(pixels), "jpg"
    return export_dicom.encode(pixels, row, spec, made_by.get(row[ROW_ID], "")), "dcm"


_REFUSES: dict[ExportFormat, Callable[[Picture], str]] = {
    "coco": export_png.refuses, "dicom": export_dicom.refuses, "jpeg": export_jpeg.refuses,
    "png": export_png.refuses,
}  # fmt: skip
