"""The small model of texts."""

import numpy as np
import pandas as pd
import pytest

from aug_assets.errors import TooFewParentsError
from aug_assets.learners.text import linear_text

WORDS = [(verb, thing) for verb in ("block", "cancel") for thing in ("card", "order")]
TEXTS = [f"{verb} my {thing} {n}" for n in range(6) for verb, thing in WORDS]
ROWS = pd.DataFrame({"query": TEXTS, "more": pd.Series([None] * 24, dtype="string")})
LOST = np.array(["card" in text for text in TEXTS])


def test_it_learns_words_and_scores_unseen_texts() -> None:
    score = linear_text(("query",), ROWS, LOST)
    unseen = pd.DataFrame({"query": ["please block this card", "where is the order", ""]})
    found = score(unseen)
    assert found[0] > found[2] > found[1]
    assert len(score(unseen.iloc[:0])) == 0
    np.testing.assert_array_equal(found, linear_text(("query",), ROWS, LOST)(unseen))


def test_nulls_and_several_columns_are_read() -> None:
    rows = ROWS.assign(more=["card" if lost else None for lost in LOST], query="same")
    found = linear_text(("query", "more"), rows, LOST)(rows)
    assert found[LOST].min() > found[~LOST].max()


def test_weights_count() -> None:
    rows, positive = pd.concat([ROWS] * 2, ignore_index=True), np.concatenate([LOST, ~LOST])
    weight = np.repeat([5.0, 1.0], 24)
    found = linear_text(("query",), rows, positive, weight)(ROWS)
    assert found[LOST].min() > found[~LOST].max()


def test_one_class_is_refused() -> None:
    with pytest.raises(TooFewParentsError, match="both classes"):
        linear_text(("query",), ROWS, np.ones(24, bool))
