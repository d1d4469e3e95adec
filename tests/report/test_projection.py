"""The plane: the same for the same rows, decided by real rows, and absent where there is none."""

import numpy as np
import pandas as pd
from numpy.random import Generator, Philox

from aug_assets.operators.base import Columns
from aug_assets.report.projection import projection

COLUMNS = Columns(("x", "y"), ("c",), {}, {})


def rows(count: int = 60, seed: int = 1, shift: float = 0.0) -> pd.DataFrame:
    rng = Generator(Philox(key=seed))
    x = rng.normal(shift, 1.0, count)
    c = pd.Series(rng.choice(["a", "b"], count)).mask(rng.random(count) < 0.1)
    return pd.DataFrame({"x": x, "y": 2 * x + rng.normal(0, 0.1, count), "c": c})


def test_groups_that_lie_apart_do_so_on_the_plane() -> None:
    found = projection({"far": rows(seed=1), "near": rows(seed=2, shift=6.0)}, ("far", "near"), COLUMNS)
    assert found is not None
    middles = [points[:, 0].mean() for points in found.points.values()]
    assert abs(middles[0] - middles[1]) > 1
    assert found.shares[0] > 0.5
    assert found.rows == {"far": 60, "near": 60}


def test_made_rows_do_not_decide_the_plane() -> None:
    groups = {"real": rows(), "made": rows(seed=2)}
    plain = projection(groups, ("real",), COLUMNS)
    moved = projection(groups | {"made": rows(seed=2, shift=50.0)}, ("real",), COLUMNS)
    assert plain is not None
    assert moved is not None
    np.testing.assert_allclose(plain.points["real"], moved.points["real"], atol=1e-9)


def test_the_sign_is_fixed() -> None:
    one = projection({"real": rows()}, ("real",), COLUMNS)
    other = projection({"real": rows().iloc[::-1]}, ("real",), COLUMNS)
    assert one is not None
    assert other is not None
    np.testing.assert_allclose(one.points["real"], other.points["real"][::-1], atol=1e-9)


def test_without_numbers_without_categories_or_without_values() -> None:
    for columns in (Columns(("x", "y"), (), {}, {}), Columns((), ("c",), {}, {})):
        assert projection({"real": rows()}, ("real",), columns) is not None
    dull = rows().assign(x=1.0, y=np.nan, c="a")
    assert projection({"real": dull}, ("real",), COLUMNS) is None
    assert projection({"made": rows()}, ("real",), COLUMNS) is None
    assert projection({"real": rows().assign(x=np.inf)}, ("real",), COLUMNS) is not None
