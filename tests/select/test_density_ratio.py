"""Copies lean toward what is common lately, within bounds, and stay as they are where nothing has moved."""

import numpy as np
import pyarrow as pa
import pytest

from aug_assets import recipe
from aug_assets.frames import to_frame
from aug_assets.recorded import Recorded
from aug_assets.select import Beside, density_ratio, shares
from aug_assets.spec import DatasetSpec
from aug_assets.spec_policy import DensityRatio
from tests import builders
from tests.select import shifting

TODAY, LATER, MANY_DEAR = shifting.rows(0.1, 1), shifting.rows(0.1, 2), shifting.rows(0.5, 3)


def leaning(toward: str, **settings: object) -> DatasetSpec:
    return shifting.spec("density_ratio", density_ratio={"toward": toward, **settings})


def dear_share(spec: DatasetSpec, rows: pa.Table, beside: Beside) -> float:
    """Share of the copies' weight that dear rows get."""
    found, _ = shares.weighed(spec, rows, beside)
    weight = shares.of_branch(found, spec.recipe[0], rows["row_id"].combine_chunks())
    dear = to_frame(rows, spec)["amount"].to_numpy() > 200
    return float(weight[dear].sum() / weight.sum())


def test_copies_lean_toward_the_newest_days() -> None:
    leant = dear_share(leaning("newest"), TODAY, Beside(after=MANY_DEAR))
    plain = float((to_frame(TODAY, builders.spec())["amount"] > 200).mean())
    assert plain < 0.15
    assert 0.35 < leant < 0.6


def test_copies_lean_toward_what_is_new_on_the_day() -> None:
    assert dear_share(leaning("day"), MANY_DEAR, Beside(before=TODAY)) > 0.75
    assert dear_share(leaning("day"), TODAY, Beside(before=MANY_DEAR)) < 0.05


def test_the_other_side_is_not_looked_at() -> None:
    plain = float((to_frame(TODAY, builders.spec())["amount"] > 200).mean())
    assert dear_share(leaning("newest"), TODAY, Beside(before=MANY_DEAR)) == pytest.approx(plain)


def test_days_alike_weigh_their_rows_nearly_alike() -> None:
    _, told = shares.weighed(leaning("newest"), TODAY, Beside(after=LATER))
    assert told["more"]["effective_share"] > 0.85


def test_too_few_rows_are_weighed_alike_and_it_is_said() -> None:
    found, told = shares.weighed(leaning("newest"), TODAY, Beside(after=MANY_DEAR.slice(0, 20)))
    assert set(found["weight"].to_pylist()) == {1.0}
    assert "20 rows" in told["more"]["even"]


def test_a_column_that_is_ignored_for_drift_moves_nothing() -> None:
    spec = shifting.spec(
        "density_ratio", density_ratio={"toward": "newest"}, drift={"ignore": ["amount", "kind"]}
    )
    assert dear_share(spec, TODAY, Beside(after=MANY_DEAR)) < 0.15


@pytest.mark.parametrize("least", [0.1, 0.5, 0.9])
def test_weights_are_flattened_until_enough_rows_count(least: float) -> None:
    ratio = np.exp(np.linspace(-6, 6, 500))
    weight, told = density_ratio.bounded(ratio, DensityRatio(least_effective=least, clip=1000))
    assert density_ratio.effective(weight) >= least
    assert density_ratio.effective(weight) == pytest.approx(told["effective_share"], abs=1e-3)
    assert weight.mean() == pytest.approx(1)
    assert (np.diff(weight) >= 0).all()


def test_weights_are_clipped() -> None:
    ratio = np.r_[np.ones(999), 1e6]
    weight, told = density_ratio.bounded(ratio, DensityRatio(least_effective=0.01, clip=5))
    assert told["share_at_the_largest"] == 0.001
    assert np.argmax(weight) == 999
    assert np.isfinite(weight).all()


def test_rows_of_the_holdout_get_no_share() -> None:
    spec = shifting.spec("density_ratio", holdout={"by": "note", "share": 0.5})
    held = spec.holdout.held(to_frame(TODAY, spec)["note"])
    found, _ = shares.weighed(spec, TODAY, Beside(before=MANY_DEAR))
    lost = {row for row, gone in zip(TODAY["row_id"].to_pylist(), held, strict=True) if gone}
    assert 100 < len(lost) < 300
    assert not lost & set(found["row_id"].to_pylist())
    assert len(found) == len(TODAY) - len(lost)


# --- what copies become ------------------------------------------------------------------------------------
def test_copies_keep_the_grid_and_the_label_of_their_parents() -> None:
    spec = leaning("newest")
    found, _ = shares.weighed(spec, TODAY, Beside(after=MANY_DEAR))
    plan = recipe.plan(spec, builders.DAY, TODAY, recorded=Recorded(shares=found))
    made = recipe.make(plan, 0, 0, plan.rows)
    frame, real = to_frame(made.rows, spec), to_frame(TODAY, spec)
    parents = dict(zip(TODAY["row_id"].to_pylist(), real["fraud"], strict=True))
    told = [row[0] for row in made.told["parents"].to_pylist()]
    assert frame["fraud"].to_list() == [parents[one] for one in told]
    assert (frame["amount"] == frame["amount"].round(2)).all()
    assert frame["amount"].between(0, 1000).all()
    assert frame["count"].between(0, 50).all()


def test_the_plan_takes_what_was_stored_and_nothing_else() -> None:
    spec = leaning("newest")
    stored, _ = shares.weighed(spec, TODAY, Beside(after=MANY_DEAR))
    one = recipe.plan(spec, builders.DAY, TODAY, recorded=Recorded(shares=stored)).branches[0]
    again = recipe.plan(spec, builders.DAY, TODAY, recorded=Recorded(shares=stored)).branches[0]
    other = recipe.plan(spec, builders.DAY, TODAY).branches[0]  # as a preview, which sees no other day
    np.testing.assert_array_equal(one.parent, again.parent)
    assert not np.array_equal(one.parent, other.parent)
    assert np.ptp(np.bincount(other.parent)) == 0
