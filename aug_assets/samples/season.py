"""Invented card transactions of many days with a season in them: what `aug incident` replays.

Honest people spend otherwise once the season has begun: gifts, nights, market stalls that nobody has seen
before. Fraud stays as it is. Up to the onset, days are the same whatever the strength.

Numbers of the day are drawn by (seed, day, what), so that a day is the same alone and among others; windows
over past days come from what was drawn for these.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.random import Generator, Philox
from numpy.typing import NDArray

from aug_assets.keys import digest_bits

CATEGORIES = ("electronics", "fashion", "fuel", "gifts", "grocery", "restaurant", "travel")
_MIX = np.array([0.08, 0.13, 0.12, 0.04, 0.36, 0.2, 0.07])
_SEASON_MIX = np.array([0.11, 0.16, 0.1, 0.13, 0.29, 0.16, 0.05])
_LEVEL = np.array([4.4, 3.9, 3.7, 3.5, 3.2, 3.4, 5.0])  # of the logarithm of the amount
_MERCHANTS = 1200
_STALLS = 400  # merchants of the season, more numbers above the others
_WINDOW = 7  # days
_FRAUD = 0.012
_MIMIC = 0.25  # of the frauds: like what honest people do
_AT_NIGHT = 0.4  # of the frauds
_FRAUD_MIX = (0.34, 0.16, 0.04, 0.12, 0.08, 0.06, 0.2)

Sums = tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]
"""Of a day: payments and their amounts by customer, payments by merchant."""


@dataclass(frozen=True)
class Season:
    """A stretch of days.

    Attributes:
        seed: Of everything.
        rows: About so many a day.
        onset: Number of the first day of the season, at half its strength.
        strength: 0 for none.
        busy: How many days of so many in a row, the last of them, have more payments than the others.
    """

    seed: int = 0
    rows: int = 20_000
    onset: int = 10_000
    strength: float = 0.0
    busy: tuple[int, int] = (2, 7)

    def days(self, count: int) -> Iterator[pd.DataFrame]:
        """Days 0 to ``count - 1``, each with its windows over the days before it."""
        past: list[Sums] = []
        for number in range(-_WINDOW, count):
            rows = self._drawn(number)
            if number >= 0:
                yield self._with_windows(rows, number, past)
            past = [*past, self._sums(rows)][-_WINDOW:]

    @property
    def customers(self) -> int:
        """How many people there are."""
        return max(200, self.rows // 4)

    def _rng(self, number: int, what: str) -> Generator:
        return Generator(Philox(key=digest_bits("season", str(self.seed), str(number), what)))

    def _is_busy(self, number: int) -> bool:
        count, of = self.busy
        return number % of >= of - count

    def _level(self, number: int) -> float:
        return self.strength * min(1.0, max(0.0, (number - self.onset + 1) / 2))

    def _drawn(self, number: int) -> pd.DataFrame:
        """The rows of a day without windows, honest ones first changed by the season, then frauds put in."""
        level, rng = self._level(number), self._rng(number, "honest")
        people = self._rng(0, "people")
        rate, taste = people.gamma(3.0, 1 / 3.0, self.customers), people.normal(0, 0.35, self.customers)
        gifts = people.random(self.customers) < 0.45  # noqa: PLR2004 - those who buy for others
        busy = self._is_busy(number)
        usual = rng.poisson(rate * self.rows / self.customers * (1.12 if busy else 0.95))
        more = self._rng(number, "more").poisson(usual * 0.03 * level)
        who = np.repeat(np.arange(self.customers), usual + more)
        size = len(who)
        mix = _MIX + min(level, 1.5) * 0.6 * (_SEASON_MIX - _MIX)
        category = np.searchsorted(np.cumsum(mix / mix.sum()), rng.random(size)).clip(max=len(_MIX) - 1)
        amount = np.exp(_LEVEL[category] + taste[who] + rng.normal(0, 0.6, size))
        amount *= np.where(gifts[who], 1 + 0.25 * level, 1 + 0.06 * level)
        late = rng.random(size) < 0.06 * level
        hour = np.where(late, rng.uniform(20, 28, size) % 24, rng.normal(14, 3.8, size) % 24)
        merchant = (rng.random(size) ** 2 * _MERCHANTS).astype(np.int64)
        stall = rng.random(size) < 0.08 * level
        merchant = np.where(stall, _MERCHANTS + rng.integers(0, _STALLS, size), merchant)
        distance = rng.gamma(1.2, 9.0, size) * np.where(stall, 2.0, 1.0)
        columns = {
            "customer": who, "category": category, "amount": amount, "hour": hour, "merchant": merchant,
            "distance_km": distance, "device_age_days": rng.gamma(1.5, 160.0, size),
        }  # fmt: skip
        return _with_fraud(pd.DataFrame(columns), self._rng(number, "fraud"))

    def _sums(self, rows: pd.DataFrame) -> Sums:
        who, amount = rows["customer"].to_numpy(), rows["amount"].to_numpy()
        size = _MERCHANTS + _STALLS
        return (
            np.bincount(who, minlength=self.customers).astype(np.float64),
            np.bincount(who, amount, self.customers).astype(np.float64),
            np.bincount(rows["merchant"].to_numpy(), minlength=size).astype(np.float64),
        )

    def _with_windows(self, rows: pd.DataFrame, number: int, past: list[Sums]) -> pd.DataFrame:
        counts, sums, seen = (np.sum([one[n] for one in past], axis=0) for n in range(3))
        who = rows["customer"].to_numpy()
        usual = (sums[who] + 40.0) / (counts[who] + 1)  # as if each had bought once for 40 before
        order = np.lexsort((rows["hour"], who))
        told = rows.assign(
            tx_7d=counts[who].astype(np.int64),
            mean_7d=usual.round(2),
            over_mean=(rows["amount"] / usual).clip(upper=999).round(3),
            merchant_tx_7d=seen[rows["merchant"].to_numpy()].astype(np.int64),
            busy=int(self._is_busy(number)),
        ).iloc[order]
        told["tx_today"] = told.groupby("customer").cumcount() + 1
        told["category"] = np.array(CATEGORIES, object)[told["category"].to_numpy()]
        told["amount"] = told["amount"].clip(0.5, 20_000).round(2)
        told["hour"], told["distance_km"] = told["hour"].round(2), told["distance_km"].round(1)
        told["device_age_days"] = told["device_age_days"].round(0)
        told.insert(0, "id", [f"{number:03d}-{n:06d}" for n in range(len(told))])
        told["customer"] = [f"c{n:06d}" for n in told["customer"]]
        return told.reset_index(drop=True)


def _with_fraud(rows: pd.DataFrame, rng: Generator) -> pd.DataFrame:
    """Some rows become fraud; the others keep their numbers, whatever the season added."""
    fraud = rng.random(len(rows)) < _FRAUD
    plain = fraud & (rng.random(len(rows)) >= _MIMIC)
    size = int(plain.sum())
    rows["is_fraud"] = fraud.astype(np.int64)
    rows.loc[plain, "amount"] = np.exp(rng.normal(5.1, 0.8, size))
    late = rng.random(size) < _AT_NIGHT
    rows.loc[plain, "hour"] = np.where(late, rng.uniform(22, 30, size) % 24, rows["hour"][plain])
    rows.loc[plain, "category"] = rng.choice(len(CATEGORIES), size, p=_FRAUD_MIX)
    rows.loc[plain, "merchant"] = (rng.random(size) * _MERCHANTS).astype(np.int64)
    rows.loc[plain, "distance_km"] = rng.gamma(2.0, 40.0, size)
    rows.loc[plain, "device_age_days"] = rng.gamma(1.0, 40.0, size)
    return rows
