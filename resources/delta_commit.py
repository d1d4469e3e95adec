"""One atomic replacement of a partition in a Delta log. Writes no data files and reads none."""

import random
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from aug_assets.errors import CommitConflictError, LakeError
from resources.delta_log import StoredFile, columns_of, open_or_create, settle, stored_files
from resources.delta_schema import merged
from resources.lake_errors import typed_errors
from resources.lake_storage import Storage
from resources.parquet_parts import Part

if TYPE_CHECKING:
    from deltalake import DeltaTable

ATTEMPTS = 100
_STANDSTILLS = 3  # failures without another writer's commit; more cannot be a lost race
_LONGEST_WAIT_SECONDS = 0.4
INFO_KEY = "aug_info"
PARTITION_KEY = "aug_partition"


@dataclass(frozen=True)
class Replacement:
    """What one commit does.

    Attributes:
        parts: The new and whole content of the partition.
        partition: The partition that is replaced.
        schema: All columns, partition columns included.
        partition_by: The partition columns in order.
        info: What the commit records about itself.
    """

    parts: Sequence[Part]
    partition: Mapping[str, str]
    schema: pa.Schema
    partition_by: tuple[str, ...]
    info: Mapping[str, str]


def replace_partition(storage: Storage, change: Replacement) -> int:
    """Commit a replacement and return the version that holds exactly its parts.

    Raises:
        CommitConflictError: Other writers won every attempt.
    """
    with typed_errors("commit to a table", storage.uri):
        table = open_or_create(storage, change.schema, change.partition_by)
        standstills = 0
        for attempt in range(ATTEMPTS):
            version = table.version() + 1
            failure = _try_commit(table, change)
            if failure is None:
                settle(storage, table, version)
                return version
            time.sleep(random.SystemRandom().uniform(0, min(_LONGEST_WAIT_SECONDS, 0.01 * 2**attempt)))
            table.update_incremental()
            standstills += table.version() < version
            if standstills == _STANDSTILLS:
                raise failure
    raise CommitConflictError(
        "Other writers kept winning the race for this table",
        seen=f"{storage.uri}: {ATTEMPTS} attempts",
        todo="retry; if it stays, limit the concurrent runs of this dataset with a pool",
    )


def _try_commit(table: "DeltaTable", change: Replacement) -> Exception | None:
    from deltalake import CommitProperties, PostCommitHookProperties
    from deltalake.exceptions import CommitFailedError

    old = columns_of(table)
    schema = merged(old, change.schema, table.table_uri)
    present = [file for file in stored_files(table) if file.partition == change.partition]
    again = {file.path for file in present} & {part.path for part in change.parts}
    if again and schema != old:
        raise _reused_name(min(again))
    # "overwrite" finds the files to remove by itself and may change the schema, but given a path that is
    # there already it would add and remove it at once, and Delta does not say which of the two counts.
    removals = [_removed(file) for file in present if again and file.path not in again]
    filters = [(column, "=", change.partition[column]) for column in change.partition_by]
    try:
        table.create_write_transaction(
            [*map(_added, change.parts), *removals],
            mode="append" if again else "overwrite",
            schema=schema,
            partition_by=list(change.partition_by),
            partition_filters=None if again else filters,
            commit_properties=CommitProperties(
                custom_metadata={INFO_KEY: dict(change.info), PARTITION_KEY: dict(change.partition)},
                # deltalake's own retries see no conflict between two first writers of one day and keep the
                # rows of both. Without them a commit succeeds only on the version that it was computed from.
                max_commit_retries=0,
            ),
            # A disk that fills up during a checkpoint would report failure for a commit that has happened.
            post_commithook_properties=PostCommitHookProperties(
                create_checkpoint=False, cleanup_expired_logs=False
            ),
        )
    except CommitFailedError as failure:
        return failure
    return None


def _reused_name(path: str) -> LakeError:
    return LakeError(
        "A part of this name is already in the table, with other columns",
        seen=path,
        legal="one name for each run, attempt and chunk",
        todo="write the parts again under unique names",
    )


def _added(part: Part) -> Any:
    from deltalake.transaction import AddAction

    return AddAction(part.path, part.size, dict(part.partition), _now(), data_change=True, stats=part.stats)


def _removed(file: StoredFile) -> Any:
    from deltalake.transaction import RemoveAction

    return RemoveAction(file.path, True, _now(), file.size, dict(file.partition))  # noqa: FBT003 - positional only


def _now() -> int:
    return time.time_ns() // 1_000_000
