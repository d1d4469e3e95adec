"""Operators on sessions stay within a factor of five of the speeds that the benchmark is held to."""

import random
import time
from typing import Any

import pytest

from aug_assets import operators
from bench import sequences
from tests.bench import floor

pytest.importorskip("numba")


def slow(found: list[dict[str, Any]]) -> list[str]:
    """Names of the figures below a fifth of their goals."""
    return [f"{f['name']}: {f['value']:.3g}" for f in found if f["value"] < sequences._GOALS[f["name"]] / 5]


def test_a_fifth_of_every_goal_is_held(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AUG_NUMBA", "1")
    found = floor.best(lambda: sequences.speed(4000, 1), slow)
    assert {f["name"] for f in found} == set(sequences._GOALS)
    assert slow(found) == []


def test_a_slow_path_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AUG_NUMBA", "1")
    operator = operators.get("crop_window")
    quick = operator.draw

    def wasteful(*arguments: Any) -> Any:
        until = time.process_time() + 0.05
        while time.process_time() < until:
            pass
        return quick(*arguments)

    monkeypatch.setattr(operator, "draw", wasteful)
    frame = sequences.sessions(3000)
    figure = sequences.row("crop_window", *sequences.both("crop_window", frame, sequences.make_keys(3000), 2))
    assert slow([figure])
    assert not figure["met"]


@pytest.mark.parametrize("name", sequences.PEERS)
def test_the_loop_does_what_the_operator_does(name: str) -> None:
    frame = sequences.sessions(40)
    learned: Any = [[n + 1] for n in range(20_000)]
    if name in ("category_swap", "popularity_swap"):
        learned = learned, list(range(20_000))
    rng = random.Random(3)
    for session in sequences.as_lists(frame):
        made = sequences.PEERS[name](tuple(list(part) for part in session), learned, rng)
        assert made[0][-1] == session[0][-1]
        assert made[1][-1] == session[1][-1]
        assert sorted(made[1]) == made[1]
        assert len(made[0]) == len(made[1])
