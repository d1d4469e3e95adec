"""Moves of a deployment: what serves after each, and which are refused."""

import pytest

from aug_assets import deploying
from aug_assets.errors import DeploymentError, NoChampionError
from aug_assets.pointer import Pointer, Serving

ONE, TWO, THREE = (Serving(str(n), f"digest {n}", n / 10, "1") for n in (1, 2, 3))


@pytest.fixture
def tried() -> Pointer:
    first = deploying.offered(Pointer(), ONE, 0.1, first=True)
    return deploying.offered(first, TWO, 0.1, first=True)


def test_the_first_model_serves_at_once_and_the_next_is_tried(tried: Pointer) -> None:
    first = deploying.offered(Pointer(), ONE, 0.1, first=True)
    assert (first.champion, first.state, first.action, first.seen) == (ONE, "steady", "promote", 1)
    assert first.pair is None
    assert (tried.champion, tried.challenger, tried.state, tried.share) == (ONE, TWO, "canary", 0.1)
    assert tried.pair == (ONE, TWO)


def test_without_leave_the_first_model_waits_for_a_person() -> None:
    waits = deploying.offered(Pointer(), ONE, 0.1, first=False)
    assert (waits.state, waits.challenger, waits.share) == ("hold", ONE, 0.0)
    with pytest.raises(NoChampionError):
        _ = waits.serving
    assert deploying.promoted(waits, "mo", "looked at it").serving == ONE


def test_a_promotion_is_watched_and_rolled_back_to_the_very_versions(tried: Pointer) -> None:
    after = deploying.promoted(tried, "aug", "fine", {"a": 1.0}, watch=True)
    assert (after.champion, after.previous, after.challenger, after.state) == (TWO, ONE, None, "watch")
    assert after.pair == (ONE, TWO)
    back = deploying.rolled_back(after, "aug", "worse")
    assert (back.champion, back.previous, back.state) == (ONE, None, "steady")
    assert back.serving.threshold == ONE.threshold
    assert deploying.settled(after, "well", {}).pair is None


def test_a_rollback_of_a_canary_leaves_the_champion(tried: Pointer) -> None:
    back = deploying.rolled_back(tried, "aug", "worse")
    assert (back.champion, back.challenger, back.state, back.share) == (ONE, None, "steady", 0.0)
    with pytest.raises(DeploymentError, match="nothing to roll back"):
        deploying.rolled_back(back, "mo", "again")
    with pytest.raises(DeploymentError, match="no challenger"):
        deploying.promoted(back, "mo", "again")


def test_what_is_held_goes_on_where_it_was(tried: Pointer) -> None:
    held = deploying.held(tried, "mo", "holiday")
    assert (held.state, held.share, held.pair) == ("hold", 0.0, (ONE, TWO))
    assert deploying.resumed(held, "mo", "back", 0.1).state == "canary"
    with pytest.raises(DeploymentError, match="nothing is held"):
        deploying.resumed(tried, "mo", "back", 0.1)


def test_a_champion_that_does_not_work_gives_way_with_all_that_is_tried(tried: Pointer) -> None:
    promoted = deploying.promoted(tried, "aug", "fine")
    more = deploying.offered(promoted, THREE, 0.1, first=True)
    assert deploying.fallen_back(more, "broken").champion == ONE
    assert deploying.fallen_back(more, "broken").pair is None


def test_a_pointer_survives_being_written_down(tried: Pointer) -> None:
    assert Pointer.of(tried.record()) == tried
