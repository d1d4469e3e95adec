"""`aug run`: days that succeed and fail each for itself, with figures that are true."""

import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from typer.testing import CliRunner

from aug_assets.cli import app
from aug_assets.commands import home as instance_home
from aug_assets.commands.run import run
from resources import dask_cluster
from resources.lake import LakeResource
from tests.commands.conftest import DAYS, MISSING

pytestmark = [
    pytest.mark.slow,
    # Dagster warns of its own use of a beta parameter whenever it resolves partitioned checks.
    pytest.mark.filterwarnings("ignore::dagster.BetaWarning"),
]


def test_a_day_that_fails_stops_no_other(lake: LakeResource) -> None:
    ended: list[tuple[str, str]] = []
    results = run("lab/small", DAYS[0], DAYS[-1], progress=lambda day, step: ended.append((day, step)))
    assert [r.day for r in results] == list(DAYS)
    assert [r.succeeded for r in results] == [day != MISSING for day in DAYS]
    failed = results[1]
    assert f"small-{MISSING}.csv" in failed.error
    assert "Next: " in failed.error
    assert (failed.rows_in, failed.candidates, failed.accepted) == (0, 0, 0)
    with instance_home.instance() as instance:
        status = {r.day: instance.get_run_by_id(r.run_id).status.value for r in results}
    assert status == {day: "FAILURE" if day == MISSING else "SUCCESS" for day in DAYS}
    assert {day for day, step in ended if step.endswith("_validated")} == set(DAYS) - {MISSING}
    assert (MISSING, "lab__small_source") in ended


def test_two_datasets_at_once_and_figures_that_are_true(lake: LakeResource) -> None:
    with ThreadPoolExecutor(2) as pool:
        futures = [pool.submit(run, name, DAYS[0], DAYS[0]) for name in ("lab/small", "lab/other")]
        (small,), (other,) = (future.result(120) for future in futures)
    assert small.run_id != other.run_id
    for result, name in ((small, "small"), (other, "other")):
        assert result.succeeded, result.error
        tables = {stage: lake.table("lab", name, stage) for stage in ("augmented", "validated")}
        rows = {stage: table.read({"date": DAYS[0]}).num_rows for stage, table in tables.items()}
        held = lake.table("lab", name, "quarantine", ("date", "stage"))
        bad = {
            stage: held.read({"date": DAYS[0], "stage": stage}).num_rows for stage in ("source", "augmented")
        }
        assert (result.rows_in, result.candidates) == (80, rows["augmented"])
        assert result.quarantined == sum(bad.values())
        assert bad["source"] == result.reasons["min:amount"] == 2
        assert result.accepted == rows["augmented"] - bad["augmented"]
        assert rows["validated"] == 80 - bad["source"] + result.accepted
        assert 0 < result.cpu_seconds < 60
        assert 0 < sum(result.spent.values()) < result.seconds * 4


def test_the_command_shows_a_row_a_day_and_fails_as_a_whole(lake: LakeResource) -> None:
    shown = CliRunner().invoke(app, ["run", "lab/small", "--from", DAYS[1], "--to", DAYS[2]])
    assert shown.exit_code == 1
    lines = shown.output.splitlines()
    for day, mark in ((DAYS[1], True), (DAYS[2], False)):
        (row,) = [line for line in lines if line.lstrip("│┃ ").startswith(day)]
        assert ("failed" in row) is mark
    (line,) = [line for line in lines if line.startswith("failed")]
    assert MISSING in line
    assert "Traceback" not in shown.output
    assert "CPU" in shown.output


def test_the_command_succeeds_when_all_days_do(lake: LakeResource) -> None:
    shown = CliRunner().invoke(app, ["run", "lab/other", "--from", DAYS[0], "--to", DAYS[1]])
    assert shown.exit_code == 0, shown.output
    assert "2 days" in shown.output
    assert "failed" not in shown.output


@pytest.mark.slow
def test_a_backfill_that_was_killed_goes_on_with_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, home: Path
) -> None:
    monkeypatch.setenv("AUG_LAKE", str(tmp_path / "lake"))
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "home"))
    table = LakeResource().table("lab", "other", "validated")
    words = [sys.executable, "-W", "ignore", "-m", "aug_assets.cli", "run", "lab/other"]
    words += ["--from", DAYS[0], "--to", DAYS[2]]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    process = subprocess.Popen(words, cwd=instance_home.ROOT, **quiet)
    until = time.monotonic() + 90
    while table.version() is None:
        assert time.monotonic() < until
        time.sleep(0.05)
    process.kill()
    process.wait()
    dask_cluster.stop(tmp_path / "home")
    before = {where["date"]: table.read(where) for where in table.partitions()}
    shown = CliRunner().invoke(app, ["run", "lab/other", "--from", DAYS[0], "--to", DAYS[2], "--missing"])
    assert shown.exit_code == 0, shown.output
    with instance_home.instance() as instance:
        made = [run.tags["dagster/partition"] for run in instance.get_runs() if run.is_success]
    assert sorted(made) == list(DAYS), "each day once"
    assert [where["date"] for where in table.partitions()] == list(DAYS)
    assert all(table.read({"date": day}) == rows for day, rows in before.items())
    again = CliRunner().invoke(app, ["run", "lab/other", "--from", DAYS[0], "--to", DAYS[2], "--missing"])
    assert again.exit_code == 0
    assert "0 days" in again.output
    dask_cluster.stop(tmp_path / "home")
