"""The planted pairs: enough of them, and the gates hold their published figures."""

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def _bench_on_the_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "bench"))


def test_the_gates_catch_the_planted_pairs_and_let_the_others_pass() -> None:
    import meaning
    import planted_pairs

    pairs = planted_pairs.pairs()
    assert len(pairs) == len(set(pairs)) >= 300
    told = meaning.figures(pairs, meaning.refused(pairs)[0])
    assert told["recall"] >= 0.98
    assert told["precision"] >= 0.99
    blind = {name: mask & False for name, mask in meaning.refused(pairs)[0].items()}
    blind["negation"][:] = True  # a gate that refuses everything is no good gate
    assert meaning.figures(pairs, blind)["precision"] < 0.7
    assert sys.modules["meaning"].__file__ == str(ROOT / "bench" / "meaning.py")
