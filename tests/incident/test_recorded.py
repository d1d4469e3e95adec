"""A world from a file: its days as they were, a season put on honest rows, and what is wrong with a file."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.random import Generator, Philox

from aug_assets.errors import SourceError
from aug_assets.incident.recorded import recorded
from aug_assets.incident.span import DAYS
from aug_assets.incident.world import LABEL


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    rng, size = Generator(Philox(key=1)), 90 * 60
    frame = pd.DataFrame({
        "TRANSACTION_ID": np.arange(size),
        "TX_DATETIME": pd.Timestamp("2024-04-01") + pd.to_timedelta(np.arange(size) // 60, unit="D"),
        "CUSTOMER_ID": rng.integers(0, 40, size), "TX_AMOUNT": rng.gamma(2, 30, size).round(2),
        "TX_FRAUD": (rng.random(size) < 0.05).astype(int), "NB_TX": rng.integers(0, 9, size),
        "AVG_AMOUNT_7DAY": rng.gamma(2, 30, size), "TERMINAL_ID": 7, "NOTE": "text",
    })  # fmt: skip
    path = tmp_path_factory.mktemp("payments") / "payments.parquet"
    frame.to_parquet(path)
    return path


def test_days_before_the_season_are_the_files_and_then_honest_rows_cost_more(file: Path) -> None:
    world = recorded(str(file), 0, "/nowhere", strength=1.0)
    assert len(world.days) == DAYS.last + 1
    assert len(world.days[0]) == 60
    assert world.days[0]["id"].iloc[0] == str(30 * 60)
    for day, quiet in zip(world.days[DAYS.onset :], world.quiet, strict=True):
        ratio = (day["amount"] / quiet["amount"]).where(day["amount"] != quiet["amount"])
        assert ratio.notna().any()
        assert (day.loc[ratio.notna(), LABEL] == 0).all()
    late = (world.days[-1]["amount"] / world.quiet[-1]["amount"]).max()
    assert late == pytest.approx(1.4, abs=0.01)
    assert set(world.columns) == {"id", "customer", "amount", "nb_tx", "avg_amount_7day", LABEL}
    assert world.stored(0).num_rows == 60


def test_seeds_are_other_days(file: Path) -> None:
    first, second = (recorded(str(file), seed, "/nowhere").days[0]["id"].iloc[0] for seed in (0, 1))
    assert int(second) == int(first) + 16 * 60


def test_a_file_that_is_too_short_for_a_seed_is_refused(file: Path) -> None:
    with pytest.raises(SourceError, match="too few days"):
        recorded(str(file), 9, "/nowhere")


def test_a_file_without_a_column_or_that_is_none_is_refused(tmp_path: Path, file: Path) -> None:
    pd.read_parquet(file).drop(columns="TX_FRAUD").to_parquet(tmp_path / "less.parquet")
    (tmp_path / "none.parquet").write_text("no")
    with pytest.raises(SourceError, match="TX_FRAUD"):
        recorded(str(tmp_path / "less.parquet"), 0, "/nowhere")
    for name in ("none.parquet", "missing.parquet"):
        with pytest.raises(SourceError, match="cannot be read"):
            recorded(str(tmp_path / name), 0, "/nowhere")
