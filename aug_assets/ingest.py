"""Raw rows of a day to source rows: typed, checked, named by id, and told apart from those that failed."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from aug_assets import schema, sources
from aug_assets.coerce import coerce
from aug_assets.errors import EmptyPartitionError, RejectedPartitionError
from aug_assets.rows import order, source_ids, to_hex
from aug_assets.spec import DatasetSpec

QUARANTINE = pa.schema(
    [("row_id", pa.string()), ("reasons", pa.list_(pa.string())), ("row", pa.string())],
    metadata={"row": "the row as JSON, as it was when it failed"},
)


@dataclass(frozen=True)
class Ingested:
    """A day's source rows and what did not become one.

    Attributes:
        rows: Good rows with ids, in canonical order, in the stored schema.
        quarantine: Failed rows with their reasons, in the QUARANTINE schema.
        read: How many raw rows the day had; always rows plus quarantine.
        reasons: How many rows failed by each reason; a row may have several.
    """

    rows: pa.Table
    quarantine: pa.Table
    read: int
    reasons: dict[str, int]


def ingest(spec: DatasetSpec, day: str) -> Ingested:
    """Read and sort a day's raw rows.

    Raises:
        SourceError: The day's raw data as a whole cannot be used; see :mod:`aug_assets.sources`.
    """
    return sort_out(spec, day, sources.read(spec, day))


def sort_out(spec: DatasetSpec, day: str, raw: pa.Table) -> Ingested:
    """Tell good rows from bad ones; see :class:`Ingested`."""
    typed = coerce(raw, spec, typed_file=spec.source.file_format == "parquet")
    frame = schema.to_frame(_without_nulls(typed.table, spec), spec)
    failed = {**_checked(spec, frame, typed.table, typed.failures), **typed.failures}
    failed |= {f"rule:{rule.name}": rule.broken(frame) for rule in spec.rules}
    if spec.source.timestamp:
        outside = sources.outside(spec, day, typed.table.column(spec.source.timestamp))
        failed[f"outside_day:{spec.source.timestamp}"] = outside.to_numpy()
        if "{date" not in spec.source.uri:  # a file of many days: other days' rows are not this day's failures
            keep = ~outside.to_numpy() if spec.source.file_format != "parquet" else np.ones(len(frame), bool)
            return _split(spec, raw.filter(pa.array(keep)), frame[keep], {r: m[keep] for r, m in failed.items()})
    return _split(spec, raw, frame, failed)


def _split(
    spec: DatasetSpec, raw: pa.Table, frame: pd.DataFrame, failed: dict[str, NDArray[np.bool_]]
) -> Ingested:
    frame = frame.reset_index(drop=True)
    names = [spec.columns[name].from_ or name for name in spec.key]
    ids = source_ids(spec.id, [raw.column(name) for name in names], len(frame))
    failed |= _duplicates(ids, raw)
    masks = {reason: mask for reason, mask in sorted(failed.items()) if mask.any()}
    bad = np.any(list(masks.values()), axis=0) if masks else np.zeros(len(frame), bool)
    good = np.flatnonzero(~bad)
    good = good[order(ids[good])]
    rows = schema.to_table(frame.iloc[good], spec, to_hex(ids[good]), synthetic=False)
    lost = np.flatnonzero(bad)
    held = quarantined(to_hex(ids[lost]), {r: m[lost] for r, m in masks.items()}, raw.take(pa.array(lost)))
    return Ingested(rows, held, len(frame), {reason: int(mask.sum()) for reason, mask in masks.items()})


def _without_nulls(table: pa.Table, spec: DatasetSpec) -> pa.Table:
    """The table with nulls replaced where the dtype has none; the rows concerned are marked elsewhere."""
    for position, (name, column) in enumerate(spec.columns.items()):
        if column.type.startswith("int") or column.type == "bool":
            values = table.column(name)
            if values.null_count and not column.nullable:
                filled = values.fill_null(pa.scalar(0).cast(values.type))
                table = table.set_column(position, name, filled)
    return table


def _checked(
    spec: DatasetSpec, frame: pd.DataFrame, typed: pa.Table, unread: Mapping[str, NDArray[np.bool_]]
) -> dict[str, NDArray[np.bool_]]:
    """Schema failures; a value that could not be read is not also reported as a forbidden null."""
    failed = schema.failures(spec, frame, synthetic=False)
    for name, column in spec.columns.items():
        null = typed.column(name).is_null().to_numpy()
        if column.nullable or not null.any():
            continue
        for reason in [r for r in failed if r.endswith(f":{name}")]:
            failed[reason] = failed[reason] & ~null
        failed[f"not_null:{name}"] = null & ~_any_unread(unread, name, len(null))
    return failed


def _any_unread(unread: Mapping[str, NDArray[np.bool_]], name: str, rows: int) -> NDArray[np.bool_]:
    masks = [mask for reason, mask in unread.items() if reason.endswith(f":{name}")]
    return np.any(masks, axis=0) if masks else np.zeros(rows, bool)


def _duplicates(ids: NDArray[np.uint64], raw: pa.Table) -> dict[str, NDArray[np.bool_]]:
    """Rows that share a key: of equal rows the first is kept, of rows that differ none can be trusted."""
    _, group, counts = np.unique(ids, axis=0, return_inverse=True, return_counts=True)
    group = group.reshape(-1)
    shared = counts[group] > 1
    redundant, conflict = np.zeros(len(ids), bool), np.zeros(len(ids), bool)
    positions = np.flatnonzero(shared)
    if len(positions):
        content = raw.take(pa.array(positions)).to_pandas().astype(str).agg("\x1f".join, axis=1)
        table = pd.DataFrame({"group": group[positions], "content": content, "position": positions})
        differs = table.groupby("group")["content"].transform("nunique") > 1
        again = table.duplicated("group")
        conflict[table["position"][differs]] = True
        redundant[table["position"][again & ~differs]] = True
    return {"duplicate_key": conflict, "duplicate_row": redundant}


def quarantined(ids: pa.Array, masks: Mapping[str, NDArray[np.bool_]], rows: pa.Table) -> pa.Table:
    """Failed rows as quarantine keeps them: id, reasons, and the whole row as JSON."""
    names = np.array(list(masks), dtype=object)
    table = np.column_stack(list(masks.values())) if masks else np.zeros((len(ids), 0), bool)
    reasons = [list(names[row]) for row in table]
    payload = [json.dumps(row, default=str, ensure_ascii=False, sort_keys=True) for row in rows.to_pylist()]
    return pa.table([ids, pa.array(reasons, pa.list_(pa.string())), pa.array(payload, pa.string())], QUARANTINE)


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
