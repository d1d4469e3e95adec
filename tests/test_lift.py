"""A proof of benefit: figures that are right, arms that are fair, and a verdict that follows from them."""

from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from sklearn.metrics import average_precision_score, roc_auc_score

from aug_assets import lift, lift_arms, lift_figures, lift_split, lift_work
from aug_assets.errors import SpecError, TooFewParentsError
from aug_assets.lift_figures import Ranked
from aug_assets.rows import ROW_ID
from tests import builders

DAYS = ("2025-01-02", "2025-01-03")


def days(rows: int = 120, names=DAYS) -> dict[str, pa.Table]:
    return {day: builders.table(rows, seed=number) for number, day in enumerate(names, start=1)}


def ids(rows: pa.Table) -> set[str]:
    return set(rows.column(ROW_ID).to_pylist())


def scored(rows: int = 400) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.Generator(np.random.Philox(key=3))
    positive = rng.random(rows) < 0.2
    return positive, np.round(rng.random(rows) + 0.4 * positive, 1)  # many rows of equal score


def test_figures_are_those_of_scikit_learn_also_among_equal_scores() -> None:
    positive, scores = scored()
    found = Ranked.of(positive, scores).figures()
    assert found.average_precision == pytest.approx(average_precision_score(positive, scores))
    assert found.roc_auc == pytest.approx(roc_auc_score(positive, scores))


def test_a_resample_counts_rows_as_weights_would() -> None:
    positive, scores = scored()
    count = lift_figures._poisson(7, len(positive))
    wanted = average_precision_score(positive, scores, sample_weight=count)
    assert Ranked.of(positive, scores).average_precision(count) == pytest.approx(wanted)


def test_resamples_are_of_mean_and_variance_one_and_never_change() -> None:
    count = lift_figures._poisson(1, 50_001)
    assert count.mean() == pytest.approx(1, abs=0.02)
    assert count.var() == pytest.approx(1, abs=0.05)
    assert np.array_equal(count[:100], lift_figures._poisson(1, 100))
    assert not np.array_equal(count[:100], lift_figures._poisson(2, 100))


def test_recall_at_few_false_alarms_is_read_below_the_limit() -> None:
    positive = np.zeros(1000, bool)
    positive[[0, 1, 40]] = True
    scores = np.arange(1000, 0, -1.0)
    assert Ranked.of(positive, scores).figures().recall_at_1pct_fpr == pytest.approx(2 / 3)


def test_an_interval_covers_no_difference_for_equal_arms_and_excludes_it_for_a_clear_one() -> None:
    positive, scores = scored(2000)
    better = scores + 0.5 * positive
    arms = {"same": np.stack([scores] * 3), "better": np.stack([better] * 3)}
    ap = lift_figures.resampled(positive, arms, 100)
    flat = np.ones(3)
    same = lift_figures.over(ap["same"], ap["same"], (flat, flat))
    clear = lift_figures.over(ap["better"], ap["same"], (2 * flat, flat))
    assert same == (0, 0, 0)
    assert 0 < clear.low < clear.high


# --- what is held out ------------------------------------------------------------------------------------
def test_a_declared_holdout_is_held_by_entity_in_the_window_and_later() -> None:
    spec = builders.spec(holdout={"by": "note", "share": 0.4})
    later = {"2025-01-09": builders.table(120, seed=9)}
    parts = lift_split.split(spec, days(), later)
    held = spec.holdout.held(parts.holdout.column("note").to_pandas())
    assert held.all()
    assert not any(spec.holdout.held(rows.column("note").to_pandas()).any() for rows in parts.days.values())
    assert ids(parts.holdout) & ids(later["2025-01-09"])


def test_without_one_later_days_are_held_or_the_end_of_a_long_window_or_rows_by_id() -> None:
    spec = builders.spec()
    later = {"2025-01-09": builders.table(40, seed=9)}
    assert ids(lift_split.split(spec, days(), later).holdout) == ids(later["2025-01-09"])
    long = days(40, [f"2025-01-0{n}" for n in range(2, 7)])
    assert sorted(lift_split.split(spec, long).days) == [f"2025-01-0{n}" for n in range(2, 5)]
    short = lift_split.split(spec, days())
    trained = set().union(*map(ids, short.days.values()))
    assert not trained & ids(short.holdout)
    assert 0.2 < len(short.holdout) / 240 < 0.4
    assert ids(lift_split.split(spec, days()).holdout) == ids(short.holdout)


# --- the arms --------------------------------------------------------------------------------------------
def test_a_draw_follows_from_ids_and_seed_alone() -> None:
    whole = days()
    shuffled = {day: rows.take(np.arange(len(rows))[::-1]) for day, rows in whole.items()}
    first = lift_arms.drawn(whole, 0, 0.8)
    assert {d: ids(r) for d, r in first.items()} == {
        d: ids(r) for d, r in lift_arms.drawn(shuffled, 0, 0.8).items()
    }
    assert {d: ids(r) for d, r in first.items()} != {
        d: ids(r) for d, r in lift_arms.drawn(whole, 1, 0.8).items()
    }


