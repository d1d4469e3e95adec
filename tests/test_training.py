"""Training: what arms see, where the threshold comes from, and which gate fails for what."""

import pickle
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from aug_assets import served, training, trial
from aug_assets.errors import ModelBrokenError, TooFewParentsError
from aug_assets.frames import to_table
from aug_assets.report.trial import curves
from aug_assets.rows import source_ids, to_hex
from aug_assets.spec import DatasetSpec
from aug_assets.training_gates import fairness, gates, slices, whole
from aug_assets.trial import CHALLENGER, CHAMPION, CONTROL, Trial, threshold
from tests import builders, tiny_models

SEEN: list[tuple[int, int]] = []


def watching(features: Any, rows: Any, positive: Any, weight: Any, seed: int) -> tiny_models.Line:
    SEEN.append((len(rows), int((rows["amount"] > 500).sum())))
    return tiny_models.linear(features, rows, positive, weight, seed)


def upside_down(features: Any, rows: Any, positive: Any, weight: Any, seed: int) -> tiny_models.Line:
    """Spoiled by synthetic rows, which all have large amounts."""
    return tiny_models.Line(-1.0 if (rows["amount"] > 500).any() else 1.0, seed)


def spec(learner: str = "watching", **more: Any) -> DatasetSpec:
    others = {name: more.pop(name) for name in list(more) if name == "holdout"}
    own = {"learner": f"{__name__}:{learner}", "seeds": 2, "window_days": 8, "min_positive": 20, **more}
    return builders.spec(training=own, **others)


def days(dataset: DatasetSpec, count: int = 6, synthetic: int = 20) -> dict[str, pa.Table]:
    """Published days: 120 real rows each, and synthetic ones with an amount above 500."""
    found = {}
    for number in range(1, count + 1):
        real = builders.frame(120, seed=number)
        real["amount"] = real["amount"].mask(real["fraud"] == 1, real["amount"] + 60)
        made = builders.frame(synthetic, seed=100 + number).assign(amount=900.0, fraud=1)
        made["note"] = real["note"].head(synthetic)
        parts = []
        for frame, flag in ((real, False), (made, True)):
            ids = to_hex(source_ids(dataset.id, [pa.array(frame["id"])], len(frame)))
            parts.append(to_table(frame, dataset, ids, synthetic=flag))
        found[f"2025-01-{number:02d}"] = pa.concat_tables(parts)
    return found


@pytest.fixture(autouse=True, scope="module")
def few_resamples():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(trial, "_TIMES", 40)
        yield


@pytest.fixture(scope="module")
def tried(few_resamples: None) -> Trial:
    dataset = spec(groups=["kind"], max_gap=0.9, min_positive=8)
    return training.trial(dataset, days(dataset), served.Served(tiny_models.Line(1.0, 9), 150.0, "1"))


def test_the_control_sees_no_synthetic_row_and_nobody_the_holdout() -> None:
    SEEN.clear()
    dataset = spec()
    found = training.trial(dataset, days(dataset))
    assert SEEN == [(4 * 140, 4 * 20)] * 2 + [(4 * 120, 0)] * 2
    assert len(found.positive) == 2 * 120
    assert found.rows["amount"].max() < 500
    assert found.train_rows == (480, 80)
    assert CHAMPION not in found.scores


def test_young_days_are_trained_on_where_a_label_has_come_and_never_held_out() -> None:
    SEEN.clear()
    columns = {**builders.COLUMNS, "fraud": {"type": "int64", "values": [0, 1], "nullable": True}}
    dataset = builders.spec(
        training={"learner": f"{__name__}:watching", "seeds": 2, "window_days": 8, "min_positive": 20},
        columns=columns,
    )
    known = days(dataset)
    young = known.pop("2025-01-06")
    at, labels = young.column_names.index("fraud"), young["fraud"].to_pylist()
    half = pa.array([label if n % 2 else None for n, label in enumerate(labels)], pa.int64())
    found = training.trial(dataset, known, young={"2025-01-06": young.set_column(at, "fraud", half)})
    assert SEEN == [(3 * 140 + 70, 3 * 20 + 10)] * 2 + [(3 * 120 + 60, 0)] * 2
    assert len(found.positive) == 2 * 120


def test_synthetic_rows_of_a_key_that_is_held_out_are_not_trained_on() -> None:
    dataset = spec(holdout={"by": "note", "share": 0.3})
    SEEN.clear()
    published = days(dataset)
    training.trial(dataset, published)
    kept = sum(
        int((~dataset.holdout.held(t.column("note").to_pandas()))[t.column("is_synthetic").to_numpy()].sum())
        for t in published.values()
    )
    assert SEEN[0][1] == kept < 6 * 20


