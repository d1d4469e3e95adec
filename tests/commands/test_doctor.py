"""`aug doctor`: what is ill is told with what to do, and nothing ill hides anything else."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from aug_assets.cli import app
from aug_assets.commands.doctor import doctor
from resources import dask_cluster
from tests.servers import AWS_ENVIRONMENT, free_ports

PARTS = ["versions", "Dagster home", "datasets", "credentials", "lake", "Dask"]


@pytest.fixture
def own_home(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home that is well, which a test may make ill."""
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def ill() -> dict[str, str]:
    """What is said of each ill part; all parts must have been looked at."""
    findings = doctor()
    assert [one.part for one in findings] == PARTS
    return {one.part: one.told for one in findings if not one.well}


def test_a_new_home_is_well(own_home: Path) -> None:
    shown = CliRunner().invoke(app, ["doctor"])
    assert shown.exit_code == 0, shown.output
    assert "ill" not in [line.split()[0] for line in shown.output.splitlines() if line.split()]
    said = next(one.told for one in doctor() if one.part == "datasets")
    assert {"lab/other", "lab/small", "payments/card_fraud"} <= set(said.split(": ")[1].split(", "))
    assert "embedded cluster of 2 workers" in shown.output


def test_an_unreachable_store_is_told(own_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (port,) = free_ports(1)
    for name, value in AWS_ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AUG_LAKE", "s3://lake/prefix")
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", f"http://127.0.0.1:{port}")
    told = ill()
    assert set(told) == {"lake"}
    assert f"127.0.0.1:{port}" in told["lake"] or "s3://lake/prefix" in told["lake"]
    assert "Next: " in told["lake"]
    assert AWS_ENVIRONMENT["AWS_SECRET_ACCESS_KEY"] not in str(doctor())


def test_a_dead_scheduler_is_told(own_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dask_cluster, "CONNECT_SECONDS", 1)
    monkeypatch.setenv("DASK_ADDRESS", "tcp://127.0.0.1:9")
    told = ill()
    assert set(told) == {"Dask"}
    assert "tcp://127.0.0.1:9" in told["Dask"]
    assert "unset DASK_ADDRESS" in told["Dask"]


def test_a_home_that_cannot_be_is_told(own_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own_home.write_text("a file where the folder should be")
    told = ill()
    assert "set DAGSTER_HOME" in told["Dagster home"]
    assert str(own_home) in told["Dagster home"]


def test_a_broken_dataset_file_is_told(
    own_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "datasets" / "defs.yaml"
    file.parent.mkdir()
    file.write_text("type: aug_assets.component.AugmentedDataset\nattributes:\n  tenant: Lab\n  name: x\n")
    monkeypatch.setenv("AUG_DATASETS", str(tmp_path / "datasets"))
    told = ill()
    assert set(told) == {"datasets"}
    assert f"{file}:3" in told["datasets"]
    assert "'Lab'" in told["datasets"]
    shown = CliRunner().invoke(app, ["doctor"])
    assert shown.exit_code == 1
    assert "Traceback" not in shown.output
