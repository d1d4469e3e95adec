"""Days of the card sample without a shift, and with one: how often drift is cried, how soon it is seen."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.random import Generator, Philox

from aug_assets import loader
from aug_assets.drift.features import Features, of_table
from aug_assets.drift.null import Excess, Reference
from aug_assets.drift.rule import Decision, decide
from aug_assets.samples import card_fraud
from aug_assets.spec import DatasetSpec

FIRST = date(2020, 1, 1)
WINDOW = 28  # days of a reference, and days that it judges
ASKED = 0.01
_NIGHT = 5 * 3600e6  # microseconds
FOLLOWED = 7  # days from the onset of a shift


def day_of(n: int) -> str:
    """The n-th day, from 0."""
    return (FIRST + timedelta(n)).isoformat()


def watched() -> DatasetSpec:
    """The card sample with a drift section of defaults."""
    spec = loader.get("payments/card_fraud")
    return DatasetSpec.model_validate({**spec.model_dump(by_alias=True), "drift": {}})


def rows_of(n: int) -> pa.Table:
    """The sample's rows of a day, as delivered, without the dirt that the source asset keeps out."""
    made = card_fraud.day(day_of(n))
    good = pc.and_(pc.greater(made["amount"], 0), pc.is_valid(made["country"]))
    return made.filter(pc.and_(good, pc.not_equal(made["channel"], "phone")))


@dataclass(frozen=True)
class Judged:
    """A day held against a reference."""

    decision: Decision
    excess: dict[str, Excess]


class Days:
    """Sketches of consecutive days; each is made once."""

    def __init__(self, spec: DatasetSpec, count: int) -> None:
        self.spec = spec
        self.found: dict[str, Features] = {}
        self.rows: dict[str, int] = {}
        for n in range(count):
            rows = rows_of(n)
            self.found[day_of(n)] = of_table(spec, rows)
            self.rows[day_of(n)] = rows.num_rows
        self._references: dict[tuple[int, int], Reference] = {}

    def reference(self, first: int, days: int = WINDOW) -> Reference:
        """What some consecutive days teach."""
        if (first, days) not in self._references:
            wanted = {day_of(n): self.found[day_of(n)] for n in range(first, first + days)}
            self._references[first, days] = Reference.of(wanted, ASKED)
        return self._references[first, days]

    def judge(self, reference: Reference, n: int, found: Features, before: Sequence[Decision]) -> Judged:
        """What the asset would decide of a day."""
        day = day_of(n)
        excess = reference.judge(day, found)
        return Judged(decide(day, self.rows[day], reference, excess, before), excess)

    def clean(self, days: int = WINDOW) -> Iterator[Judged]:
        """Every day after the first window, held against the ``days`` before its own window."""
        for start in range(WINDOW, len(self.found) - WINDOW + 1, WINDOW):
            reference, before = self.reference(start - days, days), []
            for n in range(start, start + WINDOW):
                judged = self.judge(reference, n, self.found[day_of(n)], before[-3:])
                before.append(judged.decision)
                yield judged


# --- planted shifts -------------------------------------------------------------------------------------
Shift = Callable[[pa.Table, float, Generator], dict[str, Any]]


def _dearer(rows: pa.Table, size: float, _: Generator) -> dict[str, Any]:
    return {"amount": pc.multiply(rows["amount"], 1 + size)}


def _other_mix(rows: pa.Table, size: float, rng: Generator) -> dict[str, Any]:
    moved = pa.array(rng.random(rows.num_rows) < size)
    return {"category": pc.if_else(moved, "electronics", rows["category"])}


def _lost(rows: pa.Table, size: float, rng: Generator) -> dict[str, Any]:
    gone = pa.array(rng.random(rows.num_rows) < size)
    return {"device_age_days": pc.if_else(gone, pa.scalar(None, pa.float64()), rows["device_age_days"])}


def _busy_few(rows: pa.Table, size: float, rng: Generator) -> dict[str, Any]:
    busy = pa.array(rng.random(rows.num_rows) < size)
    return {"tx_24h": pc.if_else(busy, pc.multiply(rows["tx_24h"], 4), rows["tx_24h"])}


def _at_night(rows: pa.Table, size: float, rng: Generator) -> dict[str, Any]:
    moved = rng.random(rows.num_rows) < size
    stamps = pc.cast(rows["event_time"], pa.timestamp("us")).to_numpy()
    late = (rng.random(rows.num_rows) * _NIGHT).astype("timedelta64[us]")
    night = stamps.astype("datetime64[D]").astype(stamps.dtype) + late
    return {"event_time": pa.array(np.where(moved, night, stamps), pa.timestamp("us", "UTC"))}


SHIFTS: dict[str, tuple[Shift, tuple[float, float, float]]] = {
    "all amounts dearer": (_dearer, (0.05, 0.1, 0.2)),
    "rows move to another category": (_other_mix, (0.01, 0.03, 0.1)),
    "values go missing": (_lost, (0.01, 0.03, 0.1)),
    "a few rows four times as busy": (_busy_few, (0.01, 0.03, 0.1)),
    "rows move to the night": (_at_night, (0.01, 0.03, 0.1)),
}


@dataclass(frozen=True)
class Delay:
    """How soon a shift is seen.

    Attributes:
        kind: The shift.
        size: Its size, a share.
        warned: Days to the first decision beyond the limit, of each onset; NaN for none in a week.
        refreshed: The same to the first ``refresh``.
        named: Share of the seen onsets whose worst feature was one that was changed.
    """

    kind: str
    size: float
    warned: np.ndarray
    refreshed: np.ndarray
    named: float


def delays(days: Days, onsets: Sequence[int]) -> list[Delay]:
    """Every kind and size of shift, begun on each of some days, which follow a clean window."""
    tables = {n: rows_of(n) for onset in onsets for n in range(onset, onset + FOLLOWED)}
    return [_delay(days, tables, onsets, kind, size) for kind, (_, sizes) in SHIFTS.items() for size in sizes]


def _delay(days: Days, tables: dict[int, pa.Table], onsets: Sequence[int], kind: str, size: float) -> Delay:
    warned, refreshed, named = [], [], []
    for onset in onsets:
        reference, before, changed = days.reference(onset - WINDOW), [], set()
        for n in range(onset, onset + FOLLOWED):
            rng = Generator(Philox(key=[n, int(size * 1000)]))
            columns = SHIFTS[kind][0](tables[n], size, rng)
            rows = tables[n]
            for name, values in columns.items():
                rows = rows.set_column(rows.column_names.index(name), name, values)
            found = {**days.found[day_of(n)], **_some(days.spec, rows, set(columns))}
            changed = {name for name in found if name.partition(".")[0] in columns}
            before.append(days.judge(reference, n, found, before[-3:]).decision)
        words = [one.word for one in before]
        warned.append(_first(words, ("warn", "refresh")))
        refreshed.append(_first(words, ("refresh",)))
        if np.isfinite(warned[-1]):
            named.append(before[int(warned[-1])].feature in changed)
    return Delay(
        kind, size, np.array(warned), np.array(refreshed), float(np.mean(named)) if named else np.nan
    )


def _some(spec: DatasetSpec, rows: pa.Table, columns: set[str]) -> Features:
    """Sketches of some columns only: the others are as they were."""
    assert spec.drift is not None
    aside = tuple(name for name in spec.columns if name not in columns)
    drift = spec.drift.model_copy(update={"ignore": aside})
    return of_table(spec.model_copy(update={"drift": drift}), rows)


def _first(words: Sequence[str], wanted: Sequence[str]) -> float:
    return next((float(n) for n, word in enumerate(words) if word in wanted), np.nan)
