"""The objects of a dataset's tables on disk or in a bucket: where a person is in them, and what goes."""

import json
from collections.abc import Collection, Iterable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from aug_assets.errors import UpstreamMissingError
from aug_assets.lineage.forget import Footprint, children, holders, in_json
from aug_assets.provenance import RECORD, whole
from aug_assets.spec import DatasetSpec
from resources import delta_log
from resources.lake_errors import typed_errors
from resources.lake_storage import Storage

if TYPE_CHECKING:
    from resources.lake import LakeResource

_REAL, _MADE = ("source",), ("augmented", "validated")
_BY_ROW = ("decisions", "labels", "manifest", "queue", "review", "shares")
_LOG = "_delta_log"


def objects(storage: Storage) -> list[str]:
    """All objects below a place, committed or not, by their path below it."""
    with typed_errors("list files", storage.uri):
        if not storage.is_s3:
            root = Path(storage.uri)
            return sorted(str(f.relative_to(root)) for f in root.rglob("*") if f.is_file())
        base = storage.path() + "/"
        return sorted(path.removeprefix(base) for path in storage.filesystem().find(storage.path()))


def remove(storage: Storage, names: Iterable[str]) -> int:
    """Remove objects for good; one that is gone already is none. How many there were."""
    count = 0
    with typed_errors("remove files", storage.uri):
        for one in names:
            with suppress(FileNotFoundError):
                if storage.is_s3:
                    storage.filesystem().rm_file(storage.path(one))
                else:
                    Path(storage.uri, one).unlink()
                count += 1
    return count


class Tables:
    """The tables of one dataset as objects.

    Args:
        lake: Where they are.
        spec: The dataset.
    """

    def __init__(self, lake: "LakeResource", spec: DatasetSpec) -> None:
        self._spec = spec
        self._root = lake.storage().sub(spec.tenant, spec.name)

    def names(self) -> list[str]:
        """The tables that are there."""
        tables = {path.split("/")[0] for path in objects(self._root) if f"/{_LOG}/" in path}
        return sorted(tables)

    def newest(self, table: str) -> set[str]:
        """The objects of a table's newest version."""
        try:
            opened = delta_log.open_table(self._root.sub(table))
        except UpstreamMissingError:
            return set()
        return {file.path for file in delta_log.stored_files(opened)}

    def find(self, value: str | None, row: str | None, *, newest: bool = False) -> Footprint:
        """Where a person is.

        Args:
            value: What the dataset's subject column says of them.
            row: Or the id of one row.
            newest: Whether to look at newest versions only, else at every object that is there.
        """
        tables = self.names()
        files = {t: [f for f in objects(self._root.sub(t)) if _day(f)] for t in tables}
        if newest:
            files = {t: sorted(set(found) & self.newest(t)) for t, found in files.items()}
        found = Footprint()
        ids: dict[str, dict[str, set[str]]] = {}
        if row is not None:
            found.real.add(row)
        for table in (*_REAL, "quarantine"):
            self._own(table, files.get(table, ()), value, found, ids)
        self._descend(files.get("provenance", ()), found, ids)
        for table in (*_MADE, *_BY_ROW, "quarantine"):
            self._own(table, files.get(table, ()), value, found, ids)
        found.rows = {
            table: {day: len(rows) for day, rows in sorted(days.items())} for table, days in ids.items()
        }
        return found

    def _own(
        self,
        table: str,
        files: Iterable[str],
        value: str | None,
        found: Footprint,
        ids: dict[str, dict[str, set[str]]],
    ) -> None:
        for file in files:
            rows = self._held(table, file, value, found.ids)
            if not rows:
                continue
            ids.setdefault(table, {}).setdefault(_day(file), set()).update(rows)
            if table in _REAL or (table == "quarantine" and "stage=source" in file):
                found.real.update(rows)
            elif table in _MADE or table == "quarantine":
                found.made.update(rows - found.real)

    def _held(self, table: str, file: str, value: str | None, ids: set[str]) -> set[str]:
        subject = self._spec.subject
        if table != "quarantine":
            read = self._read(table, file, ("row_id", subject))
            mask = holders(read, subject, value, ids)
        else:
            read = self._read(table, file, ("row_id", "row"))
            mask = holders(read, None, None, ids)
            if value is not None and subject is not None and len(read):
                columns = {subject, self._spec.columns[subject].from_ or subject}
                told = (json.loads(row) for row in read.column("row").to_pylist())
                mask = mask | in_json(told, columns, value)
        return set(np.array(read.column("row_id").to_pylist(), object)[mask].tolist())

    def _descend(self, files: Iterable[str], found: Footprint, ids: dict[str, dict[str, set[str]]]) -> None:
        listed = list(files)
        grown = bool(found.real)
        while grown:
            grown = False
            for file in listed:
                told = whole(self._read("provenance", file, RECORD.names))
                more = children(told, found.ids)
                if more:
                    ids.setdefault("provenance", {}).setdefault(_day(file), set()).update(more)
                grown |= bool(more - found.ids)
                found.made |= more - found.real

    def _read(self, table: str, file: str, wanted: Iterable[str | None]) -> pa.Table:
        storage = self._root.sub(table)
        with typed_errors("read a table", storage.uri):
            system = storage.filesystem() if storage.is_s3 else None
            path = storage.path(file)
            with pq.ParquetFile(path if system is None else system.open(path)) as parquet:
                names = [n for n in parquet.schema_arrow.names if n in set(wanted)]
                return parquet.read(columns=names)

    def empty(self, days: Collection[str], info: dict[str, str]) -> None:
        """Take the rows of some days out of every table; each is one commit, and older versions stay."""
        from resources.delta_table import LakeTable

        for name in self.names():
            storage = self._root.sub(name)
            by = tuple(delta_log.open_table(storage).metadata().partition_columns)
            if "date" in by:
                table = LakeTable(storage, by)
                for where in table.partitions():
                    if where["date"] in days:
                        table.commit([], where, table.schema(), info)

    def vacuum(self, days: Collection[str]) -> int:
        """Remove of some days every object that the newest version of its table does not hold."""
        count = 0
        for table in self.names():
            storage, newest = self._root.sub(table), self.newest(table)
            old = [f for f in objects(storage) if _day(f) in days and f not in newest]
            count += remove(storage, old)
        return count


def _day(path: str) -> str:
    """The date of an object's partition; empty where it has none."""
    return next((p.removeprefix("date=") for p in path.split("/")[:-1] if p.startswith("date=")), "")


def scratch(lake: "LakeResource", active: Collection[str]) -> int:
    """Remove what killed runs left behind; the runs that go on keep theirs."""
    storage = lake.storage().sub("_scratch")
    if not storage.is_s3 and not Path(storage.uri).exists():
        return 0
    return remove(storage, [f for f in objects(storage) if f.split("/")[0] not in active])