def test_the_threshold_lets_as_many_false_alarms_through_as_allowed() -> None:
    positive = np.array([True] * 5 + [False] * 100)
    scores = np.concatenate([np.full(5, 50.0), np.arange(100.0)])
    at = threshold(positive, scores, 0.1)
    assert (scores[5:] >= at).sum() == 10
    assert (np.zeros(105) >= threshold(positive, np.zeros(105), 0.1)).sum() == 0  # equal scores fall together
    assert (scores[5:] >= threshold(positive, scores, 0.001)).sum() == 0


def test_the_threshold_is_from_real_rows_and_goes_with_the_model(tried: Trial) -> None:
    legit = tried.scores[CHALLENGER][0][~tried.positive]
    assert (legit >= tried.model.threshold).mean() <= 0.01
    assert tried.model.threshold == tried.thresholds[CHALLENGER]
    data = served.packed(tried.model)
    again = served.unpacked(data, served.digest(data))
    assert again == tried.model
    assert again.predict(tried.rows)["alarm"].sum() == tried.alarms(CHALLENGER).sum()


def test_arms_are_compared_in_pairs_on_the_same_rows(tried: Trial) -> None:
    assert set(tried.scores) == {CHALLENGER, CONTROL, CHAMPION}
    assert {one.shape for one in tried.scores.values()} == {(2, 240)}
    seen = tried.over(CONTROL)
    assert seen.low <= seen.value <= seen.high
    assert abs(seen.value) < 0.01  # both learned the same line
    assert [gate.gate for gate in gates(tried)] == ["holdout", "over_control", "over_champion", "fairness"]
    assert all(gate.passed for gate in gates(tried))
    assert "<svg" in curves(tried)


def test_groups_are_shown_with_figures_of_each_arm(tried: Trial) -> None:
    told = slices(tried)
    assert set(told["value"]) == {"a", "b", "c", "missing"}
    assert told["rows"].sum() == 240
    assert {f"{arm}_recall" for arm in tried.scores} < set(told.columns)
    assert set(whole(tried)) == {
        f"{arm}_{what}" for arm in tried.scores for what in ("recall", "false_alarms")
    }
    gap = fairness(tried)["kind"]
    fit = told[told["positive"] >= 8][f"{CHALLENGER}_recall"]
    assert gap == pytest.approx(fit.max() - fit.min())
    assert gap > 0


def test_each_gate_fails_for_its_reason() -> None:
    spoiled = spec("upside_down", min_positive=1000, groups=["kind"], max_gap=0.1)
    found = training.trial(spoiled, days(spoiled), served.Served(tiny_models.Line(1.0), 150.0, "1"))
    told = {gate.gate: gate for gate in gates(found)}
    assert not any(gate.passed for gate in told.values())
    assert told["over_control"].value < -0.3
    assert "60 positive of 240 real rows" in told["holdout"].told
    assert "nothing can be judged" in told["fairness"].told


def test_too_little_to_judge_by_is_an_error() -> None:
    dataset = spec()
    with pytest.raises(TooFewParentsError, match="too few"):
        training.trial(dataset, days(dataset, count=3))
    one = {day: rows.filter(pa.compute.equal(rows["fraud"], 0)) for day, rows in days(dataset).items()}
    with pytest.raises(TooFewParentsError, match="both classes"):
        training.trial(dataset, one)


def test_a_learner_that_is_not_there_or_cannot_be_stored_is_told() -> None:
    dataset = spec("nobody")
    with pytest.raises(ModelBrokenError, match="nobody"):
        training.trial(dataset, days(dataset))
    own = builders.spec(training={"learner": "tests.tiny_models:closure", "seeds": 2, "window_days": 8})
    with pytest.raises(ModelBrokenError, match="cannot be stored"):
        served.packed(training.trial(own, days(own)).model)


def test_a_stored_model_is_checked_before_it_runs() -> None:
    data = served.packed(served.Served(tiny_models.Line(1.0), 1.0, "1"))
    with pytest.raises(ModelBrokenError, match="not the one that was trained"):
        served.unpacked(data, "0" * 64)
    for other in (b"no pickle", pickle.dumps("no model")):
        with pytest.raises(ModelBrokenError, match="cannot be loaded"):
            served.unpacked(other, served.digest(other))
    with pytest.raises(ModelBrokenError, match="scores that are none"):
        served.Served(tiny_models.NoNumber(), 1.0, "1").scores(builders.frame(4))


def test_the_built_in_learner_can_be_stored() -> None:
    dataset = builders.spec(training={"seeds": 2, "window_days": 8})
    assert training.learner_of(dataset)[1].__name__ == "boosted"
