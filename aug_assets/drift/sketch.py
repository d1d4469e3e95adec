"""What a column of a day looks like: counts that add up over days, chunks and workers to the last row.

A number is counted in buckets that its own bits name: exponent, and the first bits of the mantissa. They need
no range known beforehand, are 0.1 to 0.2 % wide, and are the same on every machine, so that sketches of any
two days can be added, subtracted and compared. A category is counted by value; beyond a limit by digest.

Source: log-linear buckets after HdrHistogram (Tene) and Masson, Rim, Lee, "DDSketch", VLDB 2019.
"""

from dataclasses import dataclass
from typing import Any, Literal, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from aug_assets.keys import digest_bits

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Kind = Literal["number", "category"]

_KEEP = 9  # bits of the mantissa: buckets are 2**-9 to 2**-10 of their value wide
_SHIFT = np.int64(52 - _KEEP)
_MOST_VALUES = 2_000  # beyond it, values are counted by digest: a sketch stays small
_HASHED = 1_024
_MARK = "\0#"  # no value of a column begins so

SKETCH = pa.schema(
    [
        ("feature", pa.string()),
        ("kind", pa.string()),
        ("rows", pa.int64()),
        ("nulls", pa.int64()),
        ("total", pa.float64()),
        ("squares", pa.float64()),
        ("keys", pa.list_(pa.int32())),
        ("values", pa.list_(pa.string())),
        ("counts", pa.list_(pa.int64())),
    ]
)


@dataclass(frozen=True)
class Sketch:
    """A feature's values, counted.

    Attributes:
        kind: ``number`` or ``category``.
        rows: How many rows were seen.
        nulls: How many of them had no value.
        keys: int64 (k,) bucket of each count, ascending, of numbers.
        values: Value of each count, ascending, of categories.
        counts: int64 (k,).
        total: Sum of the finite numbers.
        squares: Sum of their squares.
    """

    kind: Kind
    rows: int
    nulls: int
    keys: Ints
    values: tuple[str, ...]
    counts: Ints
    total: float = 0.0
    squares: float = 0.0

    @property
    def known(self) -> int:
        """Rows with a value."""
        return self.rows - self.nulls

    @property
    def spread(self) -> float:
        """Standard deviation of the numbers; 0 of a constant."""
        if self.known == 0:
            return 0.0
        mean = self.total / self.known
        return float(np.sqrt(max(self.squares / self.known - mean * mean, 0.0)))

    def row(self, feature: str) -> dict[str, Any]:
        """As a row of ``SKETCH``."""
        return {
            "feature": feature, "kind": self.kind, "rows": self.rows, "nulls": self.nulls,
            "total": self.total, "squares": self.squares,
            "keys": self.keys.astype(np.int32), "values": list(self.values),
            "counts": self.counts,
        }  # fmt: skip

    @classmethod
    def of_row(cls, row: dict[str, Any]) -> Self:
        """The inverse of :meth:`row`."""
        return cls(
            row["kind"], row["rows"], row["nulls"], np.asarray(row["keys"], np.int64),
            tuple(row["values"]), np.asarray(row["counts"], np.int64), row["total"], row["squares"],
        )  # fmt: skip


def numbers(values: NDArray[Any]) -> Sketch:
    """Count numbers.

    Args:
        values: (n,), of any real dtype; NaN is a missing value, an infinity a value beyond all others.
    """
    given = np.asarray(values, np.float64)
    present = given[~np.isnan(given)]
    keys, counts = _counted(_bucket(present))
    finite = present[np.isfinite(present)]
    with np.errstate(over="ignore"):
        total, squares = float(finite.sum()), float(np.square(finite).sum())
    return Sketch("number", len(given), len(given) - len(present), keys, (), counts, total, squares)


def _bucket(values: Floats) -> Ints:
    bits = np.ascontiguousarray(np.abs(values)).view(np.int64) >> _SHIFT
    return np.where(values < 0, -1 - bits, bits)


def _counted(keys: Ints) -> tuple[Ints, Ints]:
    if len(keys) == 0:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    low = int(keys.min())
    counts = np.bincount(keys - low)
    at = np.flatnonzero(counts)
    return at + low, counts[at].astype(np.int64)


def lower_edge(keys: Ints) -> Floats:
    """The number nearest to zero in each bucket; float64 (k,)."""
    magnitude = (np.where(keys < 0, -1 - keys, keys) << _SHIFT).view(np.float64)
    return np.where(keys < 0, -magnitude, magnitude)


def categories(values: pa.ChunkedArray | pa.Array) -> Sketch:
    """Count values of a text, boolean or whole-number column by what they are."""
    texts = pc.cast(values, pa.string())
    found = pc.value_counts(texts.combine_chunks() if isinstance(texts, pa.ChunkedArray) else texts)
    told = {
        value: count
        for value, count in zip(found.field(0).to_pylist(), found.field(1).to_pylist(), strict=True)
        if value is not None
    }
    return _of_counts(len(texts), texts.null_count, told)


def _of_counts(rows: int, nulls: int, told: dict[str, int]) -> Sketch:
    if len(told) > _MOST_VALUES or any(value.startswith(_MARK) for value in told):
        told = _hashed(told)
    names = tuple(sorted(told))
    return Sketch(
        "category", rows, nulls, np.empty(0, np.int64), names, np.array([told[n] for n in names], np.int64)
    )


def _hashed(told: dict[str, int]) -> dict[str, int]:
    buckets: dict[str, int] = {}
    for value, count in told.items():
        name = value
        if not value.startswith(_MARK):
            name = f"{_MARK}{int(digest_bits('drift', value)[0]) % _HASHED:04d}"
        buckets[name] = buckets.get(name, 0) + count
    return buckets


def add(sketches: list[Sketch]) -> Sketch:
    """All rows of several sketches of one feature, exactly as if they had been counted together.

    Raises:
        ValueError: There is none, or they are of two kinds.
    """
    if len({one.kind for one in sketches}) != 1:
        raise ValueError(f"cannot add sketches of kinds {[one.kind for one in sketches]}")
    rows, nulls = sum(one.rows for one in sketches), sum(one.nulls for one in sketches)
    if sketches[0].kind == "category":
        told: dict[str, int] = {}
        hashed = any(value.startswith(_MARK) for one in sketches for value in one.values[:1])
        for one in sketches:
            own = dict(zip(one.values, one.counts.tolist(), strict=True))
            for value, count in (_hashed(own) if hashed else own).items():
                told[value] = told.get(value, 0) + count
        return _of_counts(rows, nulls, told)
    keys, places = np.unique(np.concatenate([one.keys for one in sketches]), return_inverse=True)
    counts = np.zeros(len(keys), np.int64)
    np.add.at(counts, places, np.concatenate([one.counts for one in sketches]))
    total, squares = sum(one.total for one in sketches), sum(one.squares for one in sketches)
    return Sketch("number", rows, nulls, keys, (), counts, total, squares)
