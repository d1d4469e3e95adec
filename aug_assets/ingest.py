"""Raw rows of a day to source rows: typed, checked, named by id, and told apart from those that failed."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from aug_assets import corrections, schema, sessions, sources
from aug_assets.broken_text import shown
from aug_assets.coerce import Typed, coerce
from aug_assets.corrections import Corrections
from aug_assets.errors import EmptyPartitionError, RejectedPartitionError
from aug_assets.frames import to_frame, with_origin
from aug_assets.lineage.forget import Erased, withheld
from aug_assets.quarantine import quarantined
from aug_assets.rows import order, source_ids, to_hex
from aug_assets.spec import DatasetSpec

Masks = dict[str, NDArray[np.bool_]]


@dataclass(frozen=True)
class Ingested:
    """A day's source rows and what did not become one.

    Attributes:
        rows: Good rows with ids, in canonical order, in the stored schema; of events the sessions they make.
        quarantine: Failed rows, or failed events of sessions, with their reasons, in the QUARANTINE schema.
        read: How many raw rows or events the day had; always those that are in rows plus quarantine.
        reasons: How many of them failed by each reason; one may have several.
        erased: How many more rows, or events, were delivered of people who are forgotten; nothing else
            is kept of them.
    """

    rows: pa.Table
    quarantine: pa.Table
    read: int
    reasons: dict[str, int]
    erased: int = 0


def ingest(
    spec: DatasetSpec, day: str, corrected: Corrections | None = None, erased: Erased | None = None
) -> Ingested:
    """Read and sort a day's raw rows.

    Args:
        spec: The dataset.
        day: The partition, as an ISO date.
        corrected: What people corrected of the day's rows, see :mod:`aug_assets.corrections`.
        erased: Who is forgotten, see :mod:`aug_assets.lineage.forget`.

    Raises:
        SourceError: The day's raw data as a whole cannot be used; see :mod:`aug_assets.sources`.
    """
    return sort_out(spec, day, sources.read(spec, day), corrected, erased)


def sort_out(
    spec: DatasetSpec,
    day: str,
    raw: pa.Table,
    corrected: Corrections | None = None,
    erased: Erased | None = None,
) -> Ingested:
    """Tell good rows from bad ones; see :class:`Ingested`. Events are told apart before they are sessions."""
    if spec.sessions is None:
        return _split(spec, _judged(spec, day, raw, corrected or {}, erased))
    return _grouped(spec, _judged(spec.of_events, day, raw, corrected or {}, erased), erased)


@dataclass(frozen=True)
class _Judged:
    """What arrived for a day, one row or event each, with its types, its id and the reasons against it."""

    raw: pa.Table
    raw_ids: NDArray[np.uint64]
    table: pa.Table
    ids: NDArray[np.uint64]
    failed: Masks
    erased: int = 0


def _judged(
    spec: DatasetSpec, day: str, raw: pa.Table, corrected: Corrections, erased: Erased | None
) -> _Judged:
    typed = _typed(spec, raw)
    if not spec.source.is_daily and spec.source.timestamp:
        raw, typed = _of_the_day(spec, day, raw, typed)
    ids = raw_ids = source_ids(spec.id, _keys(spec, raw, typed.table), len(raw))
    delivered_rows = len(raw)
    if erased:  # before anything is counted or compared: the day must be as if they had never been in it
        gone = withheld(spec, raw, typed.table, to_hex(ids).to_pylist(), erased)
        raw, typed = _without(raw, typed, gone)
        ids = raw_ids = ids[~gone]
    delivered = raw  # which quarantine keeps as it came, so that a second correction is of the same row
    if corrected:
        raw = corrections.applied(spec, raw, to_hex(ids), corrected)
        typed = _typed(spec, raw)
        ids = source_ids(spec.id, _keys(spec, raw, typed.table), len(raw))
    failed = _incomplete(spec, typed)
    named = ~_any({r: m for r, m in failed.items() if r.partition(":")[2] in spec.key}, len(raw))
    complete = ~_any(failed, len(raw))
    # Where every column is key, rows of one key are one row, in whatever form it was written.
    told = typed.table if len(spec.key) == len(spec.columns) else raw
    failed |= _duplicates(ids, told, np.flatnonzero(named))
    # A row sent twice is no second holder of a value that must be unique.
    failed |= _unfit(spec, typed.table, np.flatnonzero(complete & ~failed["duplicate_row"]))
    if spec.source.timestamp:
        outside = sources.outside(spec, day, typed.table.column(spec.source.timestamp))
        failed[f"outside_day:{spec.source.timestamp}"] = outside.to_numpy()
    return _Judged(delivered, raw_ids, typed.table, ids, failed, delivered_rows - len(raw))


def _typed(spec: DatasetSpec, raw: pa.Table) -> Typed:
    return coerce(raw, spec, typed_file=spec.source.file_format == "parquet")


def _of_the_day(spec: DatasetSpec, day: str, raw: pa.Table, typed: Typed) -> tuple[pa.Table, Typed]:
    """The day's rows of a file of many days, before any check that looks at rows together."""
    mine = sources.belongs(spec, day, typed.table.column(spec.source.timestamp)).combine_chunks()
    return _without(raw, typed, ~mine.to_numpy(zero_copy_only=False))


