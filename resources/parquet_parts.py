"""Parquet objects of a table: their bytes, names and the record of a written one. Knows no table log."""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pyarrow import types

from aug_assets import partition_key
from aug_assets.errors import LakeError

# Delta's log percent-encodes paths and hive readers decode them differently; this alphabet needs no encoding.
_SAFE = re.compile(r"[A-Za-z0-9._-]{1,150}")
_ROWS_PER_GROUP = 64 * 1024  # small enough that a reader of one chunk does not load a whole day
_TRIED, _REPEATS = 1_000, 0.5  # values looked at, and the share of them that may differ


@dataclass(frozen=True)
class Part:
    """One Parquet object that is written and not yet visible.

    Attributes:
        path: Path relative to the table, with forward slashes.
        size: Bytes.
        rows: Number of rows.
        partition: Values of the partition columns.
        stats: Statistics as Delta's JSON text.
    """

    path: str
    size: int
    rows: int
    partition: Mapping[str, str] = field(default_factory=dict)
    stats: str = ""

    @property
    def name(self) -> str:
        """The object's name, which decides its place in the row order of a day."""
        return self.path.rpartition("/")[2]


def part_path(partition: Mapping[str, str], partition_by: tuple[str, ...], name: str) -> str:
    """Return the relative path of a part and refuse what cannot be one."""
    check_partition(partition, partition_by)
    check_word("The name of a part", name)
    return "/".join([*(f"{column}={partition[column]}" for column in partition_by), f"{name}.parquet"])


def check_partition(partition: Mapping[str, str], partition_by: tuple[str, ...]) -> None:
    """Refuse a partition with other columns than the table's, or with values that no path can hold."""
    if set(partition) != set(partition_by):
        raise LakeError(
            "The partition names other columns than the table",
            seen=sorted(partition),
            legal=", ".join(partition_by),
            todo="pass one value for each partition column",
        )
    for column, value in partition.items():
        check_word(f"The partition value of {column}", value)
        if column == "date":
            _check_date(value)


def refuse_strangers(parts: Sequence[Part], partition: Mapping[str, str]) -> None:
    """Refuse parts that were written for another partition."""
    strangers = [part.path for part in parts if dict(part.partition) != dict(partition)]
    if strangers:
        raise LakeError(
            "A part belongs to another partition than the commit",
            seen=strangers[0],
            legal=f"parts written for {dict(partition)}",
            todo="commit each partition with its own parts",
        )


def empty_name(schema: pa.Schema) -> str:
    """Name the file of an empty partition by its columns, so that two of them never share a path."""
    return f"empty-{hashlib.blake2b(schema.to_string().encode(), digest_size=8).hexdigest()}"


def check_word(what: str, word: str) -> None:
    """Refuse a word that cannot be part of a path everywhere."""
    if not isinstance(word, str) or not _SAFE.fullmatch(word):
        raise LakeError(
            f"{what} cannot be part of a path",
            seen=word,
            legal="1 to 150 letters, digits, dots, hyphens and underscores",
            todo="replace the other characters",
        )


def _check_date(value: str) -> None:
    try:
        partition_key.parse(value)
    except ValueError:
        raise LakeError(
            "The partition value of date is neither a day nor an hour",
            seen=value,
            legal="YYYY-MM-DD or YYYY-MM-DDTHH",
            todo="correct the partition",
        ) from None


def encode(data: pa.Table) -> bytes:
    """Return Parquet bytes that depend on the rows and the library version only."""
    sink = pa.BufferOutputStream()
    pq.write_table(
        data.replace_schema_metadata(None),
        sink,
        **_codecs(data.schema),
        use_dictionary=list(_dictionary_columns(data)),
        row_group_size=_ROWS_PER_GROUP,
        store_schema=False,  # the table's schema is the only authority on types
    )
    return bytes(sink.getvalue())


def _codecs(schema: pa.Schema) -> dict[str, Any]:
    """How columns are packed. Bytes are packed pixels: to try again takes 26 times as long for little.

    Least and greatest values are kept of numbers and times, by which readers leave rows out; of texts they
    are random ids or long, and weigh more than the values of a short day.
    """
    leaves = [leaf for column in schema for leaf in _leaves(column.name, column.type)]
    packed = [path for path, kind in leaves if types.is_binary(kind) or types.is_large_binary(kind)]
    others = [path for path, _ in leaves if path not in packed]
    return {
        "compression": {**dict.fromkeys(others, "zstd"), **dict.fromkeys(packed, "none")},
        "compression_level": dict.fromkeys(others, 1),
        "write_statistics": [path for path, kind in leaves if "." not in path and not _is_bytes(kind)],
    }


def _is_bytes(kind: pa.DataType) -> bool:
    return any(test(kind) for test in (types.is_string, types.is_binary, types.is_large_binary))


def _leaves(path: str, kind: pa.DataType) -> Iterator[tuple[str, pa.DataType]]:
    """The columns of values that Parquet makes of one column, as it names them."""
    if types.is_struct(kind):
        for n in range(kind.num_fields):
            yield from _leaves(f"{path}.{kind.field(n).name}", kind.field(n).type)
    elif types.is_map(kind):
        yield from _leaves(f"{path}.key_value.key", kind.key_type)
        yield from _leaves(f"{path}.key_value.value", kind.item_type)
    elif types.is_list(kind) or types.is_large_list(kind):
        yield from _leaves(f"{path}.list.element", kind.value_type)
    else:
        yield path, kind


def _dictionary_columns(data: pa.Table) -> Iterator[str]:
    """The columns whose values repeat: for others building a dictionary only costs, see bench/tabular.py."""
    for column in data.schema:
        if types.is_list(column.type) and types.is_string(column.type.value_type):
            yield f"{column.name}.list.element"
        elif types.is_map(column.type) and types.is_string(column.type.key_type):
            yield f"{column.name}.key_value.key"
        elif types.is_string(column.type) or types.is_integer(column.type):
            first = data.column(column.name).slice(0, _TRIED)
            if pc.count_distinct(first).as_py() <= _REPEATS * len(first):
                yield column.name


def stats_json(rows: int) -> str:
    """Return the statistics of a part; the row count is what chunked readers plan with."""
    return json.dumps({"numRecords": rows})
