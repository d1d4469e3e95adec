"""The bench of drift: its shifts change what they say and nothing else; figures are the contract's."""

import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import numpy as np
import pyarrow as pa
import pytest
from numpy.random import Generator, Philox

from aug_assets.drift.rule import Decision

BENCH = Path(__file__).parents[2] / "bench"


@pytest.fixture(scope="module")
def bench() -> Iterator[tuple[ModuleType, ModuleType]]:
    """The bench and its days, which import each other by name."""
    sys.path.insert(0, str(BENCH))
    import drift
    import drift_days

    yield drift, drift_days
    sys.path.remove(str(BENCH))
    for name in ("drift", "drift_days", "drift_speed"):
        sys.modules.pop(name, None)


@pytest.fixture(scope="module")
def rows(bench: tuple[ModuleType, ModuleType]) -> pa.Table:
    made: pa.Table = bench[1].rows_of(0)
    return made


CHANGED = {
    "all amounts dearer": "amount", "rows move to another category": "category",
    "values go missing": "device_age_days", "a few rows four times as busy": "tx_24h",
    "rows move to the night": "event_time",
}  # fmt: skip


def test_a_planted_shift_changes_its_column_in_as_many_rows_as_it_says(
    bench: tuple[ModuleType, ModuleType], rows: pa.Table
) -> None:
    assert CHANGED.keys() == bench[1].SHIFTS.keys()
    for kind, name in CHANGED.items():
        shift, sizes = bench[1].SHIFTS[kind]
        ((changed, values),) = shift(rows, sizes[2], Generator(Philox(key=1))).items()
        assert changed == name
        before, after = rows[name].to_pylist(), values.to_pylist()
        share = np.mean([one != other for one, other in zip(before, after, strict=True)])
        wanted = {"all amounts dearer": 1.0, "values go missing": 0.04}.get(kind, sizes[2])
        assert share == pytest.approx(wanted, abs=0.02), kind


def test_only_changed_columns_are_sketched_again(
    bench: tuple[ModuleType, ModuleType], rows: pa.Table
) -> None:
    assert set(bench[1]._some(bench[1].watched(), rows, {"event_time", "fee"})) == {"event_time.hour", "fee"}


def test_delays_are_the_first_day_that_says_so(bench: tuple[ModuleType, ModuleType]) -> None:
    words = ["steady", "warn", "refresh"]
    assert bench[1]._first(words, ("warn", "refresh")) == 1
    assert bench[1]._first(words, ("refresh",)) == 2
    assert np.isnan(bench[1]._first(words[:1], ("refresh",)))


@pytest.mark.parametrize("peer", [None, {"seconds": 100.0, "version": "0"}])
def test_figures_and_page_follow_from_what_was_measured(
    bench: tuple[ModuleType, ModuleType], peer: dict[str, object] | None
) -> None:
    drift, days = bench
    clean = [days.Judged(Decision("", word, ""), {}) for word in ("steady",) * 98 + ("warn", "refresh")]
    assert drift._share(clean, drift._alarm) == 0.02
    words = dict.fromkeys(drift._TOLD, 0.04) | {"days": 100.0, "seconds_a_day": 0.1}
    found = [days.Delay("kind", 0.1, np.array([0.0, 2.0, np.nan]), np.array([np.nan] * 3), 0.5)]
    wide = {"rows": 300_000, "columns": 100, "seconds": 1.0}
    speed = {"rows": 10, "day": 1.0, "reference": 1.0, "wide": wide, "wide_minutes": 2.0, "peer": peer}
    measured = drift.Measured(words, found, speed)
    rows = measured.rows()
    assert all(row.keys() == {"name", "ours", "peer", "value", "goal", "met"} for row in rows)
    assert rows[0]["met"] is False, "four days of a hundred are too many"
    fast = next(row for row in rows if row["goal"] == ">= 80")
    assert (fast["value"], fast["met"]) == ((100.0, True) if peer else (None, None))
    page = drift.page(measured)
    assert "| kind | 10% | 2 of 3 | 1.0 | 0 of 3 | - | 50% |" in page
    assert ("100x" in page) == (peer is not None)
