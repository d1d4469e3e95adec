"""What Dagster keeps of runs that showed a person's rows: found, and removed from its databases for good."""

import shutil
import sqlite3
from collections.abc import Collection
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aug_assets.spec import DatasetSpec

if TYPE_CHECKING:
    import dagster as dg

_WAIT_SECONDS = 60
_SQLITE = b"SQLite format 3\0"


def active(instance: "dg.DagsterInstance") -> "list[dg.DagsterRun]":
    """The runs that are not over."""
    import dagster as dg

    names = ("QUEUED", "NOT_STARTED", "STARTING", "STARTED", "CANCELING")
    return list(instance.get_runs(dg.RunsFilter(statuses=[dg.DagsterRunStatus[name] for name in names])))


def of(run: Any, spec: DatasetSpec) -> bool:
    """Whether a run makes or judges tables of the dataset."""
    mine = f"{spec.name}_"
    keys = [*(run.asset_selection or ()), *(c.asset_key for c in run.asset_check_selection or ())]
    asked = any(key.path[:-1] == [spec.tenant] and key.path[-1].startswith(mine) for key in keys)
    tagged = (run.tags.get("tenant"), run.tags.get("dataset")) == (spec.tenant, spec.name)
    named_none = not keys and run.job_name.startswith("__")  # which makes all assets there are
    return asked or tagged or named_none


def forget_runs(
    instance: "dg.DagsterInstance", spec: DatasetSpec, days: Collection[str], before: float
) -> int:
    """Remove the runs of some days that were created before an instant, with all their events and logs.

    Asset metadata shows rows and failures quote values, so no event of such a run can stay.
    """
    import dagster as dg

    count = 0
    for day in sorted(days):
        found = instance.get_run_records(dg.RunsFilter(tags={"dagster/partition": day}))
        for record in found:
            if record.create_timestamp.timestamp() < before and of(record.dagster_run, spec):
                _forget(instance, record.dagster_run.run_id)
                count += 1
    return count


def _forget(instance: "dg.DagsterInstance", run_id: str) -> None:
    """The run itself goes last: until then a second call finds it again."""
    events = instance.event_log_storage
    events.delete_events(run_id)
    if hasattr(events, "index_connection"):
        _indexed(events, run_id)
    shard = Path(events.path_for_shard(run_id)) if hasattr(events, "path_for_shard") else None
    for ending in ("", "-wal", "-shm", "-journal") if shard else ():
        Path(f"{shard}{ending}").unlink(missing_ok=True)
    instance.compute_log_manager.delete_logs(prefix=[run_id])
    if instance.is_persistent and (kept := Path(instance.storage_directory(), run_id)).is_dir():
        shutil.rmtree(kept)
    instance.run_storage.delete_run(run_id)


def _indexed(events: Any, run_id: str) -> None:
    """Copies of events that deleting a run leaves behind: check results, and an asset's latest event."""
    from dagster._core.storage.event_log.schema import AssetCheckExecutionsTable, AssetKeyTable

    with events.index_connection() as connection:
        checks, assets = AssetCheckExecutionsTable, AssetKeyTable
        connection.execute(checks.delete().where(checks.c.run_id == run_id))
        latest = assets.update().where(assets.c.last_materialization.contains(run_id))
        connection.execute(latest.values(last_materialization=None, cached_status_data=None))


def compact(instance: "dg.DagsterInstance") -> int:
    """Write Dagster's SQLite files anew, and return how many: deleted bytes else stay in free pages."""
    if not instance.is_persistent:
        return 0
    count = 0
    for file in sorted(Path(instance.root_directory).rglob("*.db")):
        if file.is_file() and _head(file) == _SQLITE:
            with closing(sqlite3.connect(file, timeout=_WAIT_SECONDS, isolation_level=None)) as database:
                database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                database.execute("VACUUM")
                database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            count += 1
    return count


def _head(file: Path) -> bytes:
    with file.open("rb") as opened:
        return opened.read(len(_SQLITE))
