"""Who is to be forgotten, by digests that name nobody, and which rows that means. No tables, no files."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from hashlib import blake2b
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from aug_assets.broken_text import shown
from aug_assets.errors import ErasureError
from aug_assets.spec import DatasetSpec
from aug_assets.spec_column import WHOLE

Kind = Literal["key", "row"]
Mask = NDArray[np.bool_]
_ID = 32  # hexadecimal characters


@dataclass(frozen=True)
class Erased:
    """The erasure list of a dataset: digests under a tenant's salt, never what they were made of.

    Attributes:
        salt: The tenant's own 32 bytes.
        digests: What :func:`name` gave for each value that is to stay away.
    """

    salt: bytes = b""
    digests: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        """Whether anybody is forgotten."""
        return bool(self.digests)

    def among(self, kind: Kind, values: Iterable[str | None]) -> Mask:
        """Which of some values are on the list; bool of shape (values,)."""
        known: dict[str, bool] = {}
        found = []
        for value in values:
            if value is None:
                found.append(False)
                continue
            if value not in known:
                known[value] = name(self.salt, kind, value) in self.digests
            found.append(known[value])
        return np.array(found, bool)


def name(salt: bytes, kind: Kind, value: str) -> str:
    """A value's entry in the erasure list: keyed BLAKE2b, 32 hexadecimal characters."""
    return blake2b(f"{kind}\0{value}".encode(), key=salt, digest_size=16).hexdigest()


def canonical(spec: DatasetSpec, kind: Kind, value: str) -> str:
    """The value as the dataset's columns write it.

    Raises:
        ErasureError: The dataset names nobody, or the value can be none of its own.
    """
    value = value.strip()
    if kind == "row":
        if len(value) != _ID or set(value) - set("0123456789abcdef"):
            raise ErasureError("this is no row_id", seen=value, legal="32 hexadecimal characters",
                               todo="take it from a table, or name the person with --key")  # fmt: skip
        return value
    if spec.subject is None:
        raise ErasureError(
            "the dataset's file does not say which column names a person", seen=spec.id,
            legal="`subject: COLUMN`", todo="add it, or name a row with --row",
        )  # fmt: skip
    try:
        made = str(int(value)) if spec.columns[spec.subject].type in WHOLE else value
    except ValueError:
        raise ErasureError(f"{spec.subject} is a whole number", seen=value, todo="correct --key") from None
    if not made:
        raise ErasureError(f"{spec.subject} has no empty values", seen="nothing", todo="give --key a value")
    return made


def withheld(spec: DatasetSpec, raw: pa.Table, typed: pa.Table, ids: Iterable[str], erased: Erased) -> Mask:
    """Which delivered rows, or events, belong to whom is forgotten.

    Args:
        spec: The dataset, of events where rows are sessions.
        raw: The rows as delivered.
        typed: The same rows in the dataset's columns.
        ids: Their row ids.
        erased: The erasure list.
    """
    found = erased.among("row", ids)
    if spec.subject is not None:
        told = shown(raw.column(spec.columns[spec.subject].from_ or spec.subject))
        for values in (typed.column(spec.subject), told):
            texts = (t if t is None else t.strip() for t in pc.cast(values, pa.string()).to_pylist())
            found |= erased.among("key", texts)
    return found


def holders(table: pa.Table, column: str | None, value: str | None, ids: set[str]) -> Mask:
    """Which rows of a stored table are of the person, by its column or by ``row_id``."""
    found = np.zeros(len(table), bool)
    if value is not None and column in table.column_names:
        texts = pc.cast(table.column(column), pa.string())
        found |= pc.fill_null(pc.equal(texts, value), fill_value=False).to_numpy()
    if ids:
        found |= pc.is_in(table.column("row_id"), pa.array(sorted(ids), pa.string())).to_numpy()
    return found


def in_json(rows: Iterable[Mapping[str, Any]], columns: Iterable[str], value: str) -> Mask:
    """Which quarantined rows, as parsed JSON, have the value in one of these columns."""
    names = tuple(columns)
    return np.array([any(str(row.get(n, "")).strip() == value for n in names) for row in rows], bool)


def children(provenance: pa.Table, ids: set[str]) -> set[str]:
    """The rows that provenance says were made of any of these, with any other parents beside."""
    parents = provenance.column("parents").combine_chunks()
    among = pc.is_in(pc.list_flatten(parents), pa.array(sorted(ids), pa.string()))
    at = pc.list_parent_indices(parents).filter(among).unique()
    return set(provenance.column("row_id").take(at).to_pylist())


@dataclass
class Footprint:
    """Where a person is: of each table and day how many distinct rows.

    Attributes:
        real: Ids of their own rows, delivered or held back.
        made: Ids of all rows made of those, by any number of steps.
        rows: Table to day to number of rows.
    """

    real: set[str] = field(default_factory=set)
    made: set[str] = field(default_factory=set)
    rows: dict[str, dict[str, int]] = field(default_factory=dict)

    @property
    def ids(self) -> set[str]:
        """All of them."""
        return self.real | self.made

    @property
    def days(self) -> list[str]:
        """The partitions that must be made again."""
        return sorted({day for held in self.rows.values() for day in held})


@dataclass
class Told:
    """What an erasure touches or has touched; counts, days and digests, nothing that names a person."""

    dataset: str
    erasure: str
    rows: int = 0
    descendants: int = 0
    partitions: list[str] = field(default_factory=list)
    partitions_total: int = 0
    tables: dict[str, int] = field(default_factory=dict)
    versions: dict[str, int] = field(default_factory=dict)
    models: list[str] = field(default_factory=list)
    withdrawn: list[str] = field(default_factory=list)
    files_removed: int = 0
    runs_removed: int = 0
    done: bool = False

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for JSON and for the audit log."""
        return asdict(self)

    def lines(self) -> Iterator[str]:
        """The same in words."""
        yield f"{self.dataset}, erasure {self.erasure}: {'done' if self.done else 'nothing is changed yet'}"
        yield f"  {self.rows:,} source rows, {self.descendants:,} rows made of them"
        days = ", ".join(self.partitions) or "none"
        yield f"  {len(self.partitions):,} of {self.partitions_total:,} partitions: {days}"
        for table, rows in sorted(self.tables.items()):
            yield f"  {table}: {rows:,} rows, {self.versions.get(table, 0):,} versions of these partitions"
        yield f"  models trained on them: {', '.join(self.models) or 'none'}"
        if self.withdrawn:
            yield f"  withdrawn until they are made again: {', '.join(self.withdrawn)}"
        if self.done:
            yield f"  {self.files_removed:,} files and {self.runs_removed:,} Dagster runs removed"
