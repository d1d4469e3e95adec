"""What pictures' headers and annotation files add to a day's raw rows, as raw columns beside the others."""

import json
import os
from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from aug_assets import source_files
from aug_assets.errors import ColumnTypeError, MissingColumnError, SourceUnreadableError
from aug_assets.media import box_csv, coco, dicom, fetch, folder, voc
from aug_assets.media.annotations import SEGMENTATION, Annotated, Lookup, attach
from aug_assets.media.bad import BadPicture
from aug_assets.spec import DatasetSpec
from aug_assets.spec_source import Annotations


def completed(table: pa.Table, spec: DatasetSpec, day: str) -> pa.Table:
    """The rows with the columns that are not in their files.

    Raises:
        SourceUnreadableError: An annotation file cannot be parsed.
        MissingColumnError: One lacks a column.
        ColumnTypeError: Annotations are about pictures that have no path.
    """
    name = spec.kinds["image"][0]
    raw = spec.columns[name].from_ or name
    if spec.source.annotations:
        table = _annotated(table, spec, raw, day)
    words = sorted({c.from_ or n for n, c in spec.columns.items() if (c.from_ or n).startswith(dicom.FROM)})
    return _with_headers(table, raw, words) if words else table


def _annotated(table: pa.Table, spec: DatasetSpec, raw: str, day: str) -> pa.Table:
    notes = spec.source.annotations
    assert notes is not None
    pictures = _paths(table.column(raw))
    found = Lookup(_read(notes, day))
    if spec.source.file_format == "folder" and notes.is_daily:
        there = {found.path(picture) for picture in pictures if picture}
        lost = [path for path in found.paths if path not in there]
        table = pa.concat_tables([table, _lost(lost, table)])  # whose pictures are then reported as not found
        pictures = _paths(table.column(raw))
    drawn = any((c.from_ or n) == SEGMENTATION for n, c in spec.columns.items())
    return attach(table, pictures, found, silent=notes.format == "csv", drawn=drawn)


def _paths(pictures: pa.ChunkedArray) -> Sequence[str | None]:
    kind = pictures.type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_null(kind):
        paths: Sequence[str | None] = pictures.to_pylist()
        return paths
    raise ColumnTypeError(
        "annotations are found by the paths of pictures, and the pictures have none",
        seen=str(kind), legal="paths as text", todo="put boxes into a column of the same file",
    )  # fmt: skip


def _lost(paths: list[str], table: pa.Table) -> pa.Table:
    rows = folder.listing(paths, "")
    place = table.column(fetch.PLACE)[0].as_py() if len(table) else None
    return rows.append_column(fetch.PLACE, pa.array([place] * len(rows), pa.string()))


def _read(notes: Annotations, day: str) -> dict[str, Annotated]:
    """Annotations by the path of their picture."""
    files = source_files.find(os.path.expandvars(notes.at(day)))
    found: dict[str, Annotated] = {}
    for path in files.paths:
        if notes.format == "voc" and not path.lower().endswith(".xml"):
            continue
        with files.filesystem.open(path, "rb", compression="infer") as file:
            content = file.read()
        found |= _parsed(notes, content, path)
    return found


def _parsed(notes: Annotations, content: bytes, path: str) -> dict[str, Annotated]:
    try:
        if notes.format == "coco":
            return coco.read(json.loads(content))
        if notes.format == "csv":
            lines = content.decode("utf-8-sig").splitlines()
            return box_csv.read(lines, notes.columns, notes.first_pixel)
    except KeyError as error:
        raise MissingColumnError(
            f"{path} lacks a part", seen=error.args[0], legal=f"annotations in the form of {notes.format}",
            todo="correct the file, or name its columns in `source.annotations.columns`",
        )  from error  # fmt: skip
    except (ValueError, TypeError, RecursionError, AttributeError) as error:
        raise SourceUnreadableError(
            "annotations cannot be parsed", seen=path, legal=f"a whole file in the form of {notes.format}",
            todo=f"deliver the file again ({error})",
        ) from error  # fmt: skip
    name = path.rpartition("/")[2].rpartition(".")[0]
    picture, one = voc.read(content, name, notes.first_pixel)
    return {picture: one}


def _with_headers(table: pa.Table, raw: str, words: list[str]) -> pa.Table:
    """Columns of text, one a keyword, from the headers of DICOM files; null of others."""
    places = table.column(fetch.PLACE).to_pylist()
    keywords = [word.removeprefix(dicom.FROM) for word in words]
    rows = [_header(v.as_py(), place, keywords) for v, place in zip(table.column(raw), places, strict=True)]
    for word, keyword in zip(words, keywords, strict=True):
        table = table.append_column(word, pa.array([row[keyword] for row in rows], pa.string()))
    return table


def _header(value: Any, place: str | None, keywords: list[str]) -> dict[str, str | None]:
    try:
        with fetch.raw(value, place) as file:
            return dicom.tags(file, keywords)
    except BadPicture:
        return dict.fromkeys(keywords)
