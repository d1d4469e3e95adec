"""What others do about a season, as plain functions with the same learner: no run, no sensor, no deployment.

Each gets at least what it would have: the same rows, the labels that are known by then, and a threshold that
is chosen on real rows. A remedy gives the alarms of a day.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from aug_assets import lift_arms, recalibrate, training
from aug_assets.incident.span import Span
from aug_assets.incident.truth import Bools, Truth
from aug_assets.incident.world import RATE
from aug_assets.lift_split import split
from aug_assets.served import Served
from aug_assets.spec import DatasetSpec
from aug_assets.trial import threshold

Remedy = Callable[[int], Bools]  # number of a day to bool (n,)
_EVERY = (2, 4, 6, 8)  # partitions after the onset on which routine retraining is done
_SEEN = 1  # partitions after the onset when people see it
_HOURS = 72  # until their new model is live
_WANTED = 1


def untreated(truth: Truth, champion: Served) -> Remedy:
    """Nothing is done."""
    return lambda day: champion.scores(truth.frame(day)) >= champion.threshold


def routine(truth: Truth, champion: Served, *, smote: bool = False) -> Remedy:
    """A new model every second day, from labels that are a week late; with SMOTE to one in ten if asked."""
    span = truth.world.span
    models = {live: _retrained(truth, _labelled(span, live), smote=smote) for live in
              (span.onset + after for after in _EVERY)}  # fmt: skip

    def alarms(day: int) -> Bools:
        since = [start for start in models if start <= day]
        model = models[max(since)] if since else champion
        return np.asarray(model.scores(truth.frame(day)) >= model.threshold)

    return alarms


def _labelled(span: Span, live: int) -> range:
    """What has all its labels when a model is trained."""
    return range(live - span.late - span.trained + 1, live - span.late + 1)


def reactive(truth: Truth, champion: Served) -> Remedy:
    """People see it on the second day or hour, label all of both by hand, and are live 72 hours later."""
    span = truth.world.span
    seen = span.onset + _SEEN
    model = _retrained(truth, range(seen - span.trained + 1, seen + 1), smote=False)
    live = seen + _HOURS * truth.world.spec.partitions.a_day // 24 + 1

    def alarms(day: int) -> Bools:
        one = model if day >= live else champion
        return np.asarray(one.scores(truth.frame(day)) >= one.threshold)

    return alarms


def _retrained(truth: Truth, days: Sequence[int], *, smote: bool) -> Served:
    """As the model asset trains and sets the threshold, on fully labelled days."""
    spec = truth.world.spec
    parts = split(spec, truth.tables(days))
    made = [lift_arms.make(_smote(spec), parts.days).rows] if smote else []
    scores = learned(spec, [*parts.days.values(), *made])
    held = lift_arms.bag(spec, [parts.holdout], _WANTED)
    model = Served(scores, 0.0, str(_WANTED))
    at = threshold(held.positive, model.scores(held.rows), RATE)
    return Served(scores, at, str(_WANTED))


def learned(spec: DatasetSpec, tables: list[pa.Table]) -> Any:
    """A scorer by the dataset's learner."""
    bag = lift_arms.bag(spec, tables, _WANTED)
    features, learn = training.learner_of(spec)
    return learn(features, bag.rows, bag.positive, bag.weight, 0)


def _smote(spec: DatasetSpec) -> DatasetSpec:
    branch = {
        "name": "smote",
        "select": {"rows": "minority", "label_value": _WANTED, "ratio": 0.1, "too_few": "skip"},
        "steps": [{"operator": "smote_nc", "k": 5}],
    }
    return DatasetSpec.model_validate({**spec.model_dump(by_alias=True), "recipe": [branch]})


def threshold_only(truth: Truth, champion: Served) -> Remedy:
    """The champion, its threshold set anew each morning from what became of the alarms before."""
    policy = truth.world.spec.training
    assert policy is not None
    assert policy.recalibrate is not None
    used: dict[int, float] = {}

    def at(day: int) -> float:
        if day not in used:
            before = at(day - 1) if day > truth.world.span.live else champion.threshold
            days = [scored(truth, champion, champion, n, used[n]) for n in range(truth.world.span.live, day)]
            assert policy is not None
            assert policy.recalibrate is not None
            found = recalibrate.judge(days, before, policy.recalibrate).threshold if days else None
            used[day] = before if found is None else found
        return used[day]

    return lambda day: champion.scores(truth.frame(day)) >= at(day)


def scored(truth: Truth, model: Served, champion: Served, day: int, at: float) -> recalibrate.Day:
    """A day's scores by a model, of the rows of which no alarm of the champion was confirmed."""
    frame, positive = truth.frame(day), truth.positive(day)
    alarm = champion.scores(frame) >= at
    count = int(alarm.sum())
    return recalibrate.Day(model.scores(frame)[~(alarm & positive)], count, count, RATE)
