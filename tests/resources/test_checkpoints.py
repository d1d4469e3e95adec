"""Each attack on an audit log, and what shows it; and that a clean log passes."""

import json
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from aug_assets.commands import audit as command
from aug_assets.errors import AuditError, LakeError
from aug_assets.lineage.chain import FIRST, canonical, parse, record
from resources import audit, audit_store, checkpoints, clock, signing
from resources.audit import AuditLog, audit_log
from resources.audit_store import Store
from resources.lake import LakeResource
from resources.lake_storage import Storage
from tests.servers import AWS_ENVIRONMENT

COUNT, SIGNED = 11, 7  # with spans of 4: two sealed, three single records


@pytest.fixture
def key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The key of this place, and its public half for the auditor."""
    for name in ("AUG_SIGNING_KEY_FILE", "AUG_VAULT_ADDR", "AUG_CHECKPOINTS", "AUG_CHECKPOINTS_DAYS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AUG_SIGNING_KEY", Ed25519PrivateKey.generate().private_bytes_raw().hex())
    file = tmp_path / "public.pem"
    file.write_text(signing.signer().public_pem())
    return file


@pytest.fixture
def log(tmp_path: Path, key: Path, monkeypatch: pytest.MonkeyPatch) -> AuditLog:
    """Eleven records, signed at seven and nine."""
    monkeypatch.setattr(audit_store, "SPAN", 4)
    monkeypatch.setattr(audit, "SPAN", 4)
    monkeypatch.setenv("AUG_LAKE", str(tmp_path / "lake"))
    monkeypatch.setenv("AUG_CHECKPOINTS", str(tmp_path / "elsewhere"))
    log = audit_log(LakeResource(), "lab")
    for number in range(COUNT):
        log.append("run", {"number": number}, by="ann")
        if number + 1 in {SIGNED, 9}:
            checkpoints.take(log, signing.signer())
    return log


def told(key: Path, *, well: bool = False) -> str:
    """What ``verify`` says, of which the first ill finding must come first here."""
    findings = command.verify("lab", key_files=[str(key)])
    assert all(one.well for one in findings) == well
    return "\n".join(f"{one.part}: {one.told}" for one in findings if one.well == well)


def where(log: AuditLog, name: str) -> Path:
    return Path(log.store.storage.path(name))


def rewrite(log: AuditLog, lines: list[bytes]) -> None:
    """What somebody does who can write all files of the log."""
    shutil.rmtree(where(log, "spans"))
    shutil.rmtree(where(log, "records"))
    where(log, "records").mkdir()
    for number, line in enumerate(lines):
        where(log, f"records/{number:012d}").write_bytes(line)


def forged(log: AuditLog, change: Callable[[int, dict[str, Any]], None]) -> list[bytes]:
    """A whole log with digests that fit."""
    previous, lines = FIRST, []
    for number, one in enumerate(log.records()):
        body = {name: value for name, value in vars(one).items() if name != "digest"} | {"previous": previous}
        change(number, body)
        made = record(body)
        previous = made.digest
        lines.append(made.line())
    return lines


def test_a_clean_log_verifies(log: AuditLog, key: Path) -> None:
    said = told(key, well=True)
    assert "chain: 11 records" in said
    assert "checkpoints in the lake: 2 signed, the last over 9 records; 2 records are younger" in said
    assert said.count("2 signed") == 2


@pytest.mark.parametrize("number", [2, 9])
def test_an_edited_record(log: AuditLog, key: Path, number: int) -> None:
    file = where(log, "spans/000000000000" if number == 2 else "records/000000000009")
    file.write_bytes(file.read_bytes().replace(b'{"number":%d}' % number, b'{"number":77}'))
    assert f"chain: record {number}: it was edited" in told(key)


def test_an_edited_record_with_a_digest_that_fits(log: AuditLog, key: Path) -> None:
    lines = [line for _, line in log.lines.lines()]
    body = json.loads(lines[3]) | {"by": "eve"}
    del body["digest"]
    lines[3] = record(body).line()
    rewrite(log, lines)
    assert "chain: record 4: it names" in told(key)


@pytest.mark.parametrize("number", [1, 3, 8])
def test_a_removed_record(log: AuditLog, key: Path, number: int) -> None:
    if number == 8:
        where(log, "records/000000000008").unlink()
    else:
        span = where(log, "spans/000000000000")
        lines = span.read_bytes().splitlines(keepends=True)
        span.write_bytes(b"".join(lines[:number] + lines[number + 1 :]))
    said = told(key)
    assert f"chain: record {number}" in said
    assert "missing" in said
    assert f"the log has {number} true records and had" in said


def test_a_removed_span(log: AuditLog, key: Path) -> None:
    where(log, "spans/000000000000").unlink()
    assert "chain: record 0 is missing" in told(key)


def test_reordered_records(log: AuditLog, key: Path) -> None:
    one, other = where(log, "records/000000000008"), where(log, "records/000000000009")
    swapped = one.read_bytes(), other.read_bytes()
    other.write_bytes(swapped[0])
    one.write_bytes(swapped[1])
    assert "chain: record 8: it is missing or moved: record 9 stands in its place" in told(key)


def test_a_record_that_is_there_twice(log: AuditLog, key: Path) -> None:
    span = where(log, "spans/000000000000")
    span.write_bytes(span.read_bytes() + parse(log.lines.get(4) or b"").line() + b"\n")
    assert "chain: record 5" in told(key)


def test_a_truncated_log(log: AuditLog, key: Path) -> None:
    shutil.rmtree(where(log, "records"))
    said = told(key)
    assert "chain" not in said
    assert said.count("the log has 8 true records and had 9 on") == 2
    assert "the first 7 records are as they were signed" in said


def test_a_log_that_was_written_anew(log: AuditLog, key: Path) -> None:
    def change(number: int, body: dict[str, Any]) -> None:
        if number == 8:
            body["by"] = "eve"

    rewrite(log, forged(log, change))
    said = told(key)
    assert "chain" not in said
    assert said.count("the first 9 records are not those that were signed") == 2
    assert said.count("the first 7 records are as they were signed") == 2
    with pytest.raises(AuditError, match="no checkpoint can be signed: the first 9 records are not those"):
        checkpoints.take(audit_log(LakeResource(), "lab"), signing.signer())


def sign_anew(log: AuditLog, stores: list[Store]) -> None:
    """What the forger signs with a key of its own."""
    own = Ed25519PrivateKey.generate()
    public = own.public_key().public_bytes_raw()
    for store in stores:
        shutil.rmtree(store.storage.path())
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("AUG_CHECKPOINTS")
        checkpoints.take(log, signing.Signer(signing.key_id(public), public, own.sign))


def test_checkpoints_of_another_key(log: AuditLog, key: Path) -> None:
    elsewhere = checkpoints.elsewhere("lab")
    assert elsewhere
    rewrite(log, forged(log, lambda number, body: body.update(by="eve")))
    sign_anew(log, [checkpoints.beside(log)])
    said = told(key)
    assert "checkpoints in the lake: 000000000011-" in said
    assert "it is signed with the unknown key" in said
    assert "the first 7 records are not those that were signed" in said


def test_a_checkpoint_that_claims_the_right_key(log: AuditLog, key: Path) -> None:
    name, line = checkpoints.stored(checkpoints.beside(log))[0]
    where(log, f"checkpoints/{name}").write_bytes(canonical(json.loads(line) | {"root": "ab" * 32}))
    assert "the signature is not of the key" in told(key)


def test_a_checkpoint_of_another_tenant(log: AuditLog, key: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("AUG_CHECKPOINTS")
        other = audit_log(LakeResource(), "other")
        other.append("run", {}, by="ann")
        checkpoints.take(other, signing.signer())
    (name, line), *_ = checkpoints.stored(checkpoints.beside(other))
    where(log, f"checkpoints/{name}").write_bytes(line)
    assert "it is of the tenant other" in told(key)


@pytest.mark.parametrize("data", [b"", b"{}"])
def test_a_checkpoint_that_is_none(log: AuditLog, key: Path, data: bytes) -> None:
    where(log, "checkpoints/000000000003-ab").write_bytes(data)
    assert "this is not a checkpoint" in told(key)


def test_a_log_without_a_checkpoint_is_not_well(log: AuditLog, key: Path) -> None:
    shutil.rmtree(where(log, "checkpoints"))
    assert "checkpoints in the lake: there is none" in told(key)


def test_without_a_key_nothing_is_believed(log: AuditLog, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AUG_SIGNING_KEY")
    ill = [one for one in command.verify("lab") if not one.well]
    assert [one.part.partition(" ")[0] for one in ill] == ["checkpoints"] * 2
    assert "known: none" in ill[0].told


def test_an_empty_log_is_not_signed(tmp_path: Path, key: Path) -> None:
    with pytest.raises(AuditError, match="the log is empty"):
        checkpoints.take(audit_log(LakeResource(uri=str(tmp_path / "lake")), "lab"), signing.signer())


@pytest.mark.parametrize("days", ["many", "-1", "30"])
def test_a_disk_cannot_lock(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, days: str) -> None:
    monkeypatch.setenv("AUG_CHECKPOINTS_DAYS", days)
    with pytest.raises(AuditError, match="cannot be locked"):
        checkpoints.elsewhere("lab", str(tmp_path))


# --- object lock ------------------------------------------------------------------------------------------
@pytest.fixture
def locked(moto_endpoint: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    import botocore.session

    for name, value in AWS_ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_ENDPOINT_URL", moto_endpoint)
    client = botocore.session.Session().create_client(
        "s3", region_name="us-east-1", endpoint_url=moto_endpoint
    )
    client.create_bucket(Bucket="lock", ObjectLockEnabledForBucket=True)
    yield client
    client.close()


def test_locked_checkpoints_cannot_be_removed(
    log: AuditLog, key: Path, locked: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from botocore.exceptions import ClientError

    monkeypatch.setenv("AUG_CHECKPOINTS", "s3://lock/signed")
    monkeypatch.setenv("AUG_CHECKPOINTS_DAYS", "30")
    with clock.standing_at(datetime.now(UTC)):
        made = checkpoints.take(log, signing.signer())
    store = checkpoints.elsewhere("lab")
    assert store
    name = f"signed/lab/{made.size:012d}-{made.key_id}"
    version = locked.head_object(Bucket="lock", Key=name)
    assert version["ObjectLockMode"] == "COMPLIANCE"
    assert 29 <= (version["ObjectLockRetainUntilDate"] - datetime.now(UTC)).days <= 30
    with pytest.raises(ClientError, match="AccessDenied"):
        locked.delete_object(Bucket="lock", Key=name, VersionId=version["VersionId"])
    assert "1 signed, the last over 11" in told(key, well=True)
    locked.delete_object(Bucket="lock", Key=name)  # hides it
    assert "1 signed, the last over 11" in told(key, well=True)
    locked.put_object(Bucket="lock", Key=name, Body=b"{}")
    assert "this is not a checkpoint" in told(key)
    with pytest.raises(LakeError):
        Store(Storage("s3://absent/x", store.storage.endpoint_url)).create("a", b"")
    assert next(log.records()).seq == 0
