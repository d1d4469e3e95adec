"""What of a dataset's rows is watched for drift: plain columns, simple figures of texts, pictures and events.

Key and label are not among them: a key never repeats, and a label comes late. What a column holds is counted
by ``aug_assets.drift.sketch``; how far days lie apart is measured by ``measures``.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from aug_assets.drift.sketch import Sketch, add, categories, numbers
from aug_assets.spec import NUMERIC, ColumnSpec, DatasetSpec
from aug_assets.values import picture

Features = dict[str, Sketch]
_NS_AN_HOUR = 3_600_000_000  # of microseconds


@dataclass(frozen=True)
class Values:
    """What is watched, before it is counted.

    Attributes:
        name: Such as ``amount`` or ``text.words``.
        found: Numbers as float64 with NaN for none, or categories as an Arrow array of text.
        row: int64, the row that each value belongs to; None where there is one a row, in the rows' order.
    """

    name: str
    found: Any
    row: NDArray[np.int64] | None = None

    @property
    def is_number(self) -> bool:
        """Whether the values are numbers."""
        return isinstance(self.found, np.ndarray)


def values(spec: DatasetSpec, rows: pa.Table) -> Iterator[Values]:
    """Every watched feature of some rows, one after the other.

    Args:
        spec: The dataset.
        rows: Rows in the stored schema of ``frames.table_schema``.
    """
    aside = {*spec.key, spec.label, *(spec.drift.ignore if spec.drift else ())}
    for name, column in spec.columns.items():
        if name not in aside:
            yield from _of_column(name, column, rows.column(name))


def of_table(spec: DatasetSpec, rows: pa.Table) -> Features:
    """Sketch every watched feature of some rows.

    Args:
        spec: The dataset.
        rows: Rows in the stored schema of ``frames.table_schema``.

    Returns:
        Feature name to sketch; a column may have several, such as ``text.words``.
    """
    return {
        one.name: numbers(one.found) if one.is_number else categories(one.found) for one in values(spec, rows)
    }


def of_label(spec: DatasetSpec, rows: pa.Table) -> Features:
    """The label's sketch, where there is one: it is shown, and never fires, for labels come late."""
    return {spec.label: categories(rows.column(spec.label))} if spec.label else {}


def total(parts: list[Features]) -> Features:
    """Sketches of several stretches of a day, or of several days, as one.

    Raises:
        ValueError: They do not have the same features.
    """
    if any(part.keys() != parts[0].keys() for part in parts):
        raise ValueError("sketches of different features cannot be added")
    return {name: add([part[name] for part in parts]) for name in parts[0]}


def shared(days: Mapping[str, Features]) -> dict[str, Features]:
    """The days with only those features that all of them have, of the same kind: files change over time."""
    kinds = [{(name, one.kind) for name, one in features.items()} for features in days.values()]
    both = {name for name, _ in set.intersection(*kinds)} if kinds else set()
    return {day: {n: one for n, one in features.items() if n in both} for day, features in days.items()}


def _of_column(name: str, column: ColumnSpec, found: pa.ChunkedArray) -> Iterator[Values]:
    row = None
    if column.each:
        lists = found.combine_chunks()
        yield Values(f"{name}.events", _floats(pc.list_value_length(lists)))
        found, row = pa.chunked_array([pc.list_flatten(lists)]), _rows_of(lists)
    if column.type in ("category", "bool") or (column.type in NUMERIC and column.values):
        yield Values(name, pc.cast(found, pa.string()), row)
    elif column.type in NUMERIC:
        yield Values(name, _floats(found), row)
    elif column.type == "timestamp":
        yield Values(f"{name}.hour", _hours(found), row)
    elif column.type in _FIGURES:
        yield from _FIGURES[column.type](name, found, row)


def _rows_of(lists: pa.Array) -> NDArray[np.int64]:
    return np.asarray(pc.list_parent_indices(lists).to_numpy(), np.int64)


def _floats(values: Any) -> NDArray[np.float64]:
    """Nulls as NaN."""
    cast = pc.cast(values, pa.float64())
    plain = cast.to_numpy(zero_copy_only=False) if isinstance(cast, pa.Array) else cast.to_numpy()
    return np.asarray(plain, np.float64)


def _hours(values: pa.ChunkedArray) -> NDArray[np.float64]:
    stamps = pc.cast(pc.cast(values, pa.timestamp("us")), pa.int64())
    return _floats(stamps) / _NS_AN_HOUR % 24


def _text(name: str, found: pa.ChunkedArray, row: NDArray[np.int64] | None) -> Iterator[Values]:
    letters = _floats(pc.utf8_length(found))
    yield Values(f"{name}.letters", letters, row)
    yield Values(f"{name}.words", _floats(pc.count_substring_regex(found, r"\S+")), row)
    yield Values(f"{name}.digits", _floats(pc.count_substring_regex(found, r"[0-9]")), row)
    foreign = _floats(pc.count_substring_regex(found, r"[^\x00-\x7F]"))
    yield Values(f"{name}.foreign", foreign / np.maximum(letters, 1), row)


def _image(name: str, found: pa.ChunkedArray, row: NDArray[np.int64] | None) -> Iterator[Values]:
    figures = np.full((len(found), 4), np.nan)
    for n, one in enumerate(picture.from_arrow(found)):
        if one is not None:
            pixels = one.pixels
            sample = pixels[:: max(1, pixels.shape[0] // 64), :: max(1, pixels.shape[1] // 64)]
            grain = np.abs(np.diff(sample.astype(np.float32), axis=1)).mean() if sample.shape[1] > 1 else 0.0
            figures[n] = sample.mean(), sample.std(), grain, pixels.shape[0] * pixels.shape[1]
    for column, what in zip(figures.T, ("brightness", "contrast", "grain", "pixels"), strict=True):
        yield Values(f"{name}.{what}", column, row)


def _boxes(name: str, found: pa.ChunkedArray, row: NDArray[np.int64] | None) -> Iterator[Values]:
    boxes = found.combine_chunks()
    yield Values(f"{name}.objects", _floats(pc.list_value_length(boxes)), row)
    each, row = pc.list_flatten(boxes), _rows_of(boxes)
    yield Values(f"{name}.label", pc.cast(pc.struct_field(each, "label"), pa.string()), row)
    sides = [_floats(pc.struct_field(each, side)) for side in ("x0", "y0", "x1", "y1")]
    yield Values(f"{name}.area", (sides[2] - sides[0]) * (sides[3] - sides[1]), row)


_FIGURES: dict[str, Callable[[str, pa.ChunkedArray, NDArray[np.int64] | None], Iterator[Values]]] = {
    "boxes": _boxes,
    "image": _image,
    "text": _text,
}
