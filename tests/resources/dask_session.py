"""Fixtures for tests on a real Dask cluster: one instance and one cluster for the whole session. No tests."""

from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from resources import dask_cluster
from tests.resources.dask_bench import Bench


@pytest.fixture(scope="session")
def dask_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A Dagster home that exists before any two processes could create it at once."""
    home = tmp_path_factory.mktemp("dagster_home")
    (home / "dagster.yaml").write_text("telemetry:\n  enabled: false\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("DASK_ADDRESS", raising=False)
        patch.setenv("AUG_DASK_PRELOAD", "tests.resources.dask_scenarios")
        patch.setenv("AUG_DASK_WORKERS", "2")
        # else a worker that is replaced after a file was edited would refuse the rest of the session
        patch.setenv("AUG_CODE_DIGEST", "tests")
        with dg.DagsterInstance.from_config(str(home)) as instance:
            instance.get_runs(limit=1)
        yield home
        dask_cluster.stop(home)


@pytest.fixture(scope="session")
def cluster_address(dask_home: Path) -> str:
    """Of the session's embedded cluster, which is running."""
    with dask_cluster.connect(dask_home) as client:
        return client.scheduler.address


@pytest.fixture
def bench(dask_home: Path, tmp_path: Path) -> Bench:
    """Something to run scenarios with."""
    return Bench(dask_home, tmp_path)
