"""What the tests of generators share: rows whose columns are tied, and what `given` means to all of them."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.random import Generator, Philox

from aug_assets import operators
from aug_assets.keys import row_keys, step_key
from aug_assets.operators.base import Columns, Drawn
from tests import builders

COLUMNS = Columns(("x", "y", "fee"), ("kind", "place"), {"fee": 2}, {})


def tied(count: int = 300, seed: int = 1) -> pd.DataFrame:
    """Rows in which y follows x, x follows kind, and place is null for half of kind c alone."""
    rng = Generator(Philox(key=seed))
    kind = rng.choice(3, count, p=[0.5, 0.3, 0.2])
    x = rng.normal(0, 1, count) + 4 * kind
    made = pd.DataFrame(
        {
            "x": x,
            "y": np.where((kind == 1) & (rng.random(count) < 0.3), np.nan, 2 * x + rng.normal(0, 0.5, count)),
            "fee": rng.choice([0.0, 0.0, 2.5, 9.99], count),
            "kind": pd.Series(np.array(["a", "b", "c"])[kind], dtype="string"),
            "place": pd.Series(rng.choice(["here", "there"], count), dtype="string"),
            "time": pd.date_range("2025-01-01", periods=count, freq="h", tz="UTC"),
        }
    )
    return made.assign(place=made["place"].mask((made["kind"] == "c") & (rng.random(count) < 0.5)))


def draw(name: str, parents: pd.DataFrame, copies: int = 10, **params: Any) -> Drawn:
    """``copies`` rows of every parent."""
    cls = operators.get(name)
    step = cls.Params.model_validate({"operator": name, **params})
    parent = np.repeat(np.arange(len(parents)), copies)
    copy = np.tile(np.arange(copies, dtype=np.int32), len(parents))
    keys = row_keys(step_key("lab/small", builders.DAY, name), builders.row_ids(len(parents)), parent, copy)
    state = cls.fit(parents, COLUMNS, step)
    return cls.draw(state, step, keys, parents.iloc[parent].reset_index(drop=True))


def copied(made: pd.DataFrame, parents: pd.DataFrame) -> int:
    """How many rows have all the values of some parent."""
    names = [*COLUMNS.numeric, *COLUMNS.categorical]
    known = set(map(str, parents[names].to_numpy(object).tolist()))
    return sum(str(row) in known for row in made[names].to_numpy(object).tolist())


class Given:
    """What ``given`` means, for all generators; a subclass names its operator."""

    operator: str
    mean_tolerance = 0.35  # of x, where kind is fixed
    least_tied = 0.5  # share of kind c among rows without a place

    def made(self, parents: pd.DataFrame, **given: Any) -> pd.DataFrame:
        return draw(self.operator, parents, given=given).rows

    def test_a_fixed_category_and_what_follows_from_it(self) -> None:
        parents = tied()
        for kind in ("a", "c"):
            made = self.made(parents, kind=kind)
            assert (made["kind"] == kind).all()
            own = parents[parents["kind"] == kind]
            assert abs(made["x"].mean() - own["x"].mean()) < self.mean_tolerance
            assert abs(made["y"].mean() - own["y"].mean()) < 2 * self.mean_tolerance

    def test_a_fixed_null(self) -> None:
        made = self.made(tied(), place=None)
        assert made["place"].isna().all()
        assert (made["kind"] == "c").mean() > self.least_tied  # a fifth of the rows, but only they have nulls

    def test_a_fixed_number_and_what_follows_from_it(self) -> None:
        parents = tied()
        value = float(parents["x"].sort_values().iloc[60])
        made = self.made(parents, x=value)
        assert (made["x"] == value).all()
        assert abs(made["y"].mean() - 2 * value) < 2 * self.mean_tolerance

    def test_all_columns_fixed(self) -> None:
        row = tied()[[*COLUMNS.numeric, *COLUMNS.categorical]].iloc[0].to_dict()
        made = self.made(tied(), **row)
        assert (made[list(row)] == pd.Series(row)).all().all()

    def test_rows_of_any_chunk_are_the_same(self) -> None:
        cls = operators.get(self.operator)
        step = cls.Params.model_validate({"operator": self.operator, "given": {"kind": "b"}})
        parents = tied(60)
        state = cls.fit(parents, COLUMNS, step)
        parent, copy = np.arange(60), np.zeros(60, np.int32)
        keys = row_keys(step_key("lab/small", builders.DAY, "g"), builders.row_ids(60), parent, copy)
        whole = cls.draw_arrays(state, step, keys)
        parts = [cls.draw_arrays(state, step, keys[k : k + 7]) for k in range(0, 60, 7)]
        np.testing.assert_array_equal(whole.numbers, np.concatenate([p.numbers for p in parts]))
        np.testing.assert_array_equal(whole.codes, np.concatenate([p.codes for p in parts]))
        np.testing.assert_array_equal(whole.parents, np.concatenate([p.parents for p in parts]))
