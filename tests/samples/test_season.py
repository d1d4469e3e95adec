"""Invented payments with a season: the same for a seed, days before the onset too; later ones change."""

import pandas as pd
import pytest

from aug_assets.samples.season import Season

ROWS, ONSET = 3000, 3


def days(strength: float, seed: int = 0, count: int = 6) -> list[pd.DataFrame]:
    return list(Season(seed, ROWS, ONSET, strength).days(count))


@pytest.fixture(scope="module")
def quiet() -> list[pd.DataFrame]:
    return days(0.0)


def test_a_seed_gives_the_same_days_and_another_gives_others(quiet: list[pd.DataFrame]) -> None:
    for one, other in zip(quiet, days(0.0), strict=True):
        pd.testing.assert_frame_equal(one, other)
    assert not quiet[0]["amount"].head(50).equals(days(0.0, seed=1, count=1)[0]["amount"].head(50))


def test_days_before_the_season_know_nothing_of_it(quiet: list[pd.DataFrame]) -> None:
    for one, other in zip(quiet[:ONSET], days(1.0)[:ONSET], strict=True):
        pd.testing.assert_frame_equal(one, other)


def test_the_season_makes_honest_people_spend_otherwise_and_comes_by_halves(
    quiet: list[pd.DataFrame],
) -> None:
    loud = days(1.0)

    def gifts(frame: pd.DataFrame) -> float:
        return float((frame.loc[frame["is_fraud"] == 0, "category"] == "gifts").mean())

    rises = [gifts(loud[n]) - gifts(quiet[n]) for n in (ONSET, ONSET + 1)]
    assert 0.01 < rises[0] < rises[1]


def test_fraud_stays_rare_and_windows_follow_from_what_was_drawn(quiet: list[pd.DataFrame]) -> None:
    for frame in quiet:
        assert 0.003 < frame["is_fraud"].mean() < 0.03
        assert frame["id"].is_unique
        assert (frame.groupby("customer")["tx_today"].max() == frame.groupby("customer").size()).all()
    counts = pd.concat(quiet[:5])["customer"].value_counts()
    mine = quiet[5].drop_duplicates("customer").set_index("customer")["tx_7d"]
    known = mine.index.intersection(counts.index)
    assert (mine[known] >= counts[known]).all()  # the two days before the first are counted as well
