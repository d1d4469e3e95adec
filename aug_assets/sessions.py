"""Good events of a day to sessions: whose they are, where one ends, what one is called, which cannot be rows.

Events are typed and judged before, one by one; see ``aug_assets.ingest``.
"""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from aug_assets.frames import arrow_type
from aug_assets.spec import DatasetSpec

_MINUTE = 60_000_000  # microseconds
_INSTANT = "%Y%m%dT%H%M%SZ"  # Arrow writes the microseconds too


@dataclass(frozen=True)
class Grouped:
    """Events as sessions.

    Attributes:
        table: The dataset's columns, one row a session, by owner and time.
        of_event: int64 (events,), the session of each event, in the order in which events were given.
        failed: Reason code to bool mask (sessions,): sessions that cannot be rows.
    """

    table: pa.Table
    of_event: NDArray[np.int64]
    failed: dict[str, NDArray[np.bool_]]


def group(spec: DatasetSpec, events: pa.Table) -> Grouped:
    """Sort events of one owner by time and begin a new session after each long pause.

    Events of one instant are ordered by what they hold, columns with listed values first and in the order of
    the list, so that the order of files leaves no trace.

    Args:
        spec: The dataset, whose rows are sessions.
        events: The columns of ``spec.of_events``; owner and time are never null.
    """
    assert spec.sessions is not None
    ranked = pc.sort_indices(_sortable(spec, events), sort_keys=_sort_keys(spec, events)).to_numpy()
    events = events.take(pa.array(ranked))
    begins = _begins(spec, events)
    starts = np.flatnonzero(begins)
    session = np.cumsum(begins) - 1
    of_event = np.empty(len(ranked), np.int64)
    of_event[ranked] = session
    offsets = pa.array([*starts, len(ranked)], pa.int32())
    heads = events.take(pa.array(starts))
    columns = [
        _ids(spec, heads)
        if name == spec.sessions.id
        else pa.ListArray.from_arrays(offsets, _flat(events.column(name)), type=arrow_type(column))
        if column.each
        else heads.column(name)
        for name, column in spec.columns.items()
    ]
    lengths = np.diff(np.append(starts, len(ranked)))
    failed = {"too_few_events": lengths < spec.sessions.min_events, **_varying(spec, events, starts, session)}
    failed = {reason: mask for reason, mask in failed.items() if mask.any()}
    return Grouped(pa.table(columns, names=list(spec.columns)), of_event, failed)


def _sort_keys(spec: DatasetSpec, events: pa.Table) -> list[tuple[str, str]]:
    assert spec.sessions is not None
    listed = [n for n in events.column_names if spec.columns[n].values is not None]
    names = dict.fromkeys((spec.sessions.by, spec.sessions.time, *listed, *events.column_names))
    return [(name, "ascending") for name in names]


def _sortable(spec: DatasetSpec, events: pa.Table) -> pa.Table:
    """Listed values as their place in the list, which people write in the order in which things happen."""
    for at, name in enumerate(events.column_names):
        legal = spec.columns[name].values
        if legal is not None:
            known = pa.array(list(legal), events.column(name).type)
            events = events.set_column(at, name, pc.index_in(events.column(name), value_set=known))
    return events


def _begins(spec: DatasetSpec, events: pa.Table) -> NDArray[np.bool_]:
    """Which sorted events begin a session: the first of an owner, and each after a long pause."""
    assert spec.sessions is not None
    begins = np.ones(len(events), bool)
    owner = _flat(events.column(spec.sessions.by)).dictionary_encode().indices.to_numpy()
    time = _flat(events.column(spec.sessions.time)).cast(pa.int64()).to_numpy()
    begins[1:] = (np.diff(owner) != 0) | (np.diff(time) > spec.sessions.gap_minutes * _MINUTE)
    return begins


def _ids(spec: DatasetSpec, heads: pa.Table) -> pa.ChunkedArray:
    """Owner and first instant, which is of one width, so that no two owners' ids can be one."""
    assert spec.sessions is not None
    owner = pc.cast(heads.column(spec.sessions.by), pa.string())
    return pc.binary_join_element_wise(
        owner, pc.strftime(heads.column(spec.sessions.time), format=_INSTANT), "/"
    )


def _varying(
    spec: DatasetSpec, events: pa.Table, starts: NDArray[np.int64], session: NDArray[np.int64]
) -> dict[str, NDArray[np.bool_]]:
    """Sessions in which a column that is one value a session has several; a null is a value of its own."""
    assert spec.sessions is not None
    found = {}
    for name, column in spec.columns.items():
        if column.each or name in (spec.sessions.id, spec.sessions.by):
            continue
        indices = _flat(events.column(name)).dictionary_encode().indices
        codes = indices.cast(pa.int64()).fill_null(-1).to_numpy()
        other = codes != codes[starts][session]
        found[f"varies:{name}"] = np.bincount(session, other, minlength=len(starts)) > 0
    return found


def _flat(values: pa.ChunkedArray) -> pa.Array:
    return values.combine_chunks() if values.num_chunks != 1 else values.chunk(0)
