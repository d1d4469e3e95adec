"""Dagster's SQLite storage on connections that are kept: the same files for a third of the CPU time.

Dagster opens an engine and a connection for every statement, compiles each statement anew and asks Alembic
about the file of every run. A day's run has several hundred statements, so its events would cost more than
its rows. `dagster.yaml` names the class; files of Dagster's own storage are read and written as they are.
"""

import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Self

import yaml
from dagster import Field, StringSource
from dagster._core.errors import DagsterHomeNotSetError
from dagster._core.instance.ref import InstanceRef
from dagster._core.storage.event_log.sqlite.sqlite_event_log import INDEX_SHARD_NAME, SqliteEventLogStorage
from dagster._core.storage.runs.sqlite.sqlite_run_storage import SqliteRunStorage
from dagster._core.storage.sqlite_storage import DagsterSqliteStorage
from dagster._serdes import ConfigurableClassData
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import OperationalError

from resources.sqlite_engines import ENGINES


class EventLog(SqliteEventLogStorage):
    """Dagster's event log: a file a run, and one that is asked about all of them."""

    @contextmanager
    def _connect(self, shard: str) -> Iterator[Connection]:
        path = Path(self.path_for_shard(shard))
        with self._db_lock:
            if shard not in self._initialized_dbs:
                if not path.exists() and shard != INDEX_SHARD_NAME:
                    _put(_empty_log(), path)
                self._initdb(ENGINES.of(path))
                self._initialized_dbs.add(shard)
            with ENGINES.of(path).begin() as connection:
                yield connection

    def has_table(self, table_name: str) -> bool:
        """Whether the index has a table; Dagster asks with every result of a check, and none goes away."""
        if table_name not in self._tables and super().has_table(table_name):
            self._tables.add(table_name)
        return table_name in self._tables

    @cached_property
    def _tables(self) -> set[str]:
        return set()

    def _initdb(self, engine: Engine, for_index_shard: bool = False) -> None:  # noqa: FBT001, FBT002 - Dagster's
        if not _is_begun(engine):
            super()._initdb(engine, for_index_shard)


class Runs(SqliteRunStorage):
    """Dagster's records of runs."""

    @contextmanager
    def connect(self) -> Iterator[Connection]:
        """A transaction."""
        with ENGINES.of(Path(self._conn_string.removeprefix("sqlite:///"))).begin() as connection:
            yield connection


class InstanceStorage(DagsterSqliteStorage):
    """All that an instance stores, below a folder: `base_dir`, or DAGSTER_HOME."""

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        super().__init__(base_dir, inst_data)
        self._run_storage = Runs(self._run_storage._conn_string)  # noqa: SLF001
        self._event_log_storage = EventLog(self._event_log_storage._base_dir)  # noqa: SLF001

    @classmethod
    def config_type(cls) -> dict[str, Any]:
        """What `dagster.yaml` may say."""
        return {"base_dir": Field(StringSource, is_required=False)}

    @classmethod
    def from_config_value(cls, inst_data: ConfigurableClassData, config_value: Mapping[str, Any]) -> Self:
        """As `dagster.yaml` says.

        Raises:
            DagsterHomeNotSetError: Neither it nor the environment names a folder.
        """
        folder = config_value.get("base_dir") or os.environ.get("DAGSTER_HOME")
        if not folder:
            raise DagsterHomeNotSetError("set DAGSTER_HOME, or `base_dir` of the storage in dagster.yaml")
        return cls.from_local(folder, inst_data)


def placed(ref: InstanceRef) -> ConfigurableClassData | None:
    """The storage of an instance as another process can open it, whose DAGSTER_HOME may be another one."""
    data = ref.storage_data
    if data is None or (data.module_name, data.class_name) != (__name__, InstanceStorage.__name__):
        return data
    home = ref.local_artifact_storage_data.config_dict["base_dir"]
    return data._replace(config_yaml=yaml.safe_dump({"base_dir": home, **data.config_dict}))


def _is_begun(engine: Engine) -> bool:
    try:
        with engine.connect() as connection:
            return connection.execute(text("SELECT version_num FROM alembic_version")).first() is not None
    except OperationalError:  # there is no such table yet
        return False


@cache
def _empty_log() -> bytes:
    """The file of a run without events, as Dagster makes it."""
    with tempfile.TemporaryDirectory() as folder:
        made = SqliteEventLogStorage(folder)
        with made.run_connection("empty"):
            pass
        return Path(made.path_for_shard("empty")).read_bytes()


def _put(content: bytes, path: Path) -> None:
    """Write a file whole, unless another process has done so meanwhile."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.write_bytes(content)
    with suppress(FileExistsError):
        os.link(draft, path)
    draft.unlink()
