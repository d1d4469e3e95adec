"""How far days without drift lie apart, learned from the reference's own days; what is beyond that is drift.

Textbook limits fire on nearly every clean day of real data, because days differ for reasons of their own: a
weekday, a busy customer. So each reference day is held against the others, which gives every measure of every
feature its usual size and spread; and the largest excess of each such day gives the limit for all of them
together, so that many features do not mean many alarms.

Sources: leave-one-out reference distribution (jackknife, Quenouille 1956); the limit of a maximum after
Gumbel, "Statistics of Extremes", 1958, fitted by moments.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aug_assets.drift.features import Features, total
from aug_assets.drift.measures import Distances, compare
from aug_assets.drift.sketch import Sketch, add
from aug_assets.errors import ReferenceTooShortError
from aug_assets.partition_key import HOURS, WEEKDAYS, is_hour, season

Floats = NDArray[np.float64]

MEASURES = ("psi", "js", "ks", "wasserstein", "missing")
_ROUNDS = 2  # of a week of days, or of a day of hours: each kind is to be among what is usual
_LEAST_ALIKE = 3  # other days of a weekday, below which all days are taken
_SEASONAL = 1.25  # how much nearer days of one weekday must be, that weekdays are kept apart
_LEAST_SPREAD = 0.1  # of a measure's usual size: what few days show of spread may be too little
_LEAST_LIMIT = 4.0
_EULER = 0.5772156649015329


@dataclass(frozen=True)
class Excess:
    """A feature of a day: how far it lies from the reference, in plain measures and against what is usual.

    Attributes:
        distances: The plain measures.
        z: Per measure by how many usual spreads it is beyond its usual size.
    """

    distances: Distances
    z: dict[str, float]

    @property
    def worst(self) -> tuple[str, float]:
        """The measure that stands out most."""
        name = max(self.z, key=lambda one: (self.z[one], one))
        return name, self.z[name]


@dataclass(frozen=True)
class Reference:
    """The days that others are held against.

    Attributes:
        days: Sketches of each day, by ISO date.
        seasonal: Features whose days are compared within their weekday.
        usual: Per feature float64 (2, measures): size and spread of each measure among reference days.
        cap: Per feature the most rows that a comparison may count for.
        limit: The excess that a day without drift passes as rarely as was asked.
    """

    days: Mapping[str, Features]
    seasonal: frozenset[str]
    usual: Mapping[str, Floats]
    cap: Mapping[str, float]
    limit: float

    @classmethod
    def of(cls, days: Mapping[str, Features], false_alarms: float = 0.01) -> "Reference":
        """Learn from days what is usual.

        Args:
            days: Sketches by ISO date, all of the same features.
            false_alarms: Share of days without drift that may pass the limit.

        Raises:
            ReferenceTooShortError: There are fewer days than tell a spread.
        """
        kind = "hour" if any(map(is_hour, days)) else "day"
        if len(days) < least(days):
            raise ReferenceTooShortError(
                f"too few {kind}s to learn from how far {kind}s lie apart", seen=f"{len(days)} {kind}s",
                legal=f"at least {least(days)}",
                todo=f"materialize more {kind}s of the reference, or name a longer one",
            )  # fmt: skip
        names = sorted(next(iter(days.values())))
        if not names:
            raise ReferenceTooShortError(
                "the days have no watched feature in common", seen="none", legal="at least one",
                todo="materialize the drift of the reference days again, or watch more columns",
            )  # fmt: skip
        pools = _Pools(days)
        seasonal, usual, cap, excess = set(), {}, {}, []
        for name in names:
            plain = [pools.against(name, day, weekday=False) for day in days]
            alike = [pools.against(name, day, weekday=True) for day in days]
            cap[name] = float(np.median([one.scale for one in plain]))
            table, other = (_scaled(found, cap[name]) for found in (plain, alike))
            if np.median(table[:, 2]) > _SEASONAL * np.median(other[:, 2]):  # ks: bounded, and blind to bins
                seasonal.add(name)
                cap[name] = float(np.median([one.scale for one in alike]))
                table = _scaled(alike, cap[name])
            usual[name] = _usual(table)
            excess.append(_left_out(table))
        limit = _limit(np.max(np.stack(excess), axis=0), false_alarms)
        return cls(days, frozenset(seasonal), usual, cap, limit)

    def judge(self, day: str, sketches: Features) -> dict[str, Excess]:
        """Hold a day against the reference, feature by feature.

        Args:
            day: Its ISO date, for the weekday. A day of the reference is held against the others.
            sketches: Its features; those that the reference does not have are left out.
        """
        pools = _Pools({**{d: f for d, f in self.days.items() if d != day}, day: sketches})
        found = {}
        for name, usual in self.usual.items():
            if name in sketches:
                apart = pools.against(name, day, weekday=name in self.seasonal)
                z = (_scaled([apart], self.cap[name])[0] - usual[0]) / usual[1]
                found[name] = Excess(apart, dict(zip(MEASURES, z.tolist(), strict=True)))
        return found

    def pooled(self) -> Features:
        """All days as one."""
        return total(list(self.days.values()))


def least(days: Iterable[str]) -> int:
    """How many partitions tell what is usual: two weeks of days, or two days of hours.

    With fewer an hour, or a weekday, may stand alone, and would be drift each time that it comes round.
    """
    return _ROUNDS * (HOURS if any(map(is_hour, days)) else WEEKDAYS)


class _Pools:
    """The other days of each day, added up; all are added once and the day itself is taken out."""

    def __init__(self, days: Mapping[str, Features]) -> None:
        self.days = days
        self.weekday = {day: season(day) for day in days}
        self._all: dict[str, Sketch] = {}

    def against(self, name: str, day: str, *, weekday: bool) -> Distances:
        own = self.days[day][name]
        if weekday:
            alike = [d for d, w in self.weekday.items() if w == self.weekday[day] and d != day]
            if len(alike) >= _LEAST_ALIKE:
                return compare(own, add([self.days[d][name] for d in alike]))
        if name not in self._all:
            self._all[name] = add([features[name] for features in self.days.values()])
        return compare(own, without(self._all[name], own))


def without(pool: Sketch, one: Sketch) -> Sketch:
    """A sum of sketches less one of them, exactly; values by digest stay so."""
    rows, nulls = pool.rows - one.rows, pool.nulls - one.nulls
    if pool.kind == "number":
        counts = pool.counts.copy()
        counts[np.searchsorted(pool.keys, one.keys)] -= one.counts
        left = counts > 0
        return Sketch("number", rows, nulls, pool.keys[left], (), counts[left],
                      pool.total - one.total, pool.squares - one.squares)  # fmt: skip
    hashed = add([pool, one])  # brings both to the same names
    told = dict(zip(hashed.values, hashed.counts.tolist(), strict=True))
    own = add([one, _nothing(pool)])
    for value, count in zip(own.values, own.counts.tolist(), strict=True):
        told[value] -= 2 * count
    left_values = tuple(value for value in sorted(told) if told[value] > 0)
    return Sketch("category", rows, nulls, pool.keys, left_values,
                  np.array([told[value] for value in left_values], np.int64))  # fmt: skip


def _nothing(pool: Sketch) -> Sketch:
    return Sketch("category", 0, 0, pool.keys, pool.values, np.zeros(len(pool.values), np.int64))


def _scaled(found: list[Distances], cap: float) -> Floats:
    """Measures as numbers of steady spread whatever a day's rows; float64 (days, measures).

    A sum of squares such as PSI shrinks with the rows as their number does, its root as KS does. Rows beyond
    the usual do not count: days differ by more than chance, and that part does not shrink.
    """
    rows = []
    for one in found:
        root = np.sqrt(min(one.scale, cap))
        rows.append([np.sqrt(one.psi) * root, np.sqrt(one.js) * root, one.ks * root,
                     one.wasserstein * root, abs(one.missing) * root])  # fmt: skip
    return np.array(rows)


def _usual(table: Floats) -> Floats:
    size = table.mean(axis=0)
    spread = np.maximum(table.std(axis=0, ddof=1), np.maximum(_LEAST_SPREAD * size, 1e-3))
    return np.stack([size, spread])


def _left_out(table: Floats) -> Floats:
    """The largest excess of each day against what the others show; float64 (days,)."""
    out = np.empty(len(table))
    for n in range(len(table)):
        size, spread = _usual(np.delete(table, n, axis=0))
        out[n] = ((table[n] - size) / spread).max()
    return out


def _limit(largest: Floats, false_alarms: float) -> float:
    """What the largest excess of a day without drift passes with the given probability."""
    scale = largest.std(ddof=1) * np.sqrt(6) / np.pi
    place = largest.mean() - _EULER * scale
    return float(max(place - scale * np.log(-np.log1p(-false_alarms)), _LEAST_LIMIT))


def described(excess: Mapping[str, Excess]) -> list[dict[str, Any]]:
    """Features by how far they stand out, as plain rows for people and tables."""
    rows = []
    for name, one in excess.items():
        measure, z = one.worst
        rows.append({
            "feature": name, "excess": round(z, 2), "by": measure, "psi": round(one.distances.psi, 4),
            "js": round(one.distances.js, 4), "ks": round(one.distances.ks, 4),
            "wasserstein": round(one.distances.wasserstein, 4), "missing": round(one.distances.missing, 4),
        })  # fmt: skip
    return sorted(rows, key=lambda row: (-row["excess"], row["feature"]))
