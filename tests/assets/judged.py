"""A day's candidates in a lake, judged here or on Dask workers, told by what came of it. No tests."""

import os
import random
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pyarrow as pa

from aug_assets import frames, gates, loader, recipe
from aug_assets.assets import chunks, common, judging
from aug_assets.gates.feed import Feed
from aug_assets.gates.judge import Verdict, judge
from aug_assets.ingest import ingest
from aug_assets.provenance import RECORD
from aug_assets.rows import ROW_ID, TableDigest, digest
from aug_assets.spec import DatasetSpec, Rule
from resources.lake import LakeResource
from resources.lake_scratch import Scratch

DAY = "2025-01-03"
SIZES = {"payments/card_fraud": 100}  # candidates a chunk; pictures: 8
_CONTEXT: Any = SimpleNamespace(run=SimpleNamespace(run_id="run"), retry_number=0)
_WHERE = {"date": DAY}
_RULE = Rule(name="small", expr="amount <= 200")


def small(name: str) -> DatasetSpec:
    """A dataset that ships, in small chunks."""
    return loader.get(name).model_copy(update={"chunk_rows": SIZES.get(name, 8)})


def spec(name: str) -> DatasetSpec:
    """The same held to more than it was made for."""
    own = small(name)
    strict: Any = gates.get("intensity_window").Params(
        gate="intensity_window", min_levels=0.95, max_share=0.3
    )
    changes = {"gates": (*own.gates, strict)} if own.modality == "image" else {"rules": (*own.rules, _RULE)}
    made = own.model_copy(update=changes)
    for known in made.__dict__.keys() - DatasetSpec.model_fields.keys():
        del made.__dict__[known]  # what the dataset has worked out from its settings of before
    return made


def made(name: str, folder: Path) -> int:
    """Put a day's source rows, candidates and provenance into a lake of their own; how many were made."""
    lake, own = LakeResource(uri=str(folder)), small(name)
    source = ingest(own, DAY).rows
    table = common.table(lake, own, "source")
    table.commit([table.write_part(source, _WHERE, "source")], _WHERE, source.schema, {})
    parts = chunks.make_all(_CONTEXT, recipe.plan(own, DAY, source), lake)
    for stage, schema in (("augmented", frames.table_schema(own)), ("provenance", RECORD)):
        written = [getattr(part, stage) for part in parts]
        common.table(lake, own, stage).commit(written, _WHERE, schema, {})
    return sum(part.augmented.rows for part in parts)


def in_one_pass(name: str, folder: Path, planned: int) -> list[Any]:
    """What became of the day, judged in one piece in this process."""
    lake, own = LakeResource(uri=str(folder)), spec(name)
    candidates, provenance = (common.table(lake, own, stage) for stage in ("augmented", "provenance"))
    told = Feed(provenance.iter_batches(_WHERE))
    whole = TableDigest(candidates.schema())

    def batches() -> Any:
        for batch in candidates.iter_batches(_WHERE, rows=own.rows_at_once):
            whole.update(batch)
            yield pa.Table.from_batches([batch]), told.of(batch.column(ROW_ID))

    verdict = judge(own, DAY, common.table(lake, own, "source").read(_WHERE), batches(), planned)
    return content(verdict, whole.hexdigest())


def in_chunks(name: str, folder: Path, planned: int, seed: int | None = None) -> dict[str, Any]:
    """The same in chunks, begun in an order of that seed, and which processes took part."""
    lake, own = LakeResource(uri=str(folder)), spec(name)
    tables = [common.table(lake, own, stage) for stage in ("augmented", "provenance")]
    candidates, told = (judging.stored(table, _WHERE, table.version() or 0) for table in tables)
    day = judging.Day(own, DAY, common.table(lake, own, "source").read(_WHERE), None, None, {})
    order = list(range(len(candidates.files) + 1))
    random.Random(seed).shuffle(order)
    scratch = Scratch(lake.scratch("run").storage.sub("gates"))
    verdict, content_digest, spent = judging.judge_all(
        day, candidates, told, planned, scratch, "run.gates", order if seed is not None else None
    )
    pids = sorted({one.thread[0] for one in spent})
    return {
        "found": content(verdict, content_digest),
        "pids": pids,
        "chunks": len(spent),
        "here": os.getpid(),
    }


def content(verdict: Verdict, candidates: str) -> list[Any]:
    """All of a verdict, and the digest of what it is about, as plain values that compare by every bit."""
    words = [repr(j) for j in verdict.judgements]  # floats print by every bit
    counts = [verdict.reasons, verdict.candidates, verdict.released]
    return [words, digest(verdict.quarantine), verdict.quarantine.num_rows, counts, candidates]
