"""The scored days of a champion as :mod:`aug_assets.recalibrate` wants them, and the move that follows."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from aug_assets import deploying, recalibrate
from aug_assets.assets import common
from aug_assets.errors import UpstreamMissingError
from aug_assets.pointer import Pointer, Serving
from aug_assets.rows import ROW_ID
from aug_assets.spec import DatasetSpec
from resources.lake import LakeResource

_WAITING = 14  # days whose alarms may still wait to be looked into


def due(spec: DatasetSpec, lake: LakeResource, now: Pointer) -> tuple[Pointer | None, recalibrate.Found]:
    """The pointer with another threshold for the champion, None where the old one stands, and why."""
    assert spec.training is not None
    policy = spec.training.recalibrate
    if policy is None or now.champion is None or now.state in ("hold", "watch"):
        return None, recalibrate.Found(None, "the threshold is not looked after")
    days = scored_days(spec, lake, now.champion, policy.days + _WAITING)
    found = recalibrate.judge(days, now.champion.threshold, policy)
    if found.threshold is None:
        return None, found
    return deploying.recalibrated(now, found.threshold, "aug", found.why, found.evidence), found


def scored_days(spec: DatasetSpec, lake: LakeResource, model: Serving, most: int) -> list[recalibrate.Day]:
    """The newest days that a model scored and was not trained on, with the labels known by now."""
    assert spec.training is not None
    table = common.table(lake, spec, "predictions")
    if table.version() is None:
        return []
    new = sorted(where["date"] for where in table.partitions() if where["date"] > model.trained_to)
    found = [_day(spec, lake, {"date": day}, table.read({"date": day}), model) for day in new[-most:]]
    return [day for day in found if day is not None]


def _day(
    spec: DatasetSpec, lake: LakeResource, where: dict[str, str], rows: pa.Table, model: Serving
) -> recalibrate.Day | None:
    assert spec.training is not None
    mine = rows.filter(pc.field("old_version") == model.version)
    try:
        real = common.table(lake, spec, "source").read(where, columns=[ROW_ID, str(spec.label)])
    except UpstreamMissingError:
        return None
    if not mine.num_rows:
        return None
    place = pc.index_in(mine.column(ROW_ID), real.column(ROW_ID).combine_chunks())
    labels = real.column(str(spec.label)).take(place)  # null where no label came yet, or the row was erased
    texts = np.array([None if value is None else str(value) for value in labels.to_pylist()], object)
    alarm = mine.column("old_alarm").to_numpy()
    known, positive = texts != np.array(None, object), texts == model.positive
    scores = mine.column("old_score").to_numpy()[~positive]
    return recalibrate.Day(
        scores, int(alarm.sum()), int((alarm & known).sum()), spec.training.false_alarm_rate
    )
