"""Days of a dataset as the assets store them, by plain calls: for tests that look at tables. No tests."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from aug_assets import recipe
from aug_assets.assets import common
from aug_assets.commands.forget import Erasure, Who
from aug_assets.frames import table_schema
from aug_assets.ingest import ingest
from aug_assets.provenance import RECORD
from aug_assets.rows import digest
from aug_assets.spec import DatasetSpec
from resources import erasure
from resources.lake import LakeResource

STAGES = ("source", "provenance", "augmented", "validated")


class Plain:
    """A dataset, its lake, and its days without a run of Dagster."""

    def __init__(self, spec: DatasetSpec, lake: LakeResource) -> None:
        self.spec, self.lake = spec, lake

    def make(self, days: Sequence[str]) -> list[str]:
        """Source, candidates, provenance, and all of them as training data; nothing ever goes wrong."""
        for day in days:
            source = ingest(self.spec, day, erased=erasure.erased(self.lake, self.spec)).rows
            plan = recipe.plan(self.spec, day, source, digest(source))
            made = [recipe.make(plan, *chunk) for chunk in plan.chunks(self.spec.rows_at_once)]
            told = pa.concat_tables([RECORD.empty_table(), *(one.record for one in made)])
            rows = pa.concat_tables([table_schema(self.spec).empty_table(), *(one.rows for one in made)])
            self._put("source", day, source)
            self._put("provenance", day, told)
            self._put("augmented", day, rows)
            self._put("validated", day, pa.concat_tables([source.select(rows.column_names), rows]))
        return []

    def _put(self, stage: str, day: str, rows: pa.Table) -> None:
        table, where = common.table(self.lake, self.spec, stage), {"date": day}
        info = {"spec_digest": self.spec.digest}
        table.commit([table.write_part(rows, where, f"{stage}-{digest(rows)[:8]}")], where, rows.schema, info)

    def rows(self, stage: str, day: str) -> pa.Table:
        """What a reader gets of a day."""
        return common.table(self.lake, self.spec, stage).read({"date": day})

    def work(self, instance: Any, **who: Any) -> Erasure:
        """An erasure by a named person."""
        asked = Who(**{"by": "ann", "why": "ticket 5", **who})
        return Erasure(self.lake, self.spec, instance, asked, self.make)


def files_with(folder: Path, *words: str) -> list[str]:
    """Every file below a folder that holds one of these, as bytes or in a Parquet file's values."""
    found = []
    for file in sorted(folder.rglob("*")):
        if file.is_file():
            body = file.read_bytes()
            if file.suffix == ".parquet":
                body += repr(pq.read_table(file).to_pylist()).encode()
            if any(word.encode() in body for word in words):
                found.append(str(file.relative_to(folder)))
    return found
