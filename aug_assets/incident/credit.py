"""What of the loop's gain is the augmentation's: its challengers again, learned without synthetic rows."""

from dataclasses import replace

import numpy as np
import pyarrow.compute as pc

from aug_assets import recalibrate
from aug_assets.assets import model_record
from aug_assets.incident.loop import Loop
from aug_assets.incident.remedies import Remedy, learned, scored
from aug_assets.incident.truth import Bools, Truth
from aug_assets.lift_split import split
from aug_assets.pointer import Serving
from aug_assets.rows import IS_SYNTHETIC
from aug_assets.served import Served
from resources import model_ledger, model_store


def champion(loop: Loop, serving: Serving) -> Served:
    """A model as it serves, with the threshold that is in force."""
    return replace(model_store.load(loop.lake, loop.spec, serving), threshold=serving.threshold)


def without_synthetic(loop: Loop, truth: Truth, ours: Remedy) -> Remedy:
    """The loop's alarms, but with each promoted challenger learned from the same real rows alone."""
    first = champion(loop, loop.told.pointers[min(loop.told.pointers)].serving)
    models: dict[str, Served] = {}

    def alarms(day: int) -> Bools:
        serving = loop.told.pointers[day].serving
        if serving.version == _version(loop, min(loop.told.pointers)):
            return ours(day)
        if serving.version not in models:
            models[serving.version] = _control(loop, truth, serving, first)
        model = models[serving.version]
        return np.asarray(model.scores(truth.frame(day)) >= model.threshold)

    return alarms


def _version(loop: Loop, day: int) -> str:
    return loop.told.pointers[day].serving.version


def _control(loop: Loop, truth: Truth, serving: Serving, first: Served) -> Served:
    """Learned from the real rows of the same table version, its threshold from the same days."""
    rows = model_ledger.of_days(loop.lake, loop.spec, [serving.trained_to])
    version = next(row["validated_version"] for row in rows if row["version"] == serving.version)
    window = model_record.read(loop.spec, loop.lake, serving.trained_to, version)
    real = {day: one.filter(pc.invert(one.column(IS_SYNTHETIC))) for day, one in window.days.items()}
    young = [one.filter(pc.invert(one.column(IS_SYNTHETIC))) for one in window.young.values()]
    scores = learned(loop.spec, [*split(loop.spec, real).days.values(), *young])
    model = Served(scores, 0.0, serving.positive)
    offered = min(n for n, one in loop.told.pointers.items() if _tried(one.challenger, serving))
    days = [
        scored(truth, model, first, n, loop.told.pointers[n].serving.threshold)
        for n in range(truth.world.span.number(serving.trained_to) + 1, offered)
    ]
    return replace(model, threshold=recalibrate.anew(days[-3:]))


def _tried(challenger: Serving | None, serving: Serving) -> bool:
    return challenger is not None and challenger.version == serving.version
