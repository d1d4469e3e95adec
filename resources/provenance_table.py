"""The provenance table of the lake: written as stored, read with the keys and ids that follow from it."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from aug_assets.provenance import RECORD, whole
from aug_assets.rows import PROVENANCE as _READ
from resources import delta_log, delta_read
from resources.delta_log import StoredFile
from resources.delta_table import LakeTable
from resources.lake_errors import typed_errors

if TYPE_CHECKING:
    from deltalake import DeltaTable

PROVENANCE = "provenance"  # the stage whose table it is
_AT_ONCE = 16  # files that are searched together


class ProvenanceTable(LakeTable):
    """A table whose parts are in the schema ``RECORD`` and whose readers get ``PROVENANCE``.

    See :mod:`aug_assets.provenance` for what is stored; arguments and errors are those of
    :class:`LakeTable`, and reading raises ProvenanceError where a row does not say how it was made.
    """

    def file_rows(self, file: StoredFile, schema: pa.Schema) -> pa.Table:
        """Read these columns of one file."""
        return whole(delta_read.read_file(self.storage, file, RECORD)).select(schema.names)

    def file_batches(self, file: StoredFile, schema: pa.Schema, rows: int) -> Iterator[pa.RecordBatch]:
        """Read these columns of one file in pieces of at most `rows` rows."""
        for batch in delta_read.file_batches(self.storage, file, RECORD, rows):
            yield from whole(pa.Table.from_batches([batch])).select(schema.names).to_batches()

    def find(
        self,
        column: str,
        values: Sequence[str],
        columns: Sequence[str] | None = None,
        version: int | None = None,
    ) -> pa.Table:
        """Search all partitions for rows whose column has one of these values."""
        among = pa.array(values, pa.string())
        with typed_errors("search a table", self.uri):
            table = delta_log.open_table(self.storage, version)
            chosen = self._columns(table, columns).names
            files = delta_log.stored_files(table)
            bunches = [files[at : at + _AT_ONCE] for at in range(0, len(files), _AT_ONCE)] or [[]]
            return pa.concat_tables([self._those(bunch, column, among, chosen) for bunch in bunches])

    def _those(
        self, files: Sequence[StoredFile], column: str, among: pa.Array, chosen: Sequence[str]
    ) -> pa.Table:
        """The rows of some files that are sought; together, because most files hold few rows."""
        stored = [delta_read.read_file(self.storage, file, RECORD) for file in files]
        rows = whole(pa.concat_tables([RECORD.empty_table(), *stored]))
        mine = pc.is_in(rows.column(column), value_set=among)
        shown = rows.filter(mine).select(chosen)
        for name in self.partition_by:
            where = [
                pa.repeat(file.partition[name], len(part)) for file, part in zip(files, stored, strict=True)
            ]
            shown = shown.append_column(
                name, pa.concat_arrays([pa.array([], pa.string()), *where]).filter(mine)
            )
        return shown

    def _columns(self, table: "DeltaTable", columns: Sequence[str] | None) -> pa.Schema:  # noqa: ARG002
        return delta_read.wanted(_READ, columns, self.uri)
