"""Scored days as :mod:`aug_assets.recalibrate` wants them, and thresholds that follow from them."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from aug_assets import deploying, frames, recalibrate
from aug_assets.assets import common
from aug_assets.errors import UpstreamMissingError
from aug_assets.pointer import Pointer, Serving
from aug_assets.rows import ROW_ID
from aug_assets.spec import DatasetSpec
from resources import model_store
from resources.lake import LakeResource

_FEWEST = 2  # days that a challenger's threshold is set by: one alone may be a weekend
_WAITING = 14  # days whose alarms may still wait to be looked into
Scores = Callable[[pa.Table, pa.Table], NDArray[np.float64]]  # of a day's predictions and source rows


def due(spec: DatasetSpec, lake: LakeResource, now: Pointer) -> tuple[Pointer | None, recalibrate.Found]:
    """The pointer with another threshold for the champion, None where the old one stands, and why."""
    assert spec.training is not None
    policy = spec.training.recalibrate
    if policy is None or now.champion is None or now.state in ("hold", "watch"):
        return None, recalibrate.Found(None, "the threshold is not looked after")
    days = _days(spec, lake, now.champion, now.champion.trained_to, _stored)
    found = recalibrate.judge(days, now.champion.threshold, policy)
    if found.threshold is None:
        return None, found
    return deploying.recalibrated(now, found.threshold, "aug", found.why, found.evidence), found


def fitted(spec: DatasetSpec, lake: LakeResource, now: Pointer, model: Serving) -> tuple[Serving | None, str]:
    """A challenger with the threshold that days since its training give it, and why; None where it must wait.

    Its own threshold comes from days with all labels, which are old by the time it is tried. The days that
    the champion has scored since, and whose alarms were looked into, are newer, and new to both.

    Raises:
        ModelBrokenError: The challenger cannot be loaded, or gives scores that are none.
    """
    assert spec.training is not None
    policy = spec.training.recalibrate
    if policy is None or now.champion is None:
        return model, f"version {model.version} passed its gates"
    scorer = model_store.load(lake, spec, model)

    def anew(_: pa.Table, rows: pa.Table) -> NDArray[np.float64]:
        return scorer.scores(frames.to_frame(rows, spec))

    days = [day for day in _days(spec, lake, now.champion, model.trained_to, anew) if day.is_known][
        -policy.days :
    ]
    usual = sum(len(day.scores) * day.usual for day in days)
    if len(days) < _FEWEST or usual < policy.min_false_alarms:
        why = f"{len(days)} day{'s' * (len(days) != 1)} since its training whose alarms were looked into"
        return None, f"version {model.version} waits for its threshold: {why}, {usual:.0f} false alarms usual"
    at = recalibrate.anew(days)
    why = f"threshold {model.threshold:.4g} becomes {at:.4g} on {len(days)} newer days"
    return replace(model, threshold=at), f"version {model.version} passed its gates; {why}"


def _days(
    spec: DatasetSpec, lake: LakeResource, champion: Serving, after: str, scores: Scores
) -> list[recalibrate.Day]:
    """The newest days that the champion decided rows of, with the labels known by now."""
    assert spec.training is not None
    assert spec.training.recalibrate is not None
    table = common.table(lake, spec, "predictions")
    if table.version() is None:
        return []
    new = sorted(where["date"] for where in table.partitions() if where["date"] > after)
    new = new[-(spec.training.recalibrate.days + _WAITING) :]
    found = [_day(spec, lake, {"date": day}, champion, scores) for day in new]
    return [day for day in found if day is not None]


def _stored(told: pa.Table, _: pa.Table) -> NDArray[np.float64]:
    """The champion's scores as they were."""
    return np.asarray(told.column("score").to_numpy())


def _day(
    spec: DatasetSpec, lake: LakeResource, where: dict[str, str], champion: Serving, scores: Scores
) -> recalibrate.Day | None:
    """Of the rows that the champion decided: of others nobody looked into its alarms."""
    assert spec.training is not None
    told = common.table(lake, spec, "predictions").read(where)
    told = told.filter(pc.field("version") == champion.version)
    try:
        rows = common.table(lake, spec, "source").read(where)
    except UpstreamMissingError:
        return None
    told = told.filter(pc.is_in(told.column(ROW_ID), value_set=rows.column(ROW_ID).combine_chunks()))
    if not told.num_rows:
        return None
    rows = rows.take(pc.index_in(told.column(ROW_ID), rows.column(ROW_ID).combine_chunks()))
    labels = rows.column(str(spec.label)).to_pylist()
    known = np.array([value is not None for value in labels], bool)
    positive = np.array([str(value) == champion.positive for value in labels], bool)
    alarm = told.column("alarm").to_numpy()
    counted = scores(told, rows)[~positive]
    usual = spec.training.false_alarm_rate
    return recalibrate.Day(counted, int(alarm.sum()), int((alarm & known).sum()), usual)
