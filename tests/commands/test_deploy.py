"""``aug deploy``: what is shown, what is refused, and that the change is there before MLflow is asked."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from aug_assets import loader
from aug_assets.assets import deploy_record
from aug_assets.cli import app
from tests.assets.test_deployment import BAD, SAME, World


@pytest.fixture
def aug(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Version 1 serves, and version 2 is tried."""
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path))
    monkeypatch.delenv("AUG_LAKE", raising=False)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    world = World(tmp_path / "lake")
    for version, threshold in ((1, SAME), (2, BAD)):
        world.offer(version, threshold)
        world.step()
    monkeypatch.setattr(loader, "get", lambda name: world.spec)

    def call(*words: str) -> tuple[int, str]:
        done = CliRunner().invoke(app, ["deploy", "lab/small", *words])
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        return done.exit_code, done.output

    return call


def test_the_status_is_shown_without_a_verb(aug: Any) -> None:
    code, told = aug()
    assert code == 0
    assert "lab/small: canary, pointer 1" in told
    assert "champion: version 1" in told
    found = json.loads(aug("status", "--json")[1])
    assert (found["state"], found["challenger"]["version"], found["share"]) == ("canary", "2", 0.1)


def test_a_person_rolls_back_and_the_pointer_is_moved_before_aliases(
    aug: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []

    def down(lake: Any, spec: Any, pointer: Any) -> str:
        seen.append(deploy_record.current(lake, spec).pointer == pointer)
        return "MLflow does not answer"

    monkeypatch.setattr(deploy_record, "follow", down)
    code, told = aug("rollback", "--by", "mo", "--why", "customers call")
    assert code == 0
    assert seen == [True]
    assert "last: rollback by mo: customers call" in told
    assert "aliases follow later" in told


def test_what_cannot_be_done_is_told_in_words(aug: Any) -> None:
    assert aug("hold")[0] == 1
    assert aug("resume", "--by", "mo", "--why", "x")[1].startswith("deployment: nothing is held")
    assert aug("rollback", "--by", "mo", "--why", "x")[0] == 0
    assert "nothing to roll back to" in aug("rollback", "--by", "mo", "--why", "x")[1].replace("\n", " ")
