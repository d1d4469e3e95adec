import time

import pytest
from moto import settings

from aug_assets.errors import LakeError, LakeUnreachableError, UnsafeEndpointError
from resources import s3_credentials, s3_safety
from resources.lake import LakeResource
from tests.resources.samples import DAY, numbers
from tests.servers import BUCKET, bad_s3, free_ports

pytestmark = pytest.mark.usefixtures("aws")


@pytest.fixture(autouse=True)
def nothing_proven(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(s3_safety, "_proven", set())


def lake_at(endpoint: str, bucket: str = BUCKET) -> LakeResource:
    return LakeResource(uri=f"s3://{bucket}/safety", endpoint_url=endpoint)


def test_an_endpoint_that_decides_races_passes_and_stays_clean(moto_endpoint: str) -> None:
    lake = LakeResource(uri=f"s3://{BUCKET}/clean", endpoint_url=moto_endpoint)
    assert moto_endpoint in lake.check()
    assert lake.filesystem().find(f"{BUCKET}/clean") == []


def test_an_endpoint_is_probed_once(moto_endpoint: str, monkeypatch: pytest.MonkeyPatch) -> None:
    probes: list[str] = []
    original = s3_safety._probe
    monkeypatch.setattr(
        s3_safety, "_probe", lambda storage: (probes.append(storage.bucket), original(storage))
    )
    table = lake_at(moto_endpoint).table("t", "d", "s")
    table.commit([table.write_part(numbers(1), DAY, "a")], DAY, numbers().schema, {})
    assert probes == [BUCKET]


@pytest.mark.parametrize(
    ("character", "seen"), [("careless", "accepted the second of two writers"), ("unable", "answers 501")]
)
def test_an_endpoint_that_ignores_the_condition_is_refused_before_any_write(
    character: str, seen: str
) -> None:
    with bad_s3(character) as server:
        table = lake_at(server.endpoint).table("t", "d", "s")
        for attempt in (
            lambda: table.write_part(numbers(1), DAY, "a"),
            lambda: table.commit([], DAY, numbers().schema, {}),
            lambda: lake_at(server.endpoint).scratch("run").put("state", b""),
            lake_at(server.endpoint).check,
        ):
            with pytest.raises(UnsafeEndpointError, match=seen) as caught:
                attempt()
            assert server.endpoint in caught.value.seen
            assert "answers 412 to If-None-Match" in caught.value.legal
        assert server.keys == set()


def test_a_missing_bucket_is_named(moto_endpoint: str) -> None:
    lake = lake_at(moto_endpoint, "nowhere")
    with pytest.raises(LakeError, match=r"bucket does not exist.*s3://nowhere.*create the bucket"):
        lake.check()
    with pytest.raises(LakeError, match="bucket does not exist"):
        lake.table("t", "d", "s").version()


def test_refused_credentials_are_named(moto_endpoint: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "INITIAL_NO_AUTH_ACTION_COUNT", 0)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "nobody")
    with pytest.raises(LakeError, match=r"access was refused.*check the AWS credentials"):
        lake_at(moto_endpoint).check()
    with pytest.raises(LakeError, match="access was refused"):
        lake_at(moto_endpoint).table("t", "d", "s").read(DAY)


def test_missing_credentials_are_named(moto_endpoint: str, monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    with pytest.raises(LakeError, match=r"No AWS credentials.*AWS_PROFILE"):
        lake_at(moto_endpoint).check()


def test_a_dead_port_is_a_transient_error_within_seconds() -> None:
    lake = lake_at(f"http://127.0.0.1:{free_ports(1)[0]}")
    table = lake.table("t", "d", "s")
    for attempt in (
        lake.check,
        table.version,
        lambda: table.storage.put("a", b""),
        lambda: table.storage.get("a"),
    ):
        began = time.monotonic()
        with pytest.raises(LakeUnreachableError, match="did not answer") as caught:
            attempt()
        assert caught.value.transient
        assert time.monotonic() - began < 15


def test_a_server_that_never_answers_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (s3_credentials, s3_safety):
        monkeypatch.setattr(module, "READ_SECONDS", 1)
    with bad_s3("silent") as server:
        table = lake_at(server.endpoint).table("t", "d", "s")
        for attempt in (table.version, lambda: table.write_part(numbers(1), DAY, "a")):
            began = time.monotonic()
            with pytest.raises(LakeUnreachableError):
                attempt()
            assert time.monotonic() - began < 10
