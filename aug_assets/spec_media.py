"""The part of a spec about what reading pictures adds to a day's rows; refuses columns that nothing fills."""

from collections.abc import Mapping

from aug_assets.media.annotations import BOXES, SEGMENTATION
from aug_assets.media.dicom import FROM
from aug_assets.spec_column import OBJECTS, ColumnSpec
from aug_assets.spec_source import PlacedError, SourceSpec

_TYPES = {BOXES: "boxes", SEGMENTATION: "mask"}


def is_made(source: SourceSpec, raw: str) -> bool:
    """Whether a raw column is made of pictures' headers or annotations, so that no file of rows holds it."""
    return raw.startswith(FROM) or (source.annotations is not None and raw in _TYPES)


def check_media(columns: Mapping[str, ColumnSpec], source: SourceSpec) -> None:
    """Refuse sources and columns that do not go together.

    Raises:
        PlacedError: With the place of either.
    """
    headers = [name for name, column in columns.items() if (column.from_ or name).startswith(FROM)]
    pictured = any(column.type == "image" for column in columns.values())
    if (headers or source.annotations or source.format == "folder") and not pictured:
        place = ("columns", headers[0], "from") if headers else ("source",)
        raise PlacedError("is about pictures: the dataset needs a column of type image", place)
    for name in headers:
        _check_header(name, columns[name])
    if source.annotations:
        _check_annotations(columns, source.annotations.format)


def _check_header(name: str, column: ColumnSpec) -> None:
    from pydicom.datadict import keyword_dict

    raw = column.from_ or name
    if raw.removeprefix(FROM) not in keyword_dict:
        told = "no keyword of DICOM; legal: such as dicom:PatientID"
        raise PlacedError(told, ("columns", name, "from"), raw)
    if column.type in OBJECTS:
        raise PlacedError("a header holds plain values", ("columns", name, "type"), column.type)


def _check_annotations(columns: Mapping[str, ColumnSpec], kind: str) -> None:
    read = {name: column.from_ or name for name, column in columns.items()}
    filled = {name: raw for name, raw in read.items() if raw in _TYPES}
    if not filled:
        told = f"no column takes them; give one of type boxes `from: {BOXES}`"
        raise PlacedError(told, ("source", "annotations"), sorted(columns))
    for name, raw in filled.items():
        if columns[name].type != _TYPES[raw]:
            raise PlacedError(f"{raw} are for a column of type {_TYPES[raw]}", ("columns", name), raw)
        if raw == SEGMENTATION and kind != "coco":
            raise PlacedError(f"{kind} annotations have no outlines", ("columns", name, "from"), raw)
