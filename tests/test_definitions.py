"""The asset graph as Dagster and its tools see it, and a dataset that somebody adds as one file."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
import yaml
from syrupy.assertion import SnapshotAssertion

import aug_assets
from aug_assets import definitions
from aug_assets.rows import IS_SYNTHETIC
from resources.lake import LakeResource
from tests import builders

ROOT = Path(aug_assets.__file__).resolve().parents[1]
SHIPPED = ROOT / "aug_assets" / "datasets" / "payments" / "card_fraud" / "defs.yaml"
DAY = "2025-01-02"
# Dagster warns of its own use of a beta parameter whenever it resolves partitioned checks.
pytestmark = pytest.mark.filterwarnings("ignore::dagster.BetaWarning")
DG = Path(sys.executable).with_name("dg")


@pytest.fixture(scope="module")
def shipped() -> dg.Definitions:
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("AUG_DATASETS", raising=False)
        patch.delenv("AUG_AUTOMATION", raising=False)
        return definitions.defs()


def described(node: Any) -> dict[str, Any]:
    """An asset as far as other people rely on it."""
    return {
        "key": node.key.to_user_string(),
        "deps": sorted(key.to_user_string() for key in node.parent_keys),
        "partitions": [node.partitions_def.start.date().isoformat(), node.partitions_def.timezone,
                       node.partitions_def.cron_schedule],
        "group": node.group_name,
        "owners": sorted(node.owners),
        "kinds": sorted(node.kinds),
        "tags": {name: value for name, value in sorted(node.tags.items()) if not name.startswith("dagster/")},
        "code_version": bool(node.code_version),
        "backfill": "one run a day" if node.backfill_policy is None else "ranges",
        "automation": bool(node.automation_condition),
        "columns": [column.name for column in node.metadata["dagster/column_schema"].columns],
    }  # fmt: skip


def checks_of(graph: Any) -> list[dict[str, Any]]:
    found = [graph.get(key) for key in graph.asset_check_keys]
    return sorted(
        (
            {
                "check": f"{node.key.asset_key.to_user_string()}:{node.key.name}",
                "blocking": node.blocking,
                "partitioned": node.partitions_def is not None,
            }
            for node in found
        ),
        key=lambda check: str(check["check"]),
    )


def test_the_whole_graph(shipped: dg.Definitions, snapshot: SnapshotAssertion) -> None:
    graph = shipped.resolve_asset_graph()
    keys = sorted(graph.executable_asset_keys, key=lambda key: key.to_user_string())
    repository = shipped.get_repository_def()
    told = {
        "assets": [described(graph.get(key)) for key in keys],
        "checks": checks_of(graph),
        "jobs": sorted(job.name for job in repository.get_all_jobs() if not job.name.startswith("__")),
        "schedules": [
            {
                "name": schedule.name,
                "job": schedule.job_name,
                "cron": schedule.cron_schedule,
                "zone": schedule.execution_timezone,
                "status": schedule.default_status.value,
            }
            for schedule in repository.schedule_defs
        ],
        "executors": sorted({job.executor_def.name for job in repository.get_all_jobs()}),
        "resources": sorted(repository.get_top_level_resources()),
    }
    assert told == snapshot


def own_file(folder: Path, **changes: Any) -> Path:
    """A dataset of another tenant, with its days as CSV files."""
    body = builders.body(
        tenant="clinic",
        name="visits",
        source={"uri": f"{folder}/raw/{{date}}.csv"},
        partitions={"start": "2025-01-01"},
        **changes,
    )
    file = folder / "datasets" / "clinic" / "visits" / "defs.yaml"
    file.parent.mkdir(parents=True)
    file.write_text(yaml.safe_dump({"type": "aug_assets.component.AugmentedDataset", "attributes": body}))
    return file


@pytest.fixture
def added(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dg.Definitions]:
    """All definitions after somebody has added one file, and delivered one day."""
    own_file(tmp_path)
    (tmp_path / "raw").mkdir()
    builders.frame(80).to_csv(tmp_path / "raw" / f"{DAY}.csv", index=False)
    monkeypatch.setenv("AUG_DATASETS", str(tmp_path / "datasets"))
    monkeypatch.setenv("AUG_LAKE", str(tmp_path / "lake"))
    return definitions.defs()


def test_one_file_adds_a_dataset_beside_the_others(added: dg.Definitions, shipped: dg.Definitions) -> None:
    before, after = (defs.resolve_asset_graph() for defs in (shipped, added))
    names = {key.to_user_string() for key in after.executable_asset_keys - before.executable_asset_keys}
    assert names == {f"clinic/visits_{stage}" for stage in ("source", "augmented", "validated")}
    assert before.executable_asset_keys < after.executable_asset_keys
    groups = [{graph.get(key).group_name for key in graph.executable_asset_keys} for graph in (before, after)]
    assert groups[1] - groups[0] == {"clinic"}
    assert added.resolve_job_def("clinic__visits").name == "clinic__visits"


def test_the_added_dataset_publishes_a_day(added: dg.Definitions, tmp_path: Path) -> None:
    result = added.resolve_job_def("clinic__visits").execute_in_process(
        instance=dg.DagsterInstance.ephemeral(tempdir=str(tmp_path / "instance")),
        partition_key=DAY,
        run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
    )
    assert result.success
    rows = LakeResource().table("clinic", "visits", "validated").read({"date": DAY})
    synthetic = rows[IS_SYNTHETIC].to_pylist()
    assert (synthetic.count(False), synthetic.count(True) > 0) == (80, True)
    assert sorted(path.name for path in (tmp_path / "lake").iterdir() if path.name[0] != "_") == ["clinic"]


def run_dg(folder: Path, home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """The tool in a folder that holds a project, with nothing of this process's settings in its way."""
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("AUG_", "DAGSTER"))
    }
    home.mkdir(exist_ok=True)
    environment |= {"DAGSTER_DISABLE_TELEMETRY": "yes", "HOME": str(home), "DAGSTER_HOME": str(home)}
    return subprocess.run(
        [str(DG), *words],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=200,
    )


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of the project whose dataset file a test may spoil."""
    for name in ("aug_assets", "resources", "sensors"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


@pytest.mark.slow
def test_dg_lists_the_graph(tmp_path: Path) -> None:
    done = run_dg(ROOT, tmp_path, "list", "defs", "--json")
    assert done.returncode == 0, done.stderr
    listed = json.loads(done.stdout)
    assert {asset["asset_key"] for asset in listed["assets"]} >= {
        f"payments/card_fraud_{stage}" for stage in ("source", "augmented", "validated")
    }


@pytest.mark.slow
def test_dg_checks_a_dataset_file(project: Path) -> None:
    """This release of dg checks one file of each component type; `aug doctor` checks all."""
    for folder in (project / SHIPPED.relative_to(ROOT)).parents[2].iterdir():
        if folder.is_dir() and folder.name != "payments":
            shutil.rmtree(folder)
    good = run_dg(project, project / "home", "check", "yaml")
    assert good.returncode == 0, good.stdout + good.stderr
    file = project / SHIPPED.relative_to(ROOT)
    text = file.read_text().replace("min: 0.01, max: 10000", "min: 0.01, max: lots")
    file.write_text(text)
    line = next(n for n, words in enumerate(text.splitlines(), start=1) if "lots" in words)
    bad = run_dg(project, project / "home", "check", "yaml")
    told = bad.stdout + bad.stderr
    assert bad.returncode != 0
    assert f"defs.yaml:{line}" in told
    assert "lots" in told
    assert "columns.amount.max" in told
