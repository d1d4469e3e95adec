"""The review asset: a day with a queue is not published until a person has decided of each row in it."""

import pytest

from aug_assets import gates
from aug_assets.assets import common
from aug_assets.assets.dataset import build_dataset
from aug_assets.commands.held import held
from aug_assets.commands.quarantine import Word, decide
from aug_assets.rows import ROW_ID
from tests import builders
from tests.assets.days import Days, Run

HALF = {"share": 0.5}
pytestmark = pytest.mark.usefixtures("few_gates")


def run(days: Days, *parts: str) -> Run:
    return days.run(*parts, tags={"user": "ann"})


def say(days: Days, ids: list[str], word: str) -> None:
    decide(days.lake, days.spec, ids, Word(word, "ben", "looked at it"), stage=common.REVIEW)


def test_only_a_dataset_with_a_review_has_the_asset() -> None:
    keys = [
        {key.path[-1] for asset in build_dataset(spec).assets or () for key in asset.keys}
        for spec in (builders.spec(), builders.spec(review=HALF))
    ]
    assert keys[1] - keys[0] == {"small_review"}


def test_a_day_waits_for_its_reviewers_and_leaves_out_what_they_reject(days: Days) -> None:
    days.respec(review=HALF)
    waiting = run(days)
    assert not waiting.success
    assert waiting.failed_checks == ["review.all_reviewed"]
    assert "validated" not in waiting.metadata
    queued = [row.row_id for row in held(days.lake, days.spec, stage=common.REVIEW)]
    assert (
        3
        < len(queued)
        == waiting.metadata["review"]["undecided"]
        < waiting.metadata["augmented"]["candidates"]
    )
    assert run(days, "validated").errors == {"validated": "review_open"}

    say(days, queued[1:-1], "release")
    say(days, queued[:1], "reject")
    assert run(days, "review").failed_checks == ["review.all_reviewed"], "one is missing still"
    assert run(days, "validated").errors == {"validated": "review_open"}

    say(days, queued[-1:], "release")
    done = run(days, "review", "validated")
    assert done.success, done.told
    told = done.metadata["validated"]
    assert (told["rejected_in_review"], done.metadata["review"]["rejected"]) == (1, 1)
    ids = days.rows("validated")[ROW_ID].to_pylist()
    assert set(queued[1:]) < set(ids)
    assert queued[0] not in ids
    found = {row.row_id: row for row in held(days.lake, days.spec, stage=common.REVIEW)}
    assert [found[i].state for i in queued] == ["rejected", *["released"] * (len(queued) - 1)]
    decision = found[queued[0]].decision
    assert decision is not None
    assert (decision.by, decision.why) == ("ben", "looked at it")
    assert done.data_versions["review"] != waiting.data_versions["review"]
    assert run(days).success, "decisions hold for the same candidates made again"


def test_rows_that_gates_held_can_be_queued_by_their_reason(days: Days) -> None:
    days.respec(review={"reasons": ["first"]}, chunk_rows=20)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(gates.REGISTRY.paths, "schema", "tests.assets.planted:MarksFirst")
        assert run(days).failed_checks == ["review.all_reviewed"]
        rows = [r for r in held(days.lake, days.spec, stage="augmented") if "first" in r.reasons]
        for row, word in zip(rows, ("release", "reject"), strict=True):
            decide(days.lake, days.spec, [row.row_id], Word(word, "ben", "looked at it"))
        done = run(days, "gates", "review", "validated")
    assert done.success, done.told
    ids = days.rows("validated")[ROW_ID].to_pylist()
    assert [row.row_id in ids for row in rows] == [True, False]
