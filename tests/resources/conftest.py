"""Fixtures of the lake: a root on local disk or on an S3 server. Dask fixtures live in files of their own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from resources.delta_table import LakeTable
from resources.lake import LakeResource
from tests.servers import AWS_ENVIRONMENT, BUCKET, Seaweed, moto


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> None:
    """Credentials in the environment and nowhere else."""
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    for name, value in AWS_ENVIRONMENT.items():
        monkeypatch.setenv(name, value)


@pytest.fixture(scope="session")
def moto_endpoint() -> Iterator[str]:
    with moto() as endpoint:
        yield endpoint


@pytest.fixture(scope="session")
def seaweed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seaweed]:
    server = Seaweed(tmp_path_factory.mktemp("seaweed"))
    server.start_new()
    yield server
    server.kill()


@pytest.fixture(params=["local", "s3"])
def lake(request: pytest.FixtureRequest, tmp_path: Path) -> LakeResource:
    """An empty lake; every test that uses it runs on both kinds of storage."""
    if request.param == "local":
        return LakeResource(uri=str(tmp_path / "lake"))
    request.getfixturevalue("aws")
    return LakeResource(
        uri=f"s3://{BUCKET}/{tmp_path.name}", endpoint_url=request.getfixturevalue("moto_endpoint")
    )


@pytest.fixture
def table(lake: LakeResource) -> LakeTable:
    return lake.table("payments", "card_fraud", "source")
