"""The gate of pairs: what each column is by itself does not count, what goes with what does."""

from typing import ClassVar

import numpy as np
import pandas as pd
import pytest
from numpy.random import Generator, Philox

from aug_assets import gates
from aug_assets.operators.base import numbers
from tests import builders
from tests.conformance.gates import GateConformance


def tied(rows: int, seed: int) -> pd.DataFrame:
    """Rows of one class in which a larger amount comes with a larger count and another kind."""
    made = builders.typed(rows, seed).assign(fraud=0)
    rank = made["amount"].rank(pct=True)
    kind = np.select([rank < 0.33, rank < 0.66], ["a", "b"], "c")
    made["kind"] = pd.Series(kind, dtype=made["kind"].dtype)
    made["count"] = (rank * 8).round().astype("Int64")
    return made


class TestConformance(GateConformance):
    gate = "pair_similarity"
    settings: ClassVar = {"blocking": True}
    row_level = False

    def real_rows(self) -> pd.DataFrame:
        return tied(400, seed=1)

    def clean(self) -> pd.DataFrame:
        return tied(200, seed=2)

    def defective(self) -> pd.DataFrame:
        rows = tied(300, seed=3)
        mixed = Generator(Philox(key=7)).permutation(len(rows))
        return rows.assign(amount=rows["amount"].to_numpy()[mixed])


def test_the_figure_is_the_mean_over_all_pairs_of_tables() -> None:
    suite = TestConformance()
    rows, real = suite.defective(), suite.real_rows()
    edges = {n: np.quantile(v[~np.isnan(v)], np.arange(1, 8) / 8) for n in ("amount", "count")
             for v in [numbers(real, (n,))[:, 0]]}  # fmt: skip

    def cells(frame: pd.DataFrame) -> pd.DataFrame:
        binned = {
            n: np.searchsorted(np.unique(e), numbers(frame, (n,))[:, 0], "right") for n, e in edges.items()
        }
        return pd.DataFrame({**binned, **{n: frame[n].astype(str).to_numpy() for n in ("kind", "flag")}})

    names, apart = ("amount", "count", "kind", "flag"), []
    for at, one in enumerate(names):
        for other in names[at + 1 :]:
            shares = [cells(f).value_counts([one, other], normalize=True) for f in (rows, real)]
            apart.append(shares[0].sub(shares[1], fill_value=0).abs().sum() / 2)
    assert suite.judge(rows).details["similarity (0)"] == pytest.approx(1 - np.mean(apart))


def test_chance_alone_rarely_fails_a_day() -> None:
    suite = TestConformance()
    assert all(suite.judge(tied(size, seed)).passed for size in (30, 150) for seed in range(5, 11))


def test_it_warns_unless_told_to_block() -> None:
    assert not gates.get("pair_similarity").Params().blocking
