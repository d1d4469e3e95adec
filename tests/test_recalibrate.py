"""A champion's threshold: moved once its false alarms leave what is usual, and not by chance."""

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


def test_days_as_usual_leave_it_in_all_but_a_few_of_a_thousand_looks() -> None:
    """The e-value's promise: at evidence of 20, at most one look in twenty; looks at new days are apart."""
    rng, policy, moved = Generator(Philox(key=7)), Recalibrate(), 0
    for _ in range(1000):
        seen = float(rng.poisson(600))
        moved += recalibrate.log_evidence(seen, 600.0) >= np.log(policy.evidence)
    assert moved <= 50


def test_a_rise_of_17_percent_is_seen_in_three_days_of_20000_rows_four_times_in_five() -> None:
    rng = Generator(Philox(key=8))
    seen = [recalibrate.log_evidence(float(rng.poisson(1.17 * 600)), 600.0) for _ in range(400)]
    assert np.mean(np.array(seen) >= np.log(20)) > 0.75


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
