"""Raw values that a person corrected, put in place of the delivered ones before any check sees them."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from aug_assets import decisions
from aug_assets.decisions import Row
from aug_assets.errors import NotReleasableError
from aug_assets.spec import DatasetSpec
from aug_assets.spec_column import OBJECTS

Corrections = Mapping[Row, Mapping[str, str | None]]


def applied(spec: DatasetSpec, raw: pa.Table, ids: pa.Array, corrected: Corrections) -> pa.Table:
    """The raw rows of a day with the corrected values in them.

    Args:
        spec: The dataset, of events where it has sessions.
        raw: The rows as delivered.
        ids: Their row ids, hexadecimal.
        corrected: Values by column, by the row's id and content: a row that was delivered otherwise since
            then stays as it is.

    Raises:
        NotReleasableError: A value does not fit into the raw column.
    """
    named = pa.array(sorted({row_id for row_id, _ in corrected}), pa.string())
    at = np.flatnonzero(pc.is_in(ids, value_set=named).to_numpy(zero_copy_only=False))
    rows = zip(ids.take(pa.array(at)).to_pylist(), decisions.contents(raw.take(pa.array(at))), strict=True)
    for place, row in zip(at, rows, strict=True):
        for name, text in corrected.get(row, {}).items():
            raw = _set(raw, column_of(spec, name), int(place), text)
    return raw


def column_of(spec: DatasetSpec, name: str) -> str:
    """The raw column of a column whose values a person may write.

    Raises:
        NotReleasableError: There is none.
    """
    free = {n: c.from_ or n for n, c in spec.columns.items() if c.type not in OBJECTS}
    if name not in free:
        raise NotReleasableError(
            "no column whose values can be set", seen=name, legal=", ".join(sorted(free)),
            todo="correct the delivery of pictures and boxes",
        )  # fmt: skip
    return free[name]


def _set(raw: pa.Table, name: str, place: int, text: str | None) -> pa.Table:
    column = raw.column(name)
    kind = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
    kind = pa.string() if pa.types.is_null(kind) else kind
    mask = np.arange(len(column)) == place
    values = pc.if_else(pa.array(mask), _scalar(text, kind, name), column.cast(kind))
    return raw.set_column(raw.column_names.index(name), name, values)


def _scalar(text: str | None, kind: pa.DataType, name: str) -> Any:
    try:
        return pa.scalar(text, pa.string()).cast(kind)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise NotReleasableError(
            f"the value does not fit into column {name!r} of the delivery", seen=text, legal=str(kind),
            todo="give a value of that type; an empty one is a missing value",
        ) from error  # fmt: skip
