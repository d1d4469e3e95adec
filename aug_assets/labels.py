"""Labels that come after their rows: what holds for a row, and the rows with it. Stores nothing.

A label may come late, twice, or otherwise than before. The one that was known last holds; of two that were
known at the same moment and differ neither does, for nobody knows which is right.
"""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from aug_assets.errors import LabelsError
from aug_assets.rows import ROW_ID
from aug_assets.spec import ColumnSpec, DatasetSpec

WHY = ("alert", "matured", "person", "queue")
LABELS = pa.schema(
    [
        (ROW_ID, pa.string()),
        ("label", pa.string()),
        ("why", pa.string()),
        ("by", pa.string()),
        ("known_at", pa.timestamp("us", "UTC")),
    ],
    metadata={
        "why": "alert: what became of an alarm; queue: a person was asked; person: on their own accord; "
        "matured: the label came as it always does, only later",
    },
)
SETTLED = pa.schema([(ROW_ID, pa.string()), ("label", pa.string()), ("why", pa.string())])


def settled(labels: pa.Table) -> pa.Table:
    """One label a row of all that came back: the one that was known last.

    A row about which two labels were known at the same moment is left out: nobody knows which holds.

    Args:
        labels: With ``row_id``, ``label``, ``why`` and ``known_at``.

    Returns:
        ``row_id, label, why``, by row id.
    """
    keys = [(name, "ascending") for name in (ROW_ID, "known_at", "why", "label")]
    kept: dict[str, dict[str, Any] | None] = {}
    moment: dict[str, Any] = {}
    for row in labels.select([ROW_ID, "label", "why", "known_at"]).sort_by(keys).to_pylist():
        before, name = kept.get(row[ROW_ID]), row[ROW_ID]
        again = name in kept and moment[name] == row["known_at"]
        if again and (before is None or before["label"] != row["label"]):
            kept[name] = None
        elif not again:
            kept[name] = row
        moment[name] = row["known_at"]
    return pa.Table.from_pylist([row for _, row in sorted(kept.items()) if row], SETTLED)


def contradictory(labels: pa.Table) -> int:
    """How many rows have labels of which none holds."""
    rows: int = len(pc.unique(labels.column(ROW_ID)))
    return int(rows - settled(labels).num_rows)


def applied(spec: DatasetSpec, rows: pa.Table, known: pa.Table) -> tuple[pa.Table, int]:
    """Rows with the labels that are known of them.

    Args:
        spec: A dataset with a label.
        rows: In the stored schema.
        known: ``row_id`` and ``label`` as text, one a row; of other rows they are left aside.

    Returns:
        The rows, and how many of them have another label now.
    """
    name = str(spec.label)
    at, old = rows.column_names.index(name), rows.column(name).combine_chunks()
    place = pc.index_in(rows.column(ROW_ID).combine_chunks(), value_set=known.column(ROW_ID).combine_chunks())
    texts = known.column("label").combine_chunks().take(place)
    plain = old.type.value_type if pa.types.is_dictionary(old.type) else old.type
    new = pc.coalesce(texts.cast(plain), old.cast(plain))
    differs = pc.fill_null(pc.not_equal(new, old.cast(plain)), fill_value=True)
    changed = pc.and_(differs, pc.is_valid(place))
    return rows.set_column(at, rows.schema.field(at), new.cast(old.type)), int(
        np.sum(changed.to_numpy(zero_copy_only=False))
    )


def checked(spec: DatasetSpec, texts: Sequence[str | None]) -> list[str]:
    """Labels as text in the one form that the dataset's column has, such as ``1`` for ``1.0``.

    Raises:
        LabelsError: The dataset has no label, or one of these is none of its values.
    """
    if spec.label is None:
        raise LabelsError(f"{spec.id} has no label", seen=spec.id, todo="name one in the dataset's file")
    column = spec.columns[spec.label]
    legal = {str(value): value for value in column.values or ()}
    found = []
    for line, text in enumerate(texts, 1):
        value = "" if text is None else str(text).strip()
        plain = value[:-2] if column.type == "int64" and value.endswith(".0") else value
        plain = plain.lower() if column.type == "bool" else plain
        good = plain in legal if legal else _fits(plain, column)
        if not good:
            raise LabelsError(
                f"line {line}: no label of {spec.id}", seen=text,
                legal=", ".join(legal) or f"a value of type {column.type}", todo="correct the line",
            )  # fmt: skip
        found.append(plain)
    return found


def _fits(text: str, column: ColumnSpec) -> bool:
    """Whether the dataset's own checks would let a delivered value of this text through."""
    if column.type == "bool":
        return text in ("true", "false")
    if column.type in ("int64", "float64"):
        try:
            value = float(
                pa.scalar(text).cast(pa.int64() if column.type == "int64" else pa.float64()).as_py()
            )
        except pa.ArrowInvalid:
            return False
        low, high = (
            (-math.inf if column.min is None else column.min),
            (math.inf if column.max is None else column.max),
        )
        return math.isfinite(value) and low <= value <= high
    return bool(text)
