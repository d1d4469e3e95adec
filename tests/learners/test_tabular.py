"""The tabular learner: what it reads, that it learns, and that it is the same each time."""

import numpy as np
import pytest

from aug_assets.errors import TooFewParentsError
from aug_assets.learners import tabular
from tests import builders


def test_it_reads_what_the_event_has_and_neither_ids_nor_text() -> None:
    columns = {
        **builders.COLUMNS,
        "customer": {"type": "int64", "synthesize": False},
        "weekend": {"type": "int64", "values": [0, 1], "synthesize": False},
        "at": {"type": "timestamp"},
        "group": {"type": "int64"},
    }
    spec = builders.spec(columns=columns, holdout={"by": "group"})
    assert tabular.features(spec) == tabular.Features(("amount", "count", "weekend"), ("kind", "flag"))


def learned(seed: int = 0, **more):
    rows = builders.typed(200)
    positive = (rows["amount"] > 60).to_numpy() & (rows["kind"] == "a").fillna(value=False).to_numpy(bool)
    features = tabular.features(builders.spec())
    return tabular.boosted(features, rows, positive, seed=seed, **more), rows, positive


def test_it_learns_from_numbers_and_categories_and_is_the_same_again() -> None:
    score, rows, positive = learned()
    scores = score(rows)
    assert scores[positive].min() > scores[~positive].max()
    assert np.array_equal(scores, learned()[0](rows))
    assert not np.array_equal(scores, learned(seed=1)[0](rows))


def test_weights_count() -> None:
    weight = np.where(learned()[2], 50.0, 1.0)
    unseen = builders.typed(200, seed=2)
    assert learned(weight=weight)[0](unseen).mean() > learned()[0](unseen).mean()


def test_nulls_and_categories_never_seen_are_scored_and_no_rows_are_no_scores() -> None:
    score, rows, _ = learned()
    odd = rows.head(3).assign(kind="zzz", count=None)
    odd["count"] = odd["count"].astype(rows["count"].dtype)
    odd["kind"] = odd["kind"].astype(rows["kind"].dtype)
    assert np.isfinite(score(odd)).all()
    assert len(score(rows.head(0))) == 0


def test_one_class_is_refused() -> None:
    rows = builders.typed(20)
    with pytest.raises(TooFewParentsError, match="both classes"):
        tabular.boosted(tabular.features(builders.spec()), rows, np.zeros(20, bool))
