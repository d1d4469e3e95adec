"""Scored days beside labels that are known now."""

import pyarrow as pa

from aug_assets import canary
from aug_assets.assets import scored
from tests import builders


def test_a_subject_stays_on_its_side_when_another_row_was_taken_out() -> None:
    columns = {**builders.COLUMNS, "card": {"type": "int64"}}
    spec = builders.spec(columns=columns, subject="card")
    cards = list(range(400))
    ids = pa.chunked_array([[f"{n:032x}" for n in cards]])
    whole = scored.split_by(spec, pa.table({"card": cards}), ids)
    taken_out = scored.split_by(spec, pa.table({"card": pa.array([None, *cards[1:]], pa.int64())}), ids)
    mine = canary.chosen(whole, 0.3, "x")
    assert 0.2 < mine.mean() < 0.4
    assert (canary.chosen(taken_out, 0.3, "x")[1:] == mine[1:]).all()


def test_without_subjects_it_is_split_by_rows() -> None:
    ids = pa.chunked_array([["a" * 32, "b" * 32]])
    assert scored.split_by(builders.spec(), pa.table({"x": [1, 2]}), ids).tolist() == ids.to_pylist()
