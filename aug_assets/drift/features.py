"""What of a dataset's rows is watched for drift: plain columns, simple figures of texts, pictures and events.

Key and label are not among them: a key never repeats, and a label comes late. What a column holds is counted
by ``aug_assets.drift.sketch``; how far days lie apart is measured by ``measures``.
"""

from collections.abc import Callable, Iterator, Mapping
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


def of_table(spec: DatasetSpec, rows: pa.Table) -> Features:
    """Sketch every watched feature of some rows.

    Args:
        spec: The dataset.
        rows: Rows in the stored schema of ``frames.table_schema``.

    Returns:
        Feature name to sketch; a column may have several, such as ``text.words``.
    """
    found: Features = {}
    for name, column in spec.columns.items():
        if name not in {*spec.key, spec.label, *(spec.drift.ignore if spec.drift else ())}:
            found |= dict(_of_column(name, column, rows.column(name)))
    return found


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


def _of_column(name: str, column: ColumnSpec, values: pa.ChunkedArray) -> Iterator[tuple[str, Sketch]]:
    if column.each:
        lists = values.combine_chunks()
        yield f"{name}.events", numbers(_floats(pc.list_value_length(lists)))
        values = pa.chunked_array([pc.list_flatten(lists)])
    if column.type in NUMERIC:
        if column.values:
            yield name, categories(values)
        else:
            yield name, numbers(_floats(values))
    elif column.type in ("category", "bool"):
        yield name, categories(values)
    elif column.type == "timestamp":
        yield f"{name}.hour", numbers(_hours(values))
    elif column.type in _FIGURES:
        yield from _FIGURES[column.type](name, values)


def _floats(values: Any) -> NDArray[np.float64]:
    """Nulls as NaN."""
    cast = pc.cast(values, pa.float64())
    plain = cast.to_numpy(zero_copy_only=False) if isinstance(cast, pa.Array) else cast.to_numpy()
    return np.asarray(plain, np.float64)


def _hours(values: pa.ChunkedArray) -> NDArray[np.float64]:
    stamps = pc.cast(pc.cast(values, pa.timestamp("us")), pa.int64())
    return _floats(stamps) / _NS_AN_HOUR % 24


def _text(name: str, values: pa.ChunkedArray) -> Iterator[tuple[str, Sketch]]:
    letters = _floats(pc.utf8_length(values))
    yield f"{name}.letters", numbers(letters)
    yield f"{name}.words", numbers(_floats(pc.count_substring_regex(values, r"\S+")))
    yield f"{name}.digits", numbers(_floats(pc.count_substring_regex(values, r"[0-9]")))
    foreign = _floats(pc.count_substring_regex(values, r"[^\x00-\x7F]"))
    yield f"{name}.foreign", numbers(foreign / np.maximum(letters, 1))


def _image(name: str, values: pa.ChunkedArray) -> Iterator[tuple[str, Sketch]]:
    figures = np.full((len(values), 4), np.nan)
    for n, one in enumerate(picture.from_arrow(values)):
        if one is not None:
            pixels = one.pixels
            sample = pixels[:: max(1, pixels.shape[0] // 64), :: max(1, pixels.shape[1] // 64)]
            grain = np.abs(np.diff(sample.astype(np.float32), axis=1)).mean() if sample.shape[1] > 1 else 0.0
            figures[n] = sample.mean(), sample.std(), grain, pixels.shape[0] * pixels.shape[1]
    for column, what in zip(figures.T, ("brightness", "contrast", "grain", "pixels"), strict=True):
        yield f"{name}.{what}", numbers(column)


def _boxes(name: str, values: pa.ChunkedArray) -> Iterator[tuple[str, Sketch]]:
    boxes = values.combine_chunks()
    yield f"{name}.objects", numbers(_floats(pc.list_value_length(boxes)))
    each = pc.list_flatten(boxes)
    yield f"{name}.label", categories(pc.struct_field(each, "label"))
    sides = [_floats(pc.struct_field(each, side)) for side in ("x0", "y0", "x1", "y1")]
    yield f"{name}.area", numbers((sides[2] - sides[0]) * (sides[3] - sides[1]))


_FIGURES: dict[str, Callable[[str, pa.ChunkedArray], Iterator[tuple[str, Sketch]]]] = {
    "boxes": _boxes,
    "image": _image,
    "text": _text,
}