def test_duplicates_are_the_parents_of_the_rows_made_as_often() -> None:
    spec = builders.spec()
    made = lift_arms.make(spec, days())
    parents = pd.Series(made.parents.column(ROW_ID).to_pylist()).value_counts()
    real = pa.concat_tables(days().values())
    assert len(made.rows) == len(made.parents) == 2 * pc.sum(real.column("fraud")).as_py()
    assert set(parents) == {2}
    assert set(parents.index) <= ids(real)
    assert pc.all(pc.equal(made.parents.column("fraud"), 1)).as_py()


def test_rows_that_break_a_rule_or_that_a_filter_refuses_are_left_out_with_their_duplicates() -> None:
    plain = builders.spec()
    whole = lift_arms.make(plain, days())
    limit = float(np.median(whole.rows.column("amount").to_pandas()))
    ruled = lift_arms.make(builders.spec(rules=[f"amount <= {limit}"]), days())
    assert pc.max(ruled.rows.column("amount")).as_py() <= limit
    assert len(ruled.rows) == len(ruled.parents) == len(whole.rows) - ruled.refused < len(whole.rows)


def test_folds_hold_rows_of_both_classes_each() -> None:
    spec, real = builders.spec(), builders.table(120)
    fold = lift_arms.folds(spec, real, 1, 3)
    positive = real.column("fraud").to_numpy() == 1
    assert [int((positive & (fold == n)).sum()) for n in range(3)] == [10, 10, 10]
    assert [int((fold == n).sum()) for n in range(3)] == [40, 40, 40]


def test_an_under_bag_has_all_positive_rows_and_every_row_made() -> None:
    spec, real = builders.spec(), builders.table(400)
    made = lift_arms.make(spec, {builders.DAY: real}).rows
    bags = lift_arms.underbags(spec, real, made, 1)
    assert len(bags) == 10
    for one in bags:
        assert one.positive.sum() == 100 + len(made)
        assert (~one.positive).sum() < 200


def test_a_class_that_the_recipe_does_not_name_is_the_rarest() -> None:
    spec = builders.spec(recipe=[builders.branch(label_value=None)])
    assert lift_arms.positive_class(spec, days()) == 1
    only = {d: r.filter(pc.equal(r.column("fraud"), 0)) for d, r in days().items()}
    with pytest.raises(SpecError, match="one class only"):
        lift_arms.positive_class(spec, only)


# --- the verdict -----------------------------------------------------------------------------------------
def planted(when: float, otherwise: float):
    """A learner that ranks well by so much where it saw synthetic rows, and by so much where it did not."""

    def learner(features, rows, positive, weight=None, seed=0):
        skill = when if rows["id"].str.startswith("syn-").any() else otherwise

        def score(unseen):
            noise = np.random.Generator(np.random.Philox(key=seed)).random(len(unseen))
            return noise + skill * (unseen["fraud"] == 1).to_numpy()

        return score

    return learner


def measured(learner, **more) -> lift.Proof:
    spec = builders.spec()
    return lift.measure(
        spec, lift_split.split(spec, days(400)), seeds=3, times=60, **{"learner": learner, **more}
    )


def test_rows_that_help_are_seen_to_help() -> None:
    proof = measured(planted(1.0, 0.1))
    record = proof.record(datetime(2025, 1, 1, tzinfo=UTC))
    assert record["lift_low"] > 0
    assert record["over_duplicate_low"] > 0
    assert record["wins"] == record["seeds"] == 3
    assert record["recipe_digest"] == builders.spec().recipe_digest
    assert record["holdout_positive"] == int(proof.positive.sum())
    assert proof.table().set_index("arm").loc["recipe", "synthetic"] > 0


def test_rows_that_harm_are_seen_to_harm() -> None:
    record = measured(planted(0.0, 0.8)).record(datetime(2025, 1, 1, tzinfo=UTC))
    assert record["lift_high"] < 0
    assert record["wins"] == 0


def test_the_baseline_is_the_best_that_needs_no_synthetic_row() -> None:
    proof = measured(planted(0.1, 0.8))
    best = max(lift.BASELINES, key=lambda arm: proof.precision(arm).mean())
    assert proof.baseline == best
    assert proof.over(proof.baseline, proof.baseline) == (0, 0, 0)


def test_arms_of_a_seed_see_the_same_draw_and_the_weight_never_sees_the_holdout() -> None:
    seen: list[set[str]] = []
    held: set[str] = set(lift_split.split(builders.spec(), days(400)).holdout.column("id").to_pylist())

    def learner(features, rows, positive, weight=None, seed=0):
        seen.append({i for i in rows["id"] if not i.startswith("syn-")})
        return lambda unseen: np.zeros(len(unseen))

    proof = measured(learner, variants={"again": builders.spec()})
    assert not any(part & held for part in seen)
    assert set(proof.scores) == {*lift.BASELINES, lift_work.RECIPE, lift_work.BAGGED, "again"}
    whole = max(map(len, seen[: len(seen) // 3]))
    assert sum(len(part) == whole for part in seen[: len(seen) // 3]) == 5  # of the arms with all rows


def test_a_measurement_that_could_tell_nothing_is_refused() -> None:
    spec = builders.spec()
    with pytest.raises(SpecError, match="no spread"):
        lift.measure(spec, lift_split.split(spec, days()), seeds=1)
    parts = lift_split.split(spec, days())
    empty = lift_split.Split(
        parts.days, parts.holdout.filter(pc.equal(parts.holdout.column("fraud"), 0)), "none"
    )
    with pytest.raises(TooFewParentsError, match="both classes"):
        lift.measure(spec, empty)
