"""What remedies came to over the scored days of all seeds, with intervals. Runs and draws nothing.

False alarms are counted a row: their rate over the days of the season, by that of the champion on the very
same days without it, pooled over days and seeds. Intervals are percentiles of a bootstrap that draws seeds,
and then days of each seed, with replacement; days of one seed are not independent, so that with one seed they
are too narrow.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.random import Generator, Philox
from numpy.typing import NDArray

from aug_assets.incident.loop import Ran
from aug_assets.incident.span import DAYS, Span
from aug_assets.incident.truth import Cell
from aug_assets.keys import digest_bits

UNTREATED, ROUTINE, REACTIVE, SMOTE = "untreated", "routine retraining", "reactive, 72 h", "plain SMOTE"
THRESHOLD, REAL_ONLY, OURS = "threshold only", "ours, no synthetic rows", "ours"
REMEDIES = (UNTREATED, ROUTINE, REACTIVE, SMOTE, THRESHOLD, REAL_ONLY, OURS)
_TIMES = 2000
_EDGES = (2.5, 97.5)


@dataclass(frozen=True)
class Speed:
    """How long the platform took in one seed; None where it did not happen.

    Attributes:
        again: Days from the onset to the day on which a drifted partition was made again first.
        refreshed: Days from the onset to the first day that was scored under a repaired champion.
        promoted: Days from the onset to the first day that was scored under a new model.
        minutes: Machine minutes of all runs from the one that judged the first drifted day to that promotion.
        to_repair: The same to the repaired champion.
    """

    again: int | None
    refreshed: int | None
    promoted: int | None
    minutes: float | None
    to_repair: float | None


@dataclass(frozen=True)
class Replay:
    """One seed.

    Attributes:
        seed: Its number.
        cells: By remedy, the days from the first that was scored; ``quiet`` the scored days without season.
        speed: Of the platform.
        runs: What its sensors asked for.
        served: Number of a day to a sentence on what served then.
        span: How its time runs.
    """

    seed: int
    cells: Mapping[str, Sequence[Cell]]
    quiet: Sequence[Cell]
    speed: Speed
    runs: Sequence[Ran]
    served: Mapping[int, str]
    span: Span = DAYS


@dataclass(frozen=True)
class Figure:
    """A value with its 95 % interval."""

    value: float
    low: float
    high: float


Sums = NDArray[np.float64]  # false alarms, honest, found, frauds, missed money, days


def _sums(cells: Sequence[Cell], span: Span) -> Sums:
    """One row a scored day."""
    told = [(c.false_alarms, c.honest, c.found, c.frauds, c.cost, 1) for c in cells if c.day in span.scored]
    return np.array(told, np.float64)


def of(replays: Sequence[Replay], remedy: str) -> dict[str, Figure]:
    """Figures of a remedy: ``rise`` of false alarms, ``recall``, ``recall_change`` and ``cost`` a day."""
    mine = [_sums(one.cells[remedy], one.span) for one in replays]
    nothing = [_sums(one.cells[UNTREATED], one.span) for one in replays]
    quiet = [_sums(one.quiet, one.span) for one in replays]
    wanted: dict[str, Callable[[Sums, Sums, Sums], float]] = {
        "rise": lambda m, _, q: (m[0] / m[1]) / (q[0] / q[1]) - 1,
        "recall": lambda m, _, __: m[2] / m[3],
        "recall_change": lambda m, n, _: m[2] / m[3] - n[2] / n[3],
        "cost": lambda m, _, __: m[4] / m[5],
    }
    parts = (mine, nothing, quiet)
    whole = [np.sum([one.sum(axis=0) for one in part], axis=0) for part in parts]
    drawn = list(_drawn(parts))
    found = {}
    for name, figure in wanted.items():
        low, high = np.percentile([figure(*one) for one in drawn], _EDGES)
        found[name] = Figure(float(figure(*whole)), float(low), float(high))
    return found


def _drawn(parts: tuple[list[Sums], ...]) -> Any:
    """Pooled sums of each part, over seeds and days that are drawn together for all parts."""
    rng = Generator(Philox(key=digest_bits("incident", "bootstrap")))
    seeds, days = len(parts[0]), len(parts[0][0])
    for _ in range(_TIMES):
        chosen = [(seed, rng.integers(0, days, days)) for seed in rng.integers(0, seeds, seeds)]
        yield [np.sum([part[seed][at].sum(axis=0) for seed, at in chosen], axis=0) for part in parts]


def mean(values: Sequence[float | None]) -> Figure | None:
    """The mean of those that there are, and the least and the largest; None without any."""
    known = [one for one in values if one is not None]
    return Figure(float(np.mean(known)), min(known), max(known)) if known else None


def line(replays: Sequence[Replay]) -> dict[str, Any]:
    """All that is said in one line of JSON."""
    nothing, ours, alone = (of(replays, one) for one in (UNTREATED, OURS, THRESHOLD))
    span = replays[0].span
    told: dict[str, Any] = {"seeds": len(replays), f"scored_{span.every}s": len(span.scored)}
    for name, figure in (
        ("false_positive_rise_untreated", nothing["rise"]),
        ("false_positive_rise_refreshed", ours["rise"]),
        ("false_positive_rise_threshold_only", alone["rise"]),
        ("recall_change", ours["recall_change"]),
        ("recall_change_threshold_only", alone["recall_change"]),
        ("minutes_to_champion", mean([one.speed.minutes for one in replays])),
        ("minutes_to_repaired_threshold", mean([one.speed.to_repair for one in replays])),
        (f"{span.every}s_to_refreshed_partition", mean([one.speed.again for one in replays])),
        (f"{span.every}s_to_repaired_partition", mean([one.speed.refreshed for one in replays])),
        (f"{span.every}s_to_champion", mean([one.speed.promoted for one in replays])),
    ):
        told[name] = None if figure is None else round(figure.value, 5)
        told[f"{name}_interval"] = None if figure is None else [round(figure.low, 5), round(figure.high, 5)]
    told["promoted_in"] = sum(one.speed.promoted is not None for one in replays)
    return told
