"""A champion's threshold: moved once its false alarms leave what is usual, and not by chance."""

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.random import Generator, Philox

from aug_assets import recalibrate
from aug_assets.recalibrate import Day
from aug_assets.spec_training import Recalibrate

USUAL = 0.01
AT = float(np.quantile(Generator(Philox(key=0)).exponential(size=2_000_000), 1 - USUAL))


def day(seed: int, rows: int = 20_000, factor: float = 1.0, looked_into: float = 1.0) -> Day:
    """Scores whose share above ``AT`` is the usual one, if the factor is 1."""
    scores = Generator(Philox(key=seed + 1)).exponential(size=rows) * factor
    alarms = int((scores >= AT).sum())
    return Day(scores, alarms, round(alarms * looked_into), USUAL)


def test_more_false_alarms_move_it_and_bring_them_back() -> None:
    days = [day(n, factor=1.08) for n in range(3)]  # about +40 % above the old threshold
    found = recalibrate.judge(days, AT, Recalibrate())
    assert found.threshold is not None
    assert found.threshold > AT
    assert found.evidence["false_alarm_ratio"] > 1.2
    left = sum((one.scores >= found.threshold).sum() for one in days)
    assert left <= 3 * 20_000 * USUAL
    assert left > 0.99 * 3 * 20_000 * USUAL - 1
    assert all(type(value) is float for value in found.evidence.values())  # what Dagster can store


def test_fewer_false_alarms_move_it_too() -> None:
    found = recalibrate.judge([day(n, factor=0.9) for n in range(3)], AT, Recalibrate())
    assert found.threshold is not None
    assert found.threshold < AT


def counted(numbers: Sequence[int]) -> list[Day]:
    """Days of 20,000 rows with so many false alarms each at a threshold of 0.5."""
    return [Day(np.repeat([0.9, 0.1], [n, 20_000 - n]), n, n, USUAL) for n in numbers]


def test_days_as_usual_leave_it_in_all_but_a_few_of_a_thousand_looks() -> None:
    """The e-value promises one look in twenty at most; of Poisson counts it is far less."""
    drawn = Generator(Philox(key=7)).poisson(200, (1000, 3))
    found = [recalibrate.judge(counted(days), 0.5, Recalibrate()) for days in drawn]
    assert sum(one.threshold is not None for one in found) <= 5


def test_a_change_of_the_newest_day_is_seen_beside_days_as_usual_and_sets_the_threshold_alone() -> None:
    found = recalibrate.judge(counted([200, 200, 260]), 0.5, Recalibrate())
    assert found.threshold is not None
    assert found.evidence["days"] == 1
    assert found.why.startswith("260 false alarms of the newest day where 200 are usual (+30%)")
    # As many in all, but spread: no day alone is out of the usual, and together they are not either.
    assert recalibrate.judge(counted([220, 220, 220]), 0.5, Recalibrate()).threshold is None


def test_a_change_of_all_days_is_told_by_all_of_them() -> None:
    found = recalibrate.judge(counted([236, 232, 234]), 0.5, Recalibrate())
    assert found.threshold is not None
    assert found.evidence["days"] == 3


@pytest.mark.parametrize("rates", [(234, 234, 234), (200, 200, 260)])
def test_a_rise_by_17_percent_in_three_days_or_30_in_one_is_seen_twice_in_three_times(
    rates: tuple[int, int, int],
) -> None:
    drawn = Generator(Philox(key=8)).poisson(rates, (400, 3))
    found = [recalibrate.judge(counted(days), 0.5, Recalibrate()) for days in drawn]
    assert np.mean([one.threshold is not None for one in found]) > 2 / 3


@pytest.mark.parametrize(("rows", "looked_into"), [(1_000, 1.0), (20_000, 0.5)])
def test_too_little_is_not_judged(rows: int, looked_into: float) -> None:
    days = [day(n, rows, 1.5, looked_into) for n in range(3)]
    found = recalibrate.judge(days, AT, Recalibrate())
    assert found.threshold is None
    assert "are needed" in found.why


def test_only_the_newest_days_count() -> None:
    old, new = [day(n, factor=1.5) for n in range(4)], [day(n + 10) for n in range(3)]
    assert recalibrate.judge([*old, *new], AT, Recalibrate()).threshold is None
    assert recalibrate.judge([*new, *old], AT, Recalibrate()).threshold is not None
