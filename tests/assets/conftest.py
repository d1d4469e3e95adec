"""Fixtures of days: an empty one for each test, and one that was published, for tests that only look."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from aug_assets import gates, operators
from aug_assets.assets import common
from tests import builders
from tests.assets.days import Days, Run

Plant = Callable[[str, str], None]


@pytest.fixture
def days(tmp_path: Path) -> Days:
    """A dataset of which a day has been delivered and nothing made."""
    made = Days(tmp_path)
    made.deliver()
    return made


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> tuple[Days, Run]:
    """A day with three bad raw rows and some bad candidates, published. Not to be changed."""
    strict = [{"gate": "schema", "max_share": 1.0}, {"gate": "column_skew", "max_distance": 0.9}]
    made = Days(tmp_path_factory.mktemp("published"), gates=strict, rules=["count <= amount + 9"])
    rows = builders.frame(80)
    rows.loc[[1, 2], "amount"] = -1.0
    rows.loc[[1, 2], "count"] = 0
    rows.loc[3, "kind"] = "z"
    made.deliver(rows)
    return made, made.run()


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """As many attempts as ever, without the wait between them."""
    monkeypatch.setattr(common, "RETRIES", common.RETRIES._replace(delay=0, backoff=None))


@pytest.fixture
def plant(monkeypatch: pytest.MonkeyPatch) -> Plant:
    """Let a built-in operator or gate be another class of ``tests.assets.planted``."""

    def replace(name: str, other: str) -> None:
        registry: Any = operators.REGISTRY if name in operators.REGISTRY.built_in else gates.REGISTRY
        monkeypatch.setitem(registry.paths, name, f"tests.assets.planted:{other}")

    return replace


FEW = ("exact_copies", "rules", "schema")


@pytest.fixture
def few_gates(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three gates judge by default: for tests of what comes after the gates, most of whose time they take."""
    monkeypatch.setattr(gates, "defaults", lambda _: tuple(gates.get(n).Params(gate=n) for n in FEW))
