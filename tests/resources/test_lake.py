import json
import pickle
import stat
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import dagster as dg
import pytest

from aug_assets.errors import LakeError, UpstreamMissingError
from resources import s3_credentials
from resources.lake import LakeResource
from tests.resources.samples import DAY, numbers


@pytest.mark.parametrize("variable", ["AUG_LAKE", "DAGSTER_HOME"])
def test_the_address_comes_from_the_environment_when_used(
    variable: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("AUG_LAKE", raising=False)
    lake = LakeResource()
    monkeypatch.setenv(variable, str(tmp_path))
    assert lake.storage().uri == str(tmp_path if variable == "AUG_LAKE" else tmp_path / "lake")
    assert lake.storage_options() == {}


def test_without_any_address_the_next_step_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("AUG_LAKE", "DAGSTER_HOME"):
        monkeypatch.delenv(variable, raising=False)
    with pytest.raises(LakeError, match="set AUG_LAKE or DAGSTER_HOME"):
        LakeResource().storage()


@pytest.mark.parametrize("uri", ["gs://bucket/x", "s3://", "file://"])
def test_other_addresses_are_refused(uri: str) -> None:
    with pytest.raises(LakeError, match=r"not supported.*Legal: a local path"):
        LakeResource(uri=uri).storage()


def test_local_addresses_become_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert LakeResource(uri="lake").storage().uri == str(tmp_path / "lake")
    assert LakeResource(uri=f"file://{tmp_path}/x").storage().uri == str(tmp_path / "x")
    assert LakeResource(uri="s3://bucket/a/b/").storage().uri == "s3://bucket/a/b"


def test_a_pickled_lake_stays_where_it_was(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("AUG_LAKE", "s3://bucket/here")
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:1")
    parcel = pickle.dumps((LakeResource(), LakeResource().table("t", "d", "s")))
    monkeypatch.setenv("AUG_LAKE", str(tmp_path))
    monkeypatch.delenv("AWS_ENDPOINT_URL_S3")
    lake, table = pickle.loads(parcel)
    assert (lake.storage().uri, lake.storage().endpoint_url) == ("s3://bucket/here", "http://127.0.0.1:1")
    assert (table.uri, table.storage.endpoint_url) == ("s3://bucket/here/t/d/s", "http://127.0.0.1:1")


def test_dagster_hands_it_to_an_asset(tmp_path: Path) -> None:
    @dg.asset
    def written(lake: LakeResource) -> None:
        table = lake.table("t", "d", "s")
        table.commit([table.write_part(numbers(1), DAY, "a")], DAY, numbers().schema, {})

    lake = LakeResource(uri=str(tmp_path / "lake"))
    with dg.DagsterInstance.ephemeral(tempdir=str(tmp_path / "instance")) as instance:
        assert dg.materialize([written], resources={"lake": lake}, instance=instance).success
    assert lake.table("t", "d", "s").read(DAY)["n"].to_pylist() == [1]


@pytest.mark.parametrize("name", ["", "a/b", "..\\x", "a b"])
def test_names_that_leave_the_lake_are_refused(name: str, tmp_path: Path) -> None:
    lake = LakeResource(uri=str(tmp_path))
    for attempt in (lambda: lake.table(name, "d", "s"), lambda: lake.scratch(name)):
        with pytest.raises(LakeError, match="cannot be part of a path"):
            attempt()


def test_scratch_is_shared_and_removed(lake: LakeResource) -> None:
    mine, other = lake.scratch("run1"), lake.scratch("run2")
    other.put("state", b"theirs")
    name = mine.put("state", b"first")
    assert mine.put("state", b"second") == name
    assert pickle.loads(pickle.dumps(mine)).get(name) == b"second"
    mine.cleanup()
    mine.cleanup()
    with pytest.raises(UpstreamMissingError):
        mine.get(name)
    assert other.get("state") == b"theirs"


def test_a_file_that_is_written_again_is_never_seen_half(lake: LakeResource) -> None:
    scratch, contents = lake.scratch("run"), [bytes([byte]) * 3_000_000 for byte in (1, 2)]
    scratch.put("state", contents[0])
    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(lambda: [scratch.put("state", contents[turn % 2]) for turn in range(20)])
        while not writing.done():
            assert scratch.get("state") in contents
        writing.result()


def test_check_leaves_nothing_behind(lake: LakeResource) -> None:
    assert lake.storage().uri in lake.check()
    assert lake.filesystem().find(lake.storage().path()) == []


def test_a_place_that_cannot_be_a_directory_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(LakeError, match="Could not write an object"):
        LakeResource(uri=str(tmp_path / "file" / "lake")).check()


@pytest.fixture
def no_keys(aws: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setattr(s3_credentials, "_renewing", {})
    return tmp_path / "config"


def test_keys_of_a_program_reach_deltalake_and_are_asked_for_once(
    no_keys: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls, program = no_keys.with_name("calls"), no_keys.with_name("keys")
    answer = {"Version": 1, "AccessKeyId": "id", "SecretAccessKey": "key", "SessionToken": "token"}
    answer["Expiration"] = "2999-01-01T00:00:00Z"
    program.write_text(
        f"#!{sys.executable}\nopen({str(calls)!r}, 'a').write('x')\nprint({json.dumps(answer)!r})\n"
    )
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    no_keys.write_text(f"[profile vault]\nregion = eu-south-9\ncredential_process = {program}\n")
    monkeypatch.setenv("AWS_PROFILE", "vault")
    monkeypatch.delenv("AWS_REGION")
    lake = LakeResource(uri="s3://bucket/x", endpoint_url="http://127.0.0.1:1")
    options = [lake.storage_options() for _ in range(3)][-1]
    expected = {"AWS_ACCESS_KEY_ID": "id", "AWS_SECRET_ACCESS_KEY": "key", "AWS_SESSION_TOKEN": "token"}
    expected |= {
        "AWS_REGION": "eu-south-9",
        "AWS_ENDPOINT_URL": "http://127.0.0.1:1",
        "AWS_ALLOW_HTTP": "true",
    }
    assert options.items() >= expected.items()
    assert calls.read_text() == "x"


def test_changed_keys_are_used_at_once(aws: None, monkeypatch: pytest.MonkeyPatch) -> None:
    lake = LakeResource(uri="s3://bucket/x", endpoint_url="https://storage.example")
    assert lake.storage_options()["AWS_ALLOW_HTTP"] == "false"
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "rotated")
    assert lake.storage_options()["AWS_ACCESS_KEY_ID"] == "rotated"
    assert "AWS_SESSION_TOKEN" not in lake.storage_options()


def test_the_configuration_has_no_place_for_keys() -> None:
    assert set(LakeResource.model_fields) == {"uri", "endpoint_url"}