def _without(raw: pa.Table, typed: Typed, gone: NDArray[np.bool_]) -> tuple[pa.Table, Typed]:
    keep = pa.array(~gone)
    failures = {reason: mask[~gone] for reason, mask in typed.failures.items() if mask[~gone].any()}
    return raw.filter(keep), Typed(typed.table.filter(keep), failures)


def _incomplete(spec: DatasetSpec, typed: Typed) -> Masks:
    """Values that could not be read, and nulls where none may be."""
    failed = dict(typed.failures)
    for name, column in spec.columns.items():
        values = typed.table.column(name)
        if column.nullable or not values.null_count:
            continue
        null = values.is_null().to_numpy()
        unread = _any({r: m for r, m in typed.failures.items() if r.partition(":")[2] == name}, len(null))
        failed[f"not_null:{name}"] = null & ~unread
    return failed


def _unfit(spec: DatasetSpec, table: pa.Table, complete: NDArray[np.int64]) -> Masks:
    """Complete rows that fail the schema or a rule.

    The others are refused already, and a stand-in for what they lack would be judged with the rest.
    """
    frame = to_frame(table.take(pa.array(complete)), spec)
    found = schema.failures(spec, frame, synthetic=False)
    found |= schema.broken_rules(spec, frame)
    masks = {reason: np.zeros(table.num_rows, bool) for reason in found}
    for reason, mask in found.items():
        masks[reason][complete] = mask
    return masks


def _keys(spec: DatasetSpec, raw: pa.Table, typed: pa.Table) -> list[pa.Array]:
    """The key values as text: of the typed column, so that 7 and 07 are one, or as delivered."""
    return [
        pc.coalesce(
            pc.cast(typed.column(name), pa.string()),
            pc.cast(shown(raw.column(spec.columns[name].from_ or name)), pa.string()),
        )
        for name in spec.key
    ]


def _split(spec: DatasetSpec, seen: _Judged) -> Ingested:
    good = np.flatnonzero(~_any(seen.failed, len(seen.raw)))
    return _ingested(spec, seen, seen.table.take(pa.array(good)), seen.ids[good])


def _grouped(spec: DatasetSpec, seen: _Judged, erased: Erased | None) -> Ingested:
    """Good events as sessions; the events of a session that can be no row go the way of the bad ones."""
    assert spec.sessions is not None
    failed = dict(seen.failed)
    for name in (spec.sessions.by, spec.sessions.time):  # which a nullable column may lack
        failed.setdefault(f"not_null:{name}", seen.table.column(name).is_null().to_numpy())
    good = np.flatnonzero(~_any(failed, len(seen.raw)))
    found = sessions.group(spec, seen.table.take(pa.array(good)))
    for reason, mask in found.failed.items():
        failed[reason] = np.zeros(len(seen.raw), bool)
        failed[reason][good] = mask[found.of_event]
    kept = found.table.filter(pa.array(~_any(found.failed, len(found.table))))
    ids = source_ids(spec.id, [kept.column(spec.sessions.id)], len(kept))
    stay = ~erased.among("row", to_hex(ids).to_pylist()) if erased else np.ones(len(ids), bool)
    events = int(pc.sum(pc.list_value_length(_times(spec, kept.filter(pa.array(~stay))))).as_py() or 0)
    seen = replace(seen, failed=failed, erased=seen.erased + events)
    found_rows = _ingested(spec, seen, kept.filter(pa.array(stay)), ids[stay])
    return replace(found_rows, read=found_rows.read - events)


