"""Which candidates wait for a person, and that nothing goes past the queue without a decision."""

import pyarrow as pa
import pytest
from pydantic import ValidationError

from aug_assets import decisions, review
from aug_assets.decisions import Decision
from aug_assets.errors import ReviewOpenError
from aug_assets.rows import PROVENANCE, ROW_ID, to_hex
from tests import builders

ROWS = builders.table(200)
IDS = ROWS.column(ROW_ID).to_pylist()


def spec(**of: object):
    return builders.spec(review=of)


def told(figures: dict[str, float | None]) -> pa.Table:
    """Provenance in which only the first step draws the figure."""
    plain = builders.told(pa.array(list(figures)), builders.spec(), builders.row_ids(3))
    drawn = [[] if figure is None else [("sure", figure)] for figure in figures.values()]
    first = plain.set_column(plain.schema.get_field_index("drawn"), PROVENANCE.field("drawn"),
                             pa.array(drawn, PROVENANCE.field("drawn").type))  # fmt: skip
    return pa.concat_tables([first, plain])


NOTHING = told({})


def test_the_share_is_chosen_by_keys_whatever_else_is_there() -> None:
    asked = spec(share=0.25)
    queued = review.queue(asked, ROWS, NOTHING)
    assert 30 < queued.num_rows < 70
    half = review.queue(asked, ROWS.slice(0, 100), NOTHING)
    mine = set(half[ROW_ID].to_pylist())
    assert mine == set(queued[ROW_ID].to_pylist()) & set(IDS[:100])
    assert mine < set(review.queue(spec(share=0.5), ROWS.slice(0, 100), NOTHING)[ROW_ID].to_pylist())
    assert queued["reasons"].to_pylist() == [[review.SHARE]] * queued.num_rows
    assert review.queue(spec(share=1.0), ROWS, NOTHING).num_rows == 200


def test_low_confidence_waits_and_so_does_none() -> None:
    asked = spec(doubt={"drawn": "sure", "below": 0.5})
    figures = {IDS[0]: 0.4, IDS[1]: 0.5, IDS[2]: None, IDS[3]: 0.9, "f" * 32: 0.1}
    queued = review.queue(asked, ROWS.slice(0, 5), told(figures))
    assert queued[ROW_ID].to_pylist() == [IDS[0], IDS[2], IDS[4]]
    assert queued["reasons"].to_pylist() == [[review.DOUBT]] * 3


def test_of_held_rows_those_wait_that_are_held_for_a_named_reason() -> None:
    queued = review.queue(spec(share=1.0), ROWS.slice(0, 3), NOTHING)
    reasons = pa.array([["skewed"], ["exact_copy", "skewed"], ["other"]], pa.list_(pa.string()))
    held = queued.set_column(1, "reasons", reasons)
    assert review.held_for(spec(reasons=["skewed"]), held)[ROW_ID].to_pylist() == IDS[:2]
    assert review.held_for(spec(share=0.1), held).num_rows == 0


def word(row: tuple[str, str], decision: str = "release") -> Decision:
    return Decision(*row, decision, (review.SHARE,), "ben", "looked at it")


def through(*taken: Decision) -> tuple[list[str], int]:
    accepted = ROWS.slice(0, 4)
    queued = review.queue(spec(share=1.0), accepted.slice(0, 3), NOTHING)
    kept, left_out = review.let_through(
        builders.spec(), "2025-01-02", accepted, {"review": (queued, list(taken))}
    )
    return kept[ROW_ID].to_pylist(), left_out


def test_what_is_rejected_is_left_out_once_all_are_decided() -> None:
    rows = list(zip(IDS, decisions.contents(ROWS.slice(0, 3)), strict=False))
    assert through(word(rows[0]), word(rows[1], "reject"), word(rows[2])) == ([IDS[0], IDS[2], IDS[3]], 1)
    with pytest.raises(ReviewOpenError, match=rf"1 candidates .*{IDS[1]}"):
        through(word(rows[0]), word(rows[2]))
    with pytest.raises(ReviewOpenError, match="1 candidates"):
        through(word(rows[0]), word((IDS[1], "as it was before")), word(rows[2]))
    with pytest.raises(ReviewOpenError, match="3 candidates"):
        through()


def test_a_dataset_without_a_review_keeps_its_code_version() -> None:
    plain = builders.spec()
    assert plain.digest == builders.spec(review=None).digest
    assert len({plain.digest, spec(share=0.5).digest, spec(share=0.6).digest}) == 3
    assert plain.gates_digest == spec(share=0.5).gates_digest
    assert "review" not in plain.model_dump_json(exclude_unset=True)


@pytest.mark.parametrize(
    "of", [{}, {"share": 0}, {"share": 1.1}, {"doubt": {"drawn": ""}}, {"reason": ["a"]}]
)
def test_a_review_of_nothing_is_refused(of: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        spec(**of)


def test_ids_are_spread_evenly_so_that_their_first_bits_choose_fairly() -> None:
    ids = to_hex(builders.candidate_ids(list(range(2000))))
    rows = ROWS.take(pa.array([0] * 2000)).set_column(0, ROW_ID, ids)
    assert 900 < review.queue(spec(share=0.5), rows, NOTHING).num_rows < 1100
