"""The real rows of a day as gates need them: computed once, shared by all gates of the day."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from aug_assets.operators.base import Columns, numbers
from aug_assets.recorded import Recorded

if TYPE_CHECKING:  # the spec lists the gates, so gates cannot import it back
    from aug_assets.spec import DatasetSpec

Made = TypeVar("Made")
_ODD = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True)
class Real:
    """A day's real rows with the dataset they belong to.

    Attributes:
        spec: The dataset.
        columns: The roles of its columns.
        rows: The real rows, with the dataset's columns.
        day: The partition, as an ISO date.
        source: The same rows as they are stored, with their ids.
        record: What an earlier proof of benefit found, as ``aug bench lift`` stored it; None without one.
        recorded: What else the run made the candidates of.
    """

    spec: "DatasetSpec"
    columns: Columns
    rows: pd.DataFrame
    day: str
    source: pa.Table
    record: dict[str, Any] | None = None
    recorded: Recorded = field(default_factory=Recorded)
    _made: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    def once(self, what: str, make: Callable[[], Made]) -> Made:
        """What ``make`` returns, made once a day: for what several batches or gates need of the real rows."""
        if what not in self._made:
            self._made[what] = make()
        made: Made = self._made[what]
        return made

    @property
    def compared(self) -> list[str]:
        """The columns that operators change, and by which a copy or a skew is told."""
        if self.spec.modality == "tabular":
            return [*self.columns.numeric, *self.columns.categorical]
        return [name for names in self.columns.kinds.values() for name in names]

    @cached_property
    def fingerprints(self) -> NDArray[np.uint64]:
        """One 64-bit hash a real row over the compared columns, sorted."""
        return np.unique(fingerprints(self.rows, self.compared))

    def by_class(self, rows: pd.DataFrame) -> dict[str, pd.DataFrame]:
        """Rows apart by label, those without one as a class of their own; all where the dataset has none."""
        if self.spec.label is None:
            return {"all": rows}
        return {f"{value}": part for value, part in rows.groupby(self.spec.label, sort=True, dropna=False)}

    @cached_property
    def classes(self) -> dict[str, pd.DataFrame]:
        """The real rows apart by label."""
        return self.by_class(self.rows)

    def of_class(self, label: str) -> pd.DataFrame:
        """The real rows of a label; none where the day has none."""
        return self.classes.get(label, self.rows.iloc[:0])


def fingerprints(rows: pd.DataFrame, columns: list[str]) -> NDArray[np.uint64]:
    """One 64-bit hash a row over the columns; equal values hash alike whatever their dtype's width."""
    values = {}
    for name in columns:
        column = rows[name].reset_index(drop=True)
        number = pd.api.types.is_numeric_dtype(column.dtype)
        values[name] = numbers(rows, (name,))[:, 0] + 0.0 if number else _words(column)  # -0.0 is 0.0
    plain = pd.DataFrame(values, index=range(len(rows)))
    hashed = pd.util.hash_pandas_object(plain, index=False, categorize=True)
    return np.asarray(hashed, dtype=np.uint64)


def _words(column: pd.Series) -> pd.Series:
    """Values as something that hashes by content: pictures and boxes by digest, lists by their values."""
    if isinstance(column.dtype, pd.ArrowDtype):
        return pd.Series(_of_lists(column))
    if column.dtype == object:
        return column.map(_named)
    return column.astype(object)


def _named(value: Any) -> Any:
    """What tells a value from others by its content."""
    return getattr(value, "fingerprint", None) or getattr(value, "digest", value)


def _of_lists(column: pd.Series) -> NDArray[np.uint64]:
    """One hash a list, of its values and their places; uint64 (rows,)."""
    stored = pa.Table.from_pandas(column.to_frame("lists"), preserve_index=False).column("lists")
    lists = stored.combine_chunks()
    sizes = pc.fill_null(pc.list_value_length(lists), -1).to_numpy(zero_copy_only=False).astype(np.int64)
    flat = pd.util.hash_array(np.asarray(lists.flatten().to_pandas(), object), categorize=True)
    ends = np.cumsum(np.maximum(sizes, 0))
    sizes_or_none = np.maximum(sizes, 0)
    place = np.arange(len(flat)) - np.repeat(ends - sizes_or_none, sizes_or_none)
    mixed = (flat ^ (flat >> np.uint64(29))) * (place.astype(np.uint64) * np.uint64(2) + _ODD)
    total = np.concatenate([np.zeros(1, np.uint64), np.cumsum(mixed, dtype=np.uint64)])
    return np.asarray(total[ends] - total[ends - np.maximum(sizes, 0)] + sizes.astype(np.uint64) * _ODD)
