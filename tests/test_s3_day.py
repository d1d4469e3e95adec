"""One day of the shipped dataset, by workers on a real S3 server and in one process on disk: the same."""

from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from aug_assets import definitions
from aug_assets.commands.run import run
from aug_assets.rows import digest
from resources import dask_cluster
from resources.lake import LakeResource
from tests.servers import AWS_ENVIRONMENT, BUCKET, Seaweed

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(200),
    # Dagster warns of its own use of a beta parameter whenever it resolves partitioned checks.
    pytest.mark.filterwarnings("ignore::dagster.BetaWarning"),
]
DAY = "2025-01-04"
QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
STAGES = ("source", "augmented", "provenance", "validated")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Seaweed]:
    server = Seaweed(tmp_path / "seaweed")
    (tmp_path / "seaweed").mkdir()
    server.start_new()
    yield server
    server.kill()


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    for name in ("DASK_ADDRESS", "AUG_DATASETS", "AUG_LAKE", "AWS_PROFILE", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("AUG_DASK_WORKERS", "2")
    monkeypatch.setenv("AUG_DASK_PRELOAD", "")
    monkeypatch.setenv("AUG_CODE_DIGEST", "tests")  # files may be edited while the tests run
    (tmp_path / "home").mkdir()
    yield tmp_path / "home"
    dask_cluster.stop(tmp_path / "home")


def content(lake: LakeResource) -> dict[str, str]:
    tables = {stage: lake.table("payments", "card_fraud", stage) for stage in STAGES}
    return {stage: digest(table.read({"date": DAY})) for stage, table in tables.items()}


def test_a_day_is_the_same_on_s3_and_on_disk(
    store: Seaweed, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with dg.DagsterInstance.ephemeral(tempdir=str(home)) as instance:
        job = definitions.defs().resolve_job_def("payments__card_fraud")
        assert job.execute_in_process(instance=instance, partition_key=DAY, run_config=QUIET).success
    on_disk = content(LakeResource())
    for name, value in AWS_ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", store.endpoint)
    monkeypatch.setenv("AUG_LAKE", f"s3://{BUCKET}/lake")
    (remote,) = run("payments/card_fraud", DAY, DAY)
    assert remote.succeeded, remote.error
    assert content(LakeResource()) == on_disk
    assert remote.accepted > 100
    left = LakeResource().filesystem().find(f"{BUCKET}/lake/_scratch")  # the server keeps an empty folder
    assert [name for name in left if "plan" in name] == []
