"""Expected worth of alarms: right where the rows moved and their meaning did not."""

import math

import numpy as np
import pytest
from numpy.random import Generator, Philox

from aug_assets.drift.performance import Calibration, Worth


def drawn(seed: int, moved: float, size: int = 60_000) -> tuple[np.ndarray, np.ndarray]:
    """Scores around a mean, and labels by a fixed curve over them; a score is not yet a chance."""
    random = Generator(Philox(key=seed))
    scores = random.normal(moved, 1.0, size)
    return scores, random.random(size) < 1 / (1 + np.exp(3.0 - 1.5 * scores))


@pytest.mark.parametrize("moved", [-0.7, 0.0, 0.7])
def test_it_follows_rows_that_move(moved: float) -> None:
    calibration = Calibration(*drawn(1, 0.0))
    scores, positive = drawn(2, moved)
    expected = Worth.of(calibration.chances(scores), scores >= 1.0)
    real = Worth.of(positive, scores >= 1.0)
    for name in ("precision", "recall", "false_positive_rate", "positive_share"):
        assert getattr(expected, name) == pytest.approx(getattr(real, name), abs=0.02), name
    still = Worth.of(drawn(1, 0.0)[1], drawn(1, 0.0)[0] >= 1.0)
    if moved:
        assert abs(real.false_positive_rate - still.false_positive_rate) > 0.04, "the test would see nothing"


def test_it_cannot_see_that_rows_mean_something_else() -> None:
    calibration = Calibration(*drawn(1, 0.0))
    scores, positive = drawn(2, 0.0)
    expected = Worth.of(calibration.chances(scores), scores >= 1.0)
    real = Worth.of(~positive, scores >= 1.0)
    assert abs(expected.precision - real.precision) > 0.1


def test_figures_of_a_few_rows_by_hand() -> None:
    worth = Worth.of(np.array([0.8, 0.2, 0.5, 0.0]), np.array([True, True, False, False]))
    assert worth.precision == pytest.approx(0.5)
    assert worth.recall == pytest.approx(1.0 / 1.5)
    assert worth.false_positive_rate == pytest.approx(1.0 / 2.5)
    assert worth.positive_share == pytest.approx(1.5 / 4)


def test_what_nothing_can_be_said_of_is_nan() -> None:
    worth = Worth.of(np.zeros(3, bool), np.zeros(3, bool))
    assert math.isnan(worth.precision)
    assert math.isnan(worth.recall)
    assert worth.false_positive_rate == 0
    assert math.isnan(Worth.of(np.ones(2, bool), np.ones(2, bool)).false_positive_rate)
    assert math.isnan(Worth.of(np.empty(0), np.empty(0, bool)).positive_share)
