"""One Delta table of the lake as the assets use it: write parts, commit them, read them. No Dagster here."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa

from aug_assets.errors import UpstreamMissingError
from resources import delta_log, delta_read
from resources.delta_commit import Replacement, replace_partition
from resources.delta_history import Commit, commits
from resources.delta_log import StoredFile
from resources.delta_schema import data_columns, table_schema
from resources.lake_errors import typed_errors
from resources.lake_storage import Storage
from resources.parquet_parts import (
    Part,
    check_partition,
    empty_name,
    encode,
    part_path,
    refuse_strangers,
    stats_json,
)

if TYPE_CHECKING:
    from deltalake import DeltaTable

__all__ = ["Commit", "LakeTable", "Part", "StoredFile"]


@dataclass(frozen=True)
class LakeTable:
    """A table by its address; picklable, because workers write the parts.

    Attributes:
        storage: Where the table lies.
        partition_by: Partition columns in order.
    """

    storage: Storage
    partition_by: tuple[str, ...] = ("date",)

    @property
    def uri(self) -> str:
        """The address of the table."""
        return self.storage.uri

    def write_part(self, data: pa.Table, partition: Mapping[str, str], name: str) -> Part:
        """Write rows as one object that no reader sees before `commit`.

        Args:
            data: The rows; partition columns in it are left out.
            partition: The partition the rows belong to.
            name: Unique for run, attempt and chunk; its sort order is the row order of the partition.

        Raises:
            LakeFullError: No space; nothing is left behind.
        """
        path = part_path(partition, self.partition_by, name)
        columns = data_columns(data.schema, self.partition_by)
        payload = encode(data.select(columns.names).cast(columns))
        self.storage.ensure_safe()
        self.storage.put(path, payload)
        return Part(path, len(payload), len(data), dict(partition), stats_json(len(data)))

    def commit(
        self, parts: Sequence[Part], partition: Mapping[str, str], schema: pa.Schema, info: Mapping[str, str]
    ) -> int:
        """Replace one partition by these parts in one transaction.

        New columns are added to the table and read as null in older days. Without parts the partition stays
        listed and has no rows.

        Args:
            parts: What `write_part` returned.
            partition: The partition to replace.
            schema: The columns of the rows.
            info: Stored with the commit, see `commit_info`.

        Returns:
            The version that holds exactly these rows.

        Raises:
            CommitConflictError: Other writers won every attempt.
            LakeError: A column would change its type.
        """
        check_partition(partition, self.partition_by)
        refuse_strangers(parts, partition)
        columns = table_schema(schema, partition, self.partition_by)
        self.storage.ensure_safe()
        listed = list(parts) or [self._empty_part(schema, partition)]
        change = Replacement(listed, dict(partition), columns, self.partition_by, dict(info))
        return replace_partition(self.storage, change)

    def _empty_part(self, schema: pa.Schema, partition: Mapping[str, str]) -> Part:
        # A file without rows, because Delta only knows the partitions that have a file.
        rows = schema.empty_table()
        return self.write_part(rows, partition, empty_name(data_columns(schema, self.partition_by)))

    def read(
        self, partition: Mapping[str, str], version: int | None = None, columns: Sequence[str] | None = None
    ) -> pa.Table:
        """Read one partition without its partition columns, in the order of the part names."""
        with typed_errors("read a table", self.uri):
            schema, files = self._planned(partition, version, columns)
            return pa.concat_tables([self.file_rows(file, schema) for file in files])

    def read_each(
        self, partitions: Sequence[Mapping[str, str]], columns: Sequence[str] | None = None
    ) -> list[pa.Table]:
        """Read several partitions of the newest version as `read` does; the log is opened once for all."""
        if not partitions:
            return []
        with typed_errors("read a table", self.uri):
            table = delta_log.open_table(self.storage)
            schema = self._columns(table, columns)
            held: dict[frozenset[tuple[str, str]], list[StoredFile]] = {}
            for file in delta_log.stored_files(table):
                held.setdefault(frozenset(file.partition.items()), []).append(file)
            files = [held.get(frozenset(where.items())) or self._files(table, where) for where in partitions]
            return [pa.concat_tables([self.file_rows(file, schema) for file in some]) for some in files]

    def iter_batches(
        self, partition: Mapping[str, str], version: int | None = None, rows: int = 65_536
    ) -> Iterator[pa.RecordBatch]:
        """Read one partition in pieces of at most `rows` rows, in row order."""
        with typed_errors("read a table", self.uri):
            schema, files = self._planned(partition, version, None)
            for file in files:
                yield from self.file_batches(file, schema, rows)

    def file_rows(self, file: StoredFile, schema: pa.Schema) -> pa.Table:
        """Read these columns of one file."""
        return delta_read.read_file(self.storage, file, schema)

    def file_batches(self, file: StoredFile, schema: pa.Schema, rows: int) -> Iterator[pa.RecordBatch]:
        """Read these columns of one file in pieces of at most `rows` rows."""
        yield from delta_read.file_batches(self.storage, file, schema, rows)

    def find(
        self,
        column: str,
        values: Sequence[str],
        columns: Sequence[str] | None = None,
        version: int | None = None,
    ) -> pa.Table:
        """Search all partitions for rows whose column has one of these values.

        Only the searched column is read of files that have none of them.

        Args:
            column: A column of text.
            values: What to look for.
            columns: What to return of the rows, all by default; the partition columns come on top of it.
            version: The newest by default.
        """
        with typed_errors("search a table", self.uri):
            table = delta_log.open_table(self.storage, version)
            files = delta_log.stored_files(table)
            return delta_read.find(self.storage, files, self._columns(table, columns), column, values)

    def parts(self, partition: Mapping[str, str], version: int | None = None) -> list[StoredFile]:
        """List the files of one partition in row order."""
        with typed_errors("list a table", self.uri):
            return self._files(delta_log.open_table(self.storage, version), partition)

    def files(self) -> list[StoredFile]:
        """List the files of all partitions of the newest version."""
        with typed_errors("list a table", self.uri):
            return delta_log.stored_files(delta_log.open_table(self.storage))

    def partitions(self, version: int | None = None) -> list[dict[str, str]]:
        """List the committed partitions, empty ones included, in order."""
        with typed_errors("list a table", self.uri):
            files = delta_log.stored_files(delta_log.open_table(self.storage, version))
        found = {tuple(file.partition[column] for column in self.partition_by) for file in files}
        return [dict(zip(self.partition_by, values, strict=True)) for values in sorted(found)]

    def schema(self, version: int | None = None) -> pa.Schema:
        """Return the columns without partition columns."""
        with typed_errors("open a table", self.uri):
            return self._columns(delta_log.open_table(self.storage, version), None)

    def version(self) -> int | None:
        """Return the newest version, or None before the first commit."""
        try:
            with typed_errors("open a table", self.uri):
                return delta_log.open_table(self.storage).version()
        except UpstreamMissingError:
            return None

    def history(self, limit: int | None = None) -> list[Commit]:
        """List the commits, newest first."""
        newest = self.version()
        if newest is None:
            return []
        oldest = 0 if limit is None else max(0, newest - limit + 1)
        return commits(self.storage, range(newest, oldest - 1, -1))

    def commit_info(self, version: int) -> dict[str, str]:
        """Return what the commit of this version recorded."""
        return commits(self.storage, [version])[0].info

    def _planned(
        self, partition: Mapping[str, str], version: int | None, columns: Sequence[str] | None
    ) -> tuple[pa.Schema, list[StoredFile]]:
        table = delta_log.open_table(self.storage, version)
        return self._columns(table, columns), self._files(table, partition)

    def _columns(self, table: "DeltaTable", columns: Sequence[str] | None) -> pa.Schema:
        schema = data_columns(delta_log.columns_of(table), self.partition_by)
        return delta_read.wanted(schema, columns, self.uri)

    def _files(self, table: "DeltaTable", partition: Mapping[str, str]) -> list[StoredFile]:
        check_partition(partition, self.partition_by)
        files = [file for file in delta_log.stored_files(table) if file.partition == partition]
        if not files:
            raise UpstreamMissingError(
                "The table has no such partition",
                seen=f"{self.uri}: {dict(partition)} at version {table.version()}",
                todo="materialize the asset for this partition",
            )
        return files
