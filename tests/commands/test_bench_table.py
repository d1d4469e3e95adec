"""All benches as one table: what fails says so in its row and stops no other."""

from pathlib import Path

import pytest

from aug_assets.commands import bench_table
from aug_assets.commands.bench_table import Family

_GOOD = """
import json, sys
rows = [{"name": "a | b", "ours": 12.0, "peer": 3.0, "value": 4.0, "goal": ">= 3", "met": True},
        {"name": "quick" if "--quick" in sys.argv else "slow", "ours": 1, "peer": None, "value": 1,
         "goal": ">= 2", "met": False},
        {"name": "told", "ours": 5, "peer": None, "value": 5, "goal": None, "met": None}]
print("some words before")
print(json.dumps({"rows": rows}))
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "good.py").write_text(_GOOD)
    (tmp_path / "bad.py").write_text("raise SystemExit('no peer | installed')")
    (tmp_path / "odd.py").write_text("print('{}')")
    return tmp_path


def test_a_family_is_its_rows_or_why_there_are_none(folder: Path) -> None:
    seen: list[str] = []
    good, bad, odd, gone = (
        bench_table.run(name, folder, quick=True, telling=seen.append)
        for name in ("good", "bad", "odd", "gone")
    )
    assert [row["name"] for row in good.rows] == ["a | b", "quick", "told"]
    assert bad == Family("bad", [], "exit code 1: no peer | installed")
    assert odd.failed
    assert "gone.py" in gone.failed
    assert seen == ["good", "bad", "odd", "gone"]


def test_the_page_counts_what_meets_its_goal_and_hides_no_failure(folder: Path) -> None:
    families = [bench_table.run(name, folder, quick=False) for name in ("good", "bad")]
    told = bench_table.page(families, {"cores": "2"}, quick=False)
    assert "1 of 2 figures with a goal meet it" in told
    assert "| good | a \\| b | 12 | 3 | 4 | >= 3 | yes |" in told
    assert "| good | slow | 1 |  | 1 | >= 2 | no |" in told
    assert "| bad | not measured: exit code 1: no peer \\| installed | | | | | |" in told
    assert "| good | told | 5 |  | 5 |  |  |" in told
    assert "| cores | 2 |" in told


def test_the_machine_is_named_with_the_versions_of_peers() -> None:
    about = bench_table.machine()
    assert about["processor"]
    assert about["memory"].endswith("GiB")
    assert about["numpy"][0].isdigit()


def test_every_family_of_the_whole_is_there() -> None:
    bench = Path(__file__).resolve().parents[2] / "bench"
    assert [name for name in bench_table.WHOLE if not (bench / f"{name}.py").is_file()] == []
