"""Showing a day's candidates to the gates, a file at a time, on as many workers as there are.

What was seen is joined in the order of the files, so that the verdict is that of one pass. The digest of the
candidates needs them in order: one more task reads them for it, and both must have read the same.
"""

import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import pyarrow as pa

from aug_assets.assets import chunks
from aug_assets.cost import Spent
from aug_assets.decisions import Row
from aug_assets.errors import LakeError
from aug_assets.gates.feed import Feed
from aug_assets.gates.judge import Seen, Verdict, conclude, look, real_of
from aug_assets.gates.real import Real
from aug_assets.recorded import Recorded
from aug_assets.rows import ROW_ID, TableDigest, digest
from aug_assets.spec import DatasetSpec
from aug_assets.values.picture import STORED
from resources import metering
from resources.delta_table import LakeTable, StoredFile
from resources.fanout import map_chunks
from resources.lake_scratch import Scratch
from resources.scratch_objects import get_object, put_object

_BATCH_ROWS = 65_536
_DAY = "day"


@dataclass(frozen=True)
class Day:
    """What judging a day needs beside its candidates; see :func:`aug_assets.gates.judge.judge`."""

    spec: DatasetSpec
    date: str
    source: pa.Table
    record: dict[str, Any] | None
    recorded: Recorded
    waived: Mapping[Row, frozenset[str]]


@dataclass(frozen=True)
class Stored:
    """Some files of a table at one version, in row order; picklable."""

    table: LakeTable
    schema: pa.Schema
    files: tuple[StoredFile, ...]

    def batches(self, rows: int) -> Iterator[pa.RecordBatch]:
        """The rows in pieces of at most so many."""
        for file in self.files:
            yield from self.table.file_batches(file, self.schema, rows)

    def split(self) -> list["Stored"]:
        """The same by file."""
        return [Stored(self.table, self.schema, (file,)) for file in self.files]


@dataclass(frozen=True)
class Chunk:
    """Candidates to look at with their provenance; without a name for the result, to take the digest of.

    ``secret`` keeps what two readings are compared by from being known before.
    """

    scratch: Scratch
    candidates: Stored
    told: Stored | None
    rows: int
    secret: int
    name: str = ""


@dataclass(frozen=True)
class Looked:
    """What became of a chunk: one seal a batch, and what it cost outside the step's own thread."""

    seals: tuple[str, ...]
    digest: str
    thread: tuple[int, int]
    spent: Spent


def stored(table: LakeTable, where: Mapping[str, str], version: int) -> Stored:
    """A day of a table at a version."""
    return Stored(table, table.schema(version), tuple(table.parts(where, version)))


def judge_all(
    day: Day,
    candidates: Stored,
    told: Stored,
    planned: int,
    scratch: Scratch,
    label: str,
    order: Sequence[int] | None = None,
) -> tuple[Verdict, str, list[Looked]]:
    """Judge a day.

    Args:
        day: The real rows and settings.
        candidates: The day's candidates.
        told: Their provenance.
        planned: How many candidates the recipe planned, without those that it refused itself.
        scratch: A space of the step's own; nothing is left in it.
        label: Run id and step.
        order: In which order to hand out the chunks; the result does not depend on it.

    Returns:
        The verdict, the digest of exactly the candidates that were judged, and what the chunks cost.

    Raises:
        LakeError: The candidates changed while they were judged.
    """
    units, secret = _units(candidates, told), secrets.randbits(63)
    size = min(_BATCH_ROWS, day.spec.rows_at_once)
    items = [Chunk(scratch, candidates, None, size, secret)]
    items += [Chunk(scratch, *unit, size, secret, f"seen-{n:06d}") for n, unit in enumerate(units)]
    try:
        put_object(scratch, _DAY, day)
        hashed, *looked = map_chunks(_work, items, label=label, order=order)
        if hashed.seals != tuple(seal for one in looked for seal in one.seals):
            raise LakeError(
                "The candidates changed while they were judged", seen=candidates.table.uri,
                legal="the same rows at each reading", todo="run the gates again, and test the disk",
            )  # fmt: skip
        found: list[Seen] = [get_object(scratch, item.name) for item in items[1:]]
        return conclude(_day(scratch)[1], found, planned), hashed.digest, [hashed, *looked]
    finally:
        _day.cache_clear()
        scratch.cleanup()  # it holds people's rows, which must not outlive the step


def _units(candidates: Stored, told: Stored) -> list[tuple[Stored, Stored]]:
    """Candidates with their provenance, by the file where those lie side by side as chunks wrote them."""
    names = [[file.path.rpartition("/")[2] for file in table.files] for table in (candidates, told)]
    if names[0] != names[1]:
        return [(candidates, told)]
    return list(zip(candidates.split(), told.split(), strict=True))


def _work(chunk: Chunk) -> Looked:
    meter = metering.Meter()
    seals: list[str] = []
    whole = TableDigest(chunk.candidates.schema)

    def batches() -> Iterator[pa.RecordBatch]:
        for batch in chunk.candidates.batches(chunk.rows):
            seals.append(_seal(batch, chunk.secret))
            yield batch

    if chunk.told is None:
        for batch in batches():
            whole.update(batch)
    else:
        day, real = _day(chunk.scratch)
        feed = Feed(chunk.told.batches(_BATCH_ROWS))
        pairs = ((pa.Table.from_batches([batch]), feed.of(batch.column(ROW_ID))) for batch in batches())
        put_object(chunk.scratch, chunk.name, look(real, pairs, day.waived))
    return Looked(tuple(seals), whole.hexdigest(), chunks.thread(), meter.spent())


def _seal(batch: pa.RecordBatch, secret: int) -> str:
    """What tells whether two readings are of the same content, in a fifth of the time of a digest."""
    import stringzilla  # type: ignore[import-not-found]

    plain, sealed = {}, []
    for name, column in zip(batch.schema.names, batch.columns, strict=True):
        if column.type != STORED:
            plain[name] = column
            continue
        for field, part in zip(STORED, column.flatten(), strict=True):
            if field.name != "pixels":
                plain[f"{name}.{field.name}"] = part
                continue
            held = (value.as_buffer() for value in part)
            sealed += [
                b"" if one is None else stringzilla.hash(memoryview(one), secret).to_bytes(8, "little")
                for one in held
            ]
    return digest(pa.table(plain)) + b"".join(sealed).hex()


@lru_cache(maxsize=1)  # a worker looks at many chunks of one day
def _day(scratch: Scratch) -> tuple[Day, Real]:
    day: Day = get_object(scratch, _DAY)
    return day, real_of(day.spec, day.date, day.source, day.record, day.recorded)
