"""A dataset's late labels in the lake: of each day all that ever came, each once."""

from hashlib import blake2b
from typing import TYPE_CHECKING
from uuid import uuid4

import pyarrow as pa

from aug_assets.errors import UpstreamMissingError
from aug_assets.labels import LABELS

if TYPE_CHECKING:
    from aug_assets.spec import DatasetSpec
    from resources.lake import LakeResource


class LabelTable:
    """The Delta table ``labels`` of a dataset, partitioned by the day of the rows."""

    def __init__(self, lake: "LakeResource", spec: "DatasetSpec") -> None:
        self._table = lake.table(spec.tenant, spec.name, "labels")
        self._digest = spec.digest

    @property
    def version(self) -> int | None:
        """The table's version; None before the first label."""
        return self._table.version()

    @property
    def days(self) -> list[str]:
        """Days with labels, sorted."""
        if self.version is None:
            return []
        return sorted(where["date"] for where in self._table.partitions())

    def contents(self, version: int) -> dict[str, str]:
        """Day to a digest of its labels, for all days of a version; nothing of a version that is gone."""
        try:
            partitions = [where["date"] for where in self._table.partitions(version)]
            files = {day: self._table.parts({"date": day}, version) for day in partitions}
        except UpstreamMissingError:
            return {}
        return {day: blake2b("\n".join(one.path for one in held).encode(), digest_size=8).hexdigest()
                for day, held in files.items()}  # fmt: skip

    def of(self, day: str, version: int | None = None) -> pa.Table:
        """All labels of a day's rows, in the schema LABELS, the oldest first."""
        if self.version is None:
            return LABELS.empty_table()
        try:
            return self._table.read({"date": day}, version)
        except UpstreamMissingError:
            return LABELS.empty_table()

    def add(self, day: str, rows: pa.Table, user: str = "") -> int:
        """Add labels; those that are known already change nothing. Two people may do so at once.

        Args:
            day: The day of the rows.
            rows: In the schema LABELS.
            user: Who runs this.

        Returns:
            How many were new.
        """
        before = self.of(day)
        wanted = _merged(before, rows)
        new: int = wanted.num_rows - before.num_rows
        while new and wanted.num_rows:
            part = self._table.write_part(wanted, {"date": day}, f"labels-{uuid4().hex}")
            info = {"user": user, "spec_digest": self._digest}
            version = self._table.commit([part], {"date": day}, LABELS, info)
            # A commit replaces the day: what another wrote since it was read must be written again.
            between = self.of(day, version - 1) if version else LABELS.empty_table()
            more = _merged(between, wanted)
            if more.num_rows == wanted.num_rows:
                break
            wanted = more
        return new


def _merged(known: pa.Table, more: pa.Table) -> pa.Table:
    both = pa.concat_tables([known.cast(LABELS), more.cast(LABELS)])
    kept = both.group_by(LABELS.names, use_threads=False).aggregate([])
    order = [(name, "ascending") for name in ("known_at", "row_id", "label", "why", "by")]
    return kept.select(LABELS.names).sort_by(order).cast(LABELS)
