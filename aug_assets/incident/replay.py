"""One seed of the incident: the platform lives through it, and remedies are held beside it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from aug_assets.commands import home as instance_home
from aug_assets.incident import credit, figures, remedies
from aug_assets.incident.figures import Replay, Speed
from aug_assets.incident.loop import Loop, Told, home
from aug_assets.incident.remedies import Remedy
from aug_assets.incident.span import Span
from aug_assets.incident.truth import Bools, Cell, Truth
from aug_assets.incident.world import World
from aug_assets.rows import ROW_ID
from aug_assets.served import Served

Progress = Callable[[str], None]


def replay(
    world: World, seed: int, folder: Path, progress: Progress = lambda _: None, *, kept: bool = False
) -> Replay:
    """Live through a world.

    Args:
        world: The days.
        seed: Its number, for the report.
        folder: Where lake, Dagster's instance and MLflow's files go; may be thrown away afterwards.
        progress: Is told of each day and remedy.
        kept: Whether the folder is to be a Dagster home that the UI can show.

    Raises:
        AugError: There is no first model to begin with.
    """
    with home(folder):
        if kept:
            instance_home.prepare()
        loop = _lived(world, folder, progress, instance_home.instance() if kept else None)
        truth = Truth(world)
        span = world.span
        first = credit.champion(loop, loop.told.pointers[span.live].serving)
        ours = _ours(loop, truth)
        found: dict[str, Remedy] = {
            figures.UNTREATED: remedies.untreated(truth, first),
            figures.ROUTINE: remedies.routine(truth, first),
            figures.REACTIVE: remedies.reactive(truth, first),
            figures.SMOTE: remedies.routine(truth, first, smote=True),
            figures.THRESHOLD: remedies.threshold_only(truth, first),
            figures.REAL_ONLY: credit.without_synthetic(loop, truth, ours),
            figures.OURS: ours,
        }
        cells = {}
        for name, remedy in found.items():
            progress(f"remedy: {name}")
            cells[name] = [truth.cell(day, remedy(day)) for day in range(span.live, span.last + 1)]
    told = loop.told
    return Replay(seed, cells, _quiet(truth, first), speed(told, span), told.runs, _served(told), span)


def _lived(world: World, folder: Path, progress: Progress, instance: Any) -> Loop:
    loop = Loop(world, folder, instance)
    span = world.span
    for number in range(span.live):
        progress(f"{span.every} {number} of {span.last}: history")
        loop.history(number)
    progress("first model")
    loop.first_model()
    for number in range(span.live, span.last + 1):
        season = "season" if number >= span.onset else "as usual"
        progress(f"{span.every} {number} of {span.last}: {season}")
        loop.day(number)
    return loop


def _ours(loop: Loop, truth: Truth) -> Remedy:
    """The alarms that were served, in the order of the truth's rows."""

    def alarms(day: int) -> Bools:
        told = loop.predictions(day).set_index(ROW_ID)["alarm"]
        ids = truth.rows(day)[0].column(ROW_ID).to_pylist()
        return told.reindex(ids).to_numpy(bool)

    return alarms


def _quiet(truth: Truth, champion: Served) -> list[Cell]:
    found = []
    for day in truth.world.span.scored:
        alarm = np.asarray(champion.scores(truth.frame(day, season=False)) >= champion.threshold)
        found.append(truth.cell(day, alarm, season=False))
    return found


def speed(told: Told, span: Span) -> Speed:
    """When a day was made again, and when a repaired champion and a new model served; the minutes of runs."""
    first, onset = told.pointers[span.live].serving, span.onset
    repaired = new = None
    for day, pointer in sorted(told.pointers.items()):
        if repaired is None and pointer.serving != first and day >= onset:
            repaired = day
        if new is None and pointer.serving.version != first.version and day >= onset:
            new = day
    again = min(
        (run.on for run in told.runs if run.why.startswith("drift") and run.on >= onset), default=None
    )
    after = [None if day is None else day - onset for day in (again, repaired, new)]
    return Speed(after[0], after[1], after[2], _minutes(told, again, new), _minutes(told, again, repaired))


def _minutes(told: Told, since: int | None, until: int | None) -> float | None:
    """Of all runs from the day on which drift was seen first."""
    if until is None or since is None:
        return None
    return sum(run.seconds for run in told.runs if since <= run.on <= until) / 60


def _served(told: Told) -> dict[int, str]:
    found = {}
    for day, now in told.pointers.items():
        tried = f", {now.challenger.version} is tried" if now.challenger else ""
        found[day] = f"version {now.serving.version} from {now.serving.threshold:.4g} on{tried}: {now.why}"
    return found
