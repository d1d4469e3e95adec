"""Reading the Parquet objects of one version into the table's columns. Commits nothing."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from aug_assets.errors import LakeError
from resources import metering
from resources.delta_log import StoredFile
from resources.lake_storage import Storage


def wanted(schema: pa.Schema, columns: Sequence[str] | None, where: str) -> pa.Schema:
    """Return the columns to read, in the order they were asked for."""
    if columns is None:
        return schema
    unknown = [name for name in columns if name not in schema.names]
    if unknown:
        raise LakeError(
            "The table has no such column",
            seen=f"{where}: {', '.join(unknown)}",
            legal=", ".join(schema.names),
            todo="correct the column names",
        )
    return pa.schema([schema.field(name) for name in columns])


def read_file(storage: Storage, file: StoredFile, schema: pa.Schema) -> pa.Table:
    """Read one file."""
    with _opened(storage, file) as parquet:
        return _shaped(parquet.read(columns=_held(parquet, schema)), schema)


def file_batches(
    storage: Storage, file: StoredFile, schema: pa.Schema, rows: int
) -> Iterator[pa.RecordBatch]:
    """Read one file in pieces of at most `rows` rows."""
    with _opened(storage, file) as parquet:
        for batch in parquet.iter_batches(rows, columns=_held(parquet, schema)):
            yield from _shaped(pa.Table.from_batches([batch]), schema).to_batches()


def find(
    storage: Storage, files: Sequence[StoredFile], schema: pa.Schema, column: str, values: Sequence[str]
) -> pa.Table:
    """The rows of some files whose column has one of these values, with the partition columns added."""
    among, found = pa.array(values, pa.string()), []
    for file in files:
        with _opened(storage, file) as parquet:
            names = _held(parquet, schema)
            for group in range(parquet.num_row_groups):
                searched = parquet.read_row_group(group, [column], use_threads=False).column(column)
                mine = pc.is_in(searched, value_set=among)
                if not pc.any(mine).as_py():
                    continue  # and no other column is read
                shaped = _shaped(parquet.read_row_group(group, names).filter(mine), schema)
                for name, value in file.partition.items():
                    shaped = shaped.append_column(name, pa.repeat(value, len(shaped)))
                found.append(shaped)
    if found:
        return pa.concat_tables(found)
    partition = files[0].partition if files else {}
    return pa.schema([*schema, *(pa.field(name, pa.string()) for name in partition)]).empty_table()


@contextmanager
def _opened(storage: Storage, file: StoredFile) -> Iterator[pq.ParquetFile]:
    metering.count_read(file.size)  # of all columns: what is left out is not known beforehand
    if not storage.is_s3:
        with pq.ParquetFile(storage.path(file.path)) as parquet:
            yield parquet
        return
    with (
        # pyarrow asks for exactly the ranges that it needs, so that reading ahead only costs memory.
        storage.filesystem().open(storage.path(file.path), "rb", cache_type="none", size=file.size) as source,
        pq.ParquetFile(source, pre_buffer=True) as parquet,
    ):
        yield parquet


def _held(parquet: pq.ParquetFile, schema: pa.Schema) -> list[str]:
    names = set(parquet.schema_arrow.names)
    return [name for name in schema.names if name in names]


def _shaped(data: pa.Table, schema: pa.Schema) -> pa.Table:
    """Fill columns that are younger than the file with nulls and give every column the table's type."""
    columns: list[Any] = [
        data[column.name].cast(column.type)
        if column.name in data.column_names
        else pa.nulls(len(data), column.type)
        for column in schema
    ]
    return pa.table(columns, schema=schema)
