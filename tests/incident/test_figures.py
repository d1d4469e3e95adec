"""Figures of remedies: pooled, against the same days without the season, with intervals that hold them."""

from dataclasses import replace

import pytest

from aug_assets.incident import figures
from aug_assets.incident.figures import OURS, REMEDIES, UNTREATED, Replay, Speed
from aug_assets.incident.span import DAYS, HOURS
from aug_assets.incident.truth import Cell

NOTHING = Speed(None, None, None, None, None)


def cells(false_alarms: int, found: int = 70, honest: int = 10_000) -> list[Cell]:
    """The same every day; before the scored days everything is an alarm, which must not count."""
    early = [Cell(day, honest, honest, 0, 100, 1e6) for day in range(DAYS.live, DAYS.scored[0])]
    return early + [Cell(day, false_alarms + day % 3 - 1, honest, found, 100, 500.0) for day in DAYS.scored]


def replay(seed: int = 0, speed: Speed = NOTHING, **others: list[Cell]) -> Replay:
    named = dict.fromkeys(REMEDIES, cells(100)) | others
    quiet = [one for one in cells(100) if one.day in DAYS.scored]
    return Replay(seed, named, quiet, speed, [], {})


def test_the_rise_is_of_rates_over_the_days_without_the_season() -> None:
    told = replay(**{UNTREATED: cells(117), OURS: cells(204, honest=20_000, found=65)})
    nothing, ours = figures.of([told], UNTREATED), figures.of([told], OURS)
    assert nothing["rise"].value == pytest.approx(0.17)
    assert nothing["recall_change"].value == 0.0
    assert ours["rise"].value == pytest.approx(0.02)
    assert ours["recall"].value == pytest.approx(0.65)
    assert ours["recall_change"].value == pytest.approx(-0.05)
    assert ours["cost"].value == pytest.approx(204 * 15 + 500)


def test_intervals_hold_the_value_and_grow_with_the_spread_of_seeds() -> None:
    alike = [replay(n, **{OURS: cells(104)}) for n in range(4)]
    apart = [replay(n, **{OURS: cells(94 + 7 * n)}) for n in range(4)]
    narrow, wide = (figures.of(one, OURS)["rise"] for one in (alike, apart))
    for one in (narrow, wide):
        assert one.low < one.value < one.high
    assert wide.high - wide.low > 3 * (narrow.high - narrow.low)


def test_the_line_says_all_with_intervals_and_null_for_what_did_not_happen() -> None:
    told = figures.line([replay()])
    for name in ("false_positive_rise_untreated", "false_positive_rise_refreshed", "recall_change"):
        assert told[f"{name}_interval"][0] <= told[name] <= told[f"{name}_interval"][1]
    assert told["minutes_to_champion"] is None
    assert told["promoted_in"] == 0
    both = [replay(0, Speed(0, 1, 8, 2.5, 0.5)), replay(1, Speed(1, 2, None, None, 0.7))]
    told = figures.line(both)
    assert (told["minutes_to_champion"], told["promoted_in"]) == (2.5, 1)
    assert told["days_to_refreshed_partition"] == 0.5
    assert told["days_to_repaired_partition"] == 1.5
    assert told["days_to_repaired_partition_interval"] == [1, 2]


def test_hours_are_told_as_hours() -> None:
    moved = {
        name: [replace(one, day=one.day + HOURS.live - DAYS.live) for one in cells(117)] for name in REMEDIES
    }
    hourly = replace(
        replay(speed=Speed(0, 2, None, None, 0.5)), cells=moved, quiet=moved[OURS][-9:], span=HOURS
    )
    told = figures.line([hourly])
    assert told["scored_hours"] == len(HOURS.scored)
    assert told["hours_to_repaired_partition"] == 2
    assert "days_to_repaired_partition" not in told
