"""Opening, creating and listing a Delta log through deltalake. Decides nothing about what is committed."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from aug_assets.errors import LakeError, UpstreamMissingError
from resources.delta_schema import storable
from resources.lake_files import sync_file
from resources.lake_storage import Storage

if TYPE_CHECKING:
    from deltalake import DeltaTable

_log = logging.getLogger(__name__)
CHECKPOINT_EVERY = 50  # commits that a reader replays at most; deltalake's own 100 doubles the opening time

# Old versions are what audits and replays read, so the log never forgets by itself.
_PROPERTIES = {"delta.enableExpiredLogCleanup": "false", "delta.logRetentionDuration": "interval 5200 weeks"}


@dataclass(frozen=True)
class StoredFile:
    """A file of one version of a table: path relative to the table, bytes, rows and partition values."""

    path: str
    size: int
    rows: int
    partition: Mapping[str, str]


def open_table(storage: Storage, version: int | None = None) -> "DeltaTable":
    """Open a table at a version.

    Raises:
        UpstreamMissingError: There is no table, or it has no such version.
    """
    from deltalake import DeltaTable
    from deltalake.exceptions import DeltaError, TableNotFoundError

    options = storage.storage_options()
    try:
        return DeltaTable(storage.uri, version=version, storage_options=options)
    except TableNotFoundError:
        raise UpstreamMissingError(
            "The lake has no such table yet", seen=storage.uri, todo="materialize the asset that writes it"
        ) from None
    except DeltaError:
        if version is None:
            raise
        newest = DeltaTable(storage.uri, storage_options=options).version()
        if 0 <= version <= newest:
            raise
        raise UpstreamMissingError(
            "The table has no such version",
            seen=f"{storage.uri}: version {version}",
            legal=f"0 to {newest}",
            todo="read a version that a materialization recorded",
        ) from None


def open_or_create(storage: Storage, schema: pa.Schema, partition_by: tuple[str, ...]) -> "DeltaTable":
    """Open the newest version; make an empty table first if there is none."""
    try:
        table = open_table(storage)
    except UpstreamMissingError:
        _create(storage, schema, partition_by)
        table = open_table(storage)
    if tuple(table.metadata().partition_columns) != partition_by:
        raise LakeError(
            "The table is partitioned by other columns",
            seen=f"{storage.uri}: {', '.join(partition_by)}",
            legal=", ".join(table.metadata().partition_columns),
            todo="use the stored columns, or write to a new dataset",
        )
    return table


def _create(storage: Storage, schema: pa.Schema, partition_by: tuple[str, ...]) -> None:
    from deltalake import CommitProperties, DeltaTable
    from deltalake.exceptions import DeltaError

    try:
        DeltaTable.create(
            storage.uri,
            schema,
            mode="ignore",
            partition_by=list(partition_by),
            configuration=_PROPERTIES,
            storage_options=storage.storage_options(),
            # With retries the losers of the race write their CREATE on top of the winner's commits.
            commit_properties=CommitProperties(max_commit_retries=0),
        )
    except DeltaError:
        # Several first writers race for version 0. If nobody won, opening it says what is wrong.
        _log.debug("Another process created %s first", storage.uri)


def columns_of(table: "DeltaTable") -> pa.Schema:
    """Return the table's columns as Arrow types, partition columns included."""
    return storable(pa.schema(table.schema().to_arrow()))


def stored_files(table: "DeltaTable") -> list[StoredFile]:
    """List the files of the opened version in row order."""
    columns = table.metadata().partition_columns
    rows = pa.table(table.get_add_actions(flatten=True)).to_pylist()
    files = [
        StoredFile(
            path=row["path"],
            size=row["size_bytes"],
            rows=row["num_records"],
            partition={column: str(row[f"partition.{column}"]) for column in columns},
        )
        for row in rows
    ]
    return sorted(files, key=lambda file: file.path)


def settle(storage: Storage, table: "DeltaTable", version: int) -> None:
    """Make a commit durable and the log quick to open."""
    try:
        if not storage.is_s3:
            sync_file(Path(storage.uri) / "_delta_log" / f"{version:020}.json")
        if version % CHECKPOINT_EVERY == 0:
            table.update_incremental()
            table.create_checkpoint()
    except Exception:  # noqa: BLE001 - must not deny a commit that has happened
        _log.warning("Version %d of %s is committed, its upkeep failed", version, storage.uri, exc_info=True)
