"""A challenger, trained with the synthetic rows and its control without them, and judged. Stores nothing.

All are judged on the same real rows, which none of them was trained on. The threshold is chosen there too:
on augmented rows it would be wrong, for a model tells synthetic rows from real ones and all looks too clean.
"""

from collections.abc import Mapping
from dataclasses import replace
from importlib import import_module
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from aug_assets import learners, lift_arms
from aug_assets.errors import ModelBrokenError, TooFewParentsError
from aug_assets.frames import to_frame
from aug_assets.learners.base import Learner
from aug_assets.lift_arms import Bag
from aug_assets.lift_split import split
from aug_assets.rows import IS_SYNTHETIC
from aug_assets.served import Served
from aug_assets.spec import DatasetSpec
from aug_assets.spec_training import LEAST_DAYS, Training
from aug_assets.trial import CHALLENGER, CHAMPION, CONTROL, Trial, threshold


def learner_of(spec: DatasetSpec) -> tuple[Any, Learner]:
    """What a model reads, and the learner that the dataset names.

    Raises:
        ModelBrokenError: It cannot be imported.
    """
    features, usual = learners.of(spec)
    named = _policy(spec).learner
    if named == "builtin":
        return features, usual
    module, _, attribute = named.partition(":")
    try:
        own: Learner = getattr(import_module(module), attribute)
    except (ImportError, AttributeError) as error:
        raise ModelBrokenError(
            "the learner cannot be imported", seen=f"{named}: {error}", legal="module:callable",
            todo="install the package where runs work, or correct `training.learner`",
        ) from error  # fmt: skip
    return features, own


def trial(
    spec: DatasetSpec,
    days: Mapping[str, pa.Table],
    champion: Served | None = None,
    young: Mapping[str, pa.Table] | None = None,
) -> Trial:
    """Train challenger and control for every seed, and judge them and the champion.

    Args:
        spec: The dataset, which has ``training``.
        days: Published rows by day, real and synthetic.
        champion: What serves now.
        young: Published rows of days whose labels have not all come: those with a label are trained on, and
            what was made of them.

    Raises:
        TooFewParentsError: There are too few days, or holdout or training rows are all of one class.
        ModelBrokenError: The learner cannot be imported, or gives scores that are none.
    """
    policy = _policy(spec)
    if spec.holdout is None and len(days) < LEAST_DAYS:
        raise TooFewParentsError(
            "without a holdout the last days of the window are held out, and there are too few",
            seen=f"{len(days)} published days", legal=f"at least {LEAST_DAYS}", todo="publish more days",
        )  # fmt: skip
    parts = split(spec, _real(days))
    wanted = lift_arms.positive_class(spec, parts.days)
    held = lift_arms.bag(spec, [parts.holdout], wanted)
    if held.positive.all() or not held.positive.any():
        raise TooFewParentsError(
            "the holdout needs rows of both classes",
            seen=f"{int(held.positive.sum())} positive of {len(held.positive)} rows, {parts.how}",
            legal="at least 1 of each", todo="lengthen `training.window_days`",
        )  # fmt: skip
    trained = {day: days[day] for day in parts.days} | dict(young or {})
    real = [*parts.days.values(), *_not_held(spec, _real(young or {}))]
    made = _not_held(spec, {day: rows.filter(rows.column(IS_SYNTHETIC)) for day, rows in trained.items()})
    models = {
        CHALLENGER: _models(spec, lift_arms.bag(spec, [*real, *made], wanted), str(wanted)),
        CONTROL: _models(spec, lift_arms.bag(spec, real, wanted), str(wanted)),
    }
    scores = {arm: np.stack([model.scores(held.rows) for model in all_]) for arm, all_ in models.items()}
    at = {arm: threshold(held.positive, one[0], policy.false_alarm_rate) for arm, one in scores.items()}
    if champion is not None:
        scores[CHAMPION] = np.tile(champion.scores(held.rows), (policy.seeds, 1))
        at[CHAMPION] = champion.threshold
    model = replace(models[CHALLENGER][0], threshold=at[CHALLENGER])
    counted = (sum(len(one) for one in real), sum(len(one) for one in made))
    return Trial(policy, model, held.rows, held.positive, scores, at, counted, parts.how)


def _models(spec: DatasetSpec, bag: Bag, positive: str) -> list[Served]:
    """A model for each seed, without a threshold."""
    features, learn = learner_of(spec)
    seeds = range(_policy(spec).seeds)
    return [
        Served(learn(features, bag.rows, bag.positive, bag.weight, seed), 0.0, positive) for seed in seeds
    ]


def _policy(spec: DatasetSpec) -> Training:
    assert spec.training is not None
    return spec.training


def _real(days: Mapping[str, pa.Table]) -> dict[str, pa.Table]:
    return {day: rows.filter(pc.invert(rows.column(IS_SYNTHETIC))) for day, rows in days.items()}


def _not_held(spec: DatasetSpec, days: Mapping[str, pa.Table]) -> list[pa.Table]:
    """The rows of no key that the dataset's holdout keeps."""
    if spec.holdout is None:
        return list(days.values())
    held = [spec.holdout.held(to_frame(rows, spec)[spec.holdout.by]) for rows in days.values()]
    return [rows.filter(pa.array(~mask)) for rows, mask in zip(days.values(), held, strict=True)]
