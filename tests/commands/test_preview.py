"""`aug preview`: the rows that a run would make, and nothing written."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from aug_assets import loader, recipe
from aug_assets.cli import app
from aug_assets.commands.preview import preview
from aug_assets.ingest import ingest
from aug_assets.rows import ROW_ID
from tests.commands.conftest import DAYS


def files(folder: Path) -> dict[str, int]:
    return {str(path): path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}


def test_it_shows_what_a_run_makes_and_writes_nothing(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "home"))
    before = files(home.parent)
    _, pairs = preview("lab/small", DAYS[0], rows=4, copies=2)
    assert files(home.parent) == before
    assert list(tmp_path.iterdir()) == []
    spec = loader.get("lab/small")
    plan = recipe.plan(spec, DAYS[0], ingest(spec, DAYS[0]).rows)
    made_all = recipe.make(plan, 0, 0, plan.rows)
    whole, provenance = made_all.rows, made_all.told
    made = {row[ROW_ID]: row for row in whole.to_pylist()}
    parent_of = {row[ROW_ID]: row["parents"][0] for row in provenance.to_pylist()}
    assert len(pairs) == 4
    for pair in pairs:
        (parent,) = pair.parent.to_pylist()
        copies = pair.copies.to_pylist()
        assert len(copies) == 2
        assert [copy["amount"] for copy in copies] == pair.family.copies["amount"].to_list()
        for copy in copies:
            assert parent_of[copy[ROW_ID]] == parent[ROW_ID]
            assert copy == made[copy[ROW_ID]]


def test_the_command_shows_parents_beside_copies(home: Path) -> None:
    shown = CliRunner().invoke(app, ["preview", "lab/small", "--date", DAYS[0], "--rows", "1"])
    assert shown.exit_code == 0, shown.output
    assert "more: smote_nc" in shown.output
    assert "copy 1" in shown.output
    assert "row-1-" in shown.output
    assert "syn-" in shown.output
