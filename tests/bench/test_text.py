"""The bench of the text operators measures what it says; they stay within a tenth of their goals."""

import random
import time
from typing import Any

import pandas as pd
import pytest

from aug_assets.operators.text.typo import Typo
from bench import text
from tests.bench import floor


def slow(found: list[dict[str, Any]]) -> list[str]:
    """Names of the figures below a tenth of their goals."""
    return [f["name"] for f in found if f["name"] != text._BROKEN and f["value"] < text._GOAL / 10]


def test_a_tenth_of_every_goal_is_held_and_nothing_is_broken() -> None:
    found = floor.best(lambda: text.speed(400, 1), slow)
    assert len(found) == 6
    assert slow(found) == []
    (broken,) = (f for f in found if f["name"] == text._BROKEN)
    assert broken["met"]
    assert broken["peer"] > 0.03, "the peer guards nothing, so this would have to see it"


def test_a_slow_operator_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    quick = Typo.change

    def wasteful(*arguments: Any) -> Any:
        until = time.process_time() + 0.002
        while time.process_time() < until:
            pass
        return quick(*arguments)

    monkeypatch.setattr(Typo, "change", wasteful)
    texts = text.sample(100)
    figure = text.row("rule chain, texts/s", text.rate(lambda: text.chain(texts), 100, 1), None)
    assert slow([figure])
    assert not figure["met"]


def test_a_broken_copy_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        text, "chain", lambda texts: pd.DataFrame({"text": texts["text"].str.replace("not", "")})
    )
    found = text.broken(pd.DataFrame({"text": ["I do not pay", "I pay 5 euros"] * 4}))
    assert found["value"] == 0.5
    assert not found["met"]


def test_the_peers_do_what_the_papers_say() -> None:
    said = "one red fox went home over the green hill again"
    for seed in range(20):
        rng = random.Random(seed)
        left = iter(said.split())
        assert all(word in left for word in text.eda_deletion(said, rng).split())
        assert sorted(text.eda_swap(said, rng).split()) == sorted(said.split())
        marked = text.aeda(said, rng).split()
        assert [word for word in marked if word.isalpha()] == said.split()
        assert 1 <= len(marked) - len(said.split()) <= 4