def _times(spec: DatasetSpec, rows: pa.Table) -> pa.ChunkedArray:
    assert spec.sessions is not None
    return rows.column(spec.sessions.time)


def _ingested(spec: DatasetSpec, seen: _Judged, rows: pa.Table, ids: NDArray[np.uint64]) -> Ingested:
    """Rows in canonical order, and what of the day is in quarantine instead."""
    masks = {reason: mask for reason, mask in sorted(seen.failed.items()) if mask.any()}
    ranked = order(ids)
    stored = with_origin(rows.take(pa.array(ranked)).columns, spec, to_hex(ids[ranked]), synthetic=False)
    lost = np.flatnonzero(_any(masks, len(seen.raw)))
    held = quarantined(
        to_hex(seen.raw_ids[lost]), {r: m[lost] for r, m in masks.items()}, seen.raw.take(pa.array(lost))
    )
    reasons = {reason: int(mask.sum()) for reason, mask in masks.items()}
    return Ingested(stored, held, len(seen.raw), reasons, seen.erased)


def _any(masks: Mapping[str, NDArray[np.bool_]], rows: int) -> NDArray[np.bool_]:
    found: NDArray[np.bool_] = np.any(list(masks.values()), axis=0) if masks else np.zeros(rows, bool)
    return found


def _duplicates(ids: NDArray[np.uint64], raw: pa.Table, named: NDArray[np.int64]) -> Masks:
    """Rows that share a key: of equal rows the first is kept, of rows that differ none can be trusted."""
    redundant, conflict = np.zeros(len(ids), bool), np.zeros(len(ids), bool)
    ranked = named[order(ids[named])]  # a stable order: within a key as in the file
    begins = np.ones(len(ranked), bool)
    begins[1:] = (ids[ranked[1:]] != ids[ranked[:-1]]).any(axis=1)
    if not begins.all():
        group = np.cumsum(begins) - 1
        shared = np.bincount(group)[group] > 1  # most rows share their key with none
        several = ranked[shared]
        first = np.flatnonzero(begins[shared])[np.cumsum(begins[shared]) - 1]
        differs = np.zeros(len(several), bool)
        for column in raw.take(pa.array(several)).columns:
            codes = _codes(column)
            differs |= codes != codes[first]
        torn = np.bincount(group[shared], differs, minlength=group[-1] + 1) > 0
        conflict[ranked] = torn[group]
        redundant[ranked] = ~begins & ~torn[group]
    return {"duplicate_key": conflict, "duplicate_row": redundant}


def _codes(column: pa.ChunkedArray) -> NDArray[np.int64]:
    """A number per value, equal where values are."""
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if pa.types.is_nested(column.type):  # pictures and boxes, which Arrow cannot number
        column = pa.chunked_array([pa.array([repr(value) for value in column.to_pylist()], pa.string())])
    indices = column.combine_chunks().dictionary_encode().indices
    codes: NDArray[np.int64] = indices.cast(pa.int64()).fill_null(-1).to_numpy()
    return codes


def check_limits(spec: DatasetSpec, day: str, found: Ingested) -> None:
    """Refuse a day that is empty or too bad to be the truth; called once its bad rows are safe in quarantine.

    Raises:
        EmptyPartitionError: The day has no rows, and the dataset does not allow that.
        RejectedPartitionError: More rows failed than the dataset allows.
    """
    if found.read == 0:
        if spec.limits.allow_empty:
            return
        raise EmptyPartitionError(
            f"{spec.id} has no rows on {day}", seen=0, legal="at least 1 row",
            todo="check the delivery, or set limits.allow_empty where days without rows are normal",
        )  # fmt: skip
    share = found.quarantine.num_rows / found.read
    if share > spec.limits.max_rejected_share:
        raise RejectedPartitionError(
            f"{found.quarantine.num_rows:,} of {found.read:,} rows of {spec.id} on {day} failed",
            seen=top(found.reasons), legal=f"at most {spec.limits.max_rejected_share:.1%} failed rows",
            todo="read the day's quarantine; correct the delivery or the schema",
        )  # fmt: skip


def top(reasons: Mapping[str, int], most: int = 5) -> dict[str, Any]:
    """The most frequent reasons, for a message that must stay short."""
    return dict(sorted(reasons.items(), key=lambda item: -item[1])[:most])
