"""Scored days as the lake keeps them: the table ``predictions`` of a dataset, and what labels make of it."""

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from aug_assets import canary
from aug_assets.assets import common
from aug_assets.errors import UpstreamMissingError
from aug_assets.pointer import Pointer, Serving
from aug_assets.rows import ROW_ID
from aug_assets.spec import DatasetSpec
from resources.lake import LakeResource

SCHEMA = pa.schema(
    [
        (ROW_ID, pa.string()),
        ("score", pa.float64()),
        ("alarm", pa.bool_()),
        ("version", pa.string()),
        ("threshold", pa.float64()),
        ("state", pa.string()),
        ("old_version", pa.string()),
        ("old_score", pa.float64()),
        ("old_alarm", pa.bool_()),
        ("new_version", pa.string()),
        ("new_score", pa.float64()),
        ("new_alarm", pa.bool_()),
    ],
    metadata={"old": "the proven model", "new": "the one that is held against it; null where there is none"},
)


def keep(context: Any, spec: DatasetSpec, lake: LakeResource, rows: pa.Table, **more: object) -> int:
    """Store a day's predictions; returns the table's version."""
    table, where = common.table(lake, spec, "predictions"), {"date": context.partition_key}
    part = table.write_part(rows, where, common.part_name(context))
    return table.commit([part], where, SCHEMA, common.commit_info(context, spec, **more))


def evidence(lake: LakeResource, spec: DatasetSpec, pointer: Pointer) -> canary.Counts:
    """What the scored days say of the two models, with the labels as they are known now.

    Only days after the last that the newer model was trained on: it has seen the others.
    """
    table, total = common.table(lake, spec, "predictions"), canary.Counts()
    if pointer.pair is None or table.version() is None:
        return total
    old, new = pointer.pair
    for where in table.partitions():
        if where["date"] <= new.trained_to:
            continue
        rows = table.read(where)
        mine = rows.filter(
            (pc.field("old_version") == old.version)
            & (pc.field("new_version") == new.version)
            & (pc.field("state") == pointer.state)
        )
        if mine.num_rows:
            total += _counted(lake, spec, where, mine, pointer)
    return total


def _counted(
    lake: LakeResource, spec: DatasetSpec, where: dict[str, str], rows: pa.Table, pointer: Pointer
) -> canary.Counts:
    assert pointer.pair is not None
    model = pointer.pair[1]
    names = dict.fromkeys([ROW_ID, str(spec.label), *([spec.subject] if spec.subject else [])])
    try:
        real = common.table(lake, spec, "source").read(where, columns=[*names])
    except UpstreamMissingError:
        return canary.Counts()
    place = pc.index_in(rows.column(ROW_ID), real.column(ROW_ID).combine_chunks())
    known = real.take(place)  # null where a row was taken out since it was scored
    labels = known.column(str(spec.label))
    wanted = [value for value in pc.unique(labels).to_pylist() if str(value) == model.positive]
    positive = pc.is_in(labels, value_set=pa.array(wanted, labels.type))
    subject = known.column(spec.subject).to_pandas() if spec.subject else None
    if subject is not None:
        subject = subject.where(subject.notna(), pd.Series([f"row {n}" for n in range(len(subject))]))
    labelled, old, new, mine = (
        one.to_numpy()
        for one in (
            pc.is_valid(labels),
            rows["old_alarm"],
            rows["new_alarm"],
            pc.equal(rows["version"], model.version),
        )
    )
    control = canary.chosen(split_by(spec, known, rows[ROW_ID]), 2 * pointer.share, salt(spec, model)) & ~mine
    counted = canary.comparable(labelled, old, new, mine, control)
    return canary.count(positive.to_numpy(), labelled & counted, old, new, subject)


def split_by(spec: DatasetSpec, rows: pa.Table, ids: pa.ChunkedArray) -> Any:
    """What a canary splits by: whose row it is, so that one person meets one model; else the row's id."""
    by = rows.column(spec.subject) if spec.subject else ids
    return by.cast(pa.string()).to_pandas()  # as text: numbers beside a null would become others


def salt(spec: DatasetSpec, model: Serving) -> str:
    """What makes each challenger's split another one."""
    return f"{spec.id} {model.version}"


def table_of(ids: pa.ChunkedArray, state: str, old: "Scores", new: "Scores | None", mine: Any) -> pa.Table:
    """Predictions of a day in ``SCHEMA``.

    Args:
        ids: Row ids, (n,).
        state: The pointer's.
        old: Of the proven model, ``new`` of the other one if there is one.
        new: The same of the other.
        mine: bool (n,), which rows the newer model decides.
    """
    size = len(ids)
    serving = new or old
    columns = {
        ROW_ID: ids,
        "score": np.where(mine, serving[1], old[1]),
        "alarm": np.where(mine, serving[2], old[2]),
        "version": np.where(mine, serving[0].version, old[0].version),
        "threshold": np.where(mine, serving[0].threshold, old[0].threshold),
        "state": [state] * size,
    }
    for name, one in (("old", old), ("new", new)):
        columns[f"{name}_version"] = [one[0].version] * size if one else pa.nulls(size, pa.string())
        columns[f"{name}_score"] = one[1] if one else pa.nulls(size, pa.float64())
        columns[f"{name}_alarm"] = one[2] if one else pa.nulls(size, pa.bool_())
    return pa.table(columns).cast(SCHEMA)


Scores = tuple[Serving, Any, Any]  # the model, and its float64 (n,) scores and bool (n,) alarms
