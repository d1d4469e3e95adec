"""`aug audit`: the commands on a log, without a Dagster instance where none is needed."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from aug_assets.cli import app
from aug_assets.commands import audit as command
from resources import event_mirror, signing
from resources.audit import audit_log
from resources.lake import LakeResource


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A log of three records, and a home that must stay empty."""
    for name in ("AUG_SIGNING_KEY_FILE", "AUG_VAULT_ADDR", "AUG_CHECKPOINTS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AUG_SIGNING_KEY", "ab" * 32)
    monkeypatch.setenv("AUG_LAKE", str(tmp_path / "lake"))
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("COLUMNS", "200")
    log = audit_log(LakeResource(), "lab")
    for number in range(2):
        log.append("publish", {"date": f"2025-01-0{number + 1}", "rows": 5, "none": ""}, by="ann")
    log.append("access", {"row": "ab"}, by="bob", why="ticket 7")
    yield tmp_path
    assert not (tmp_path / "home").exists()


def said(*words: str, code: int = 0) -> str:
    done = CliRunner().invoke(app, ["audit", *words])
    assert done.exit_code == code, done.output
    return done.output


def test_sign_verify_and_find_the_first_bad_record(log: Path) -> None:
    assert "ill  checkpoints in the lake: there is none" in said("verify", "lab", code=1)
    assert said("checkpoint", "lab").startswith("3 records signed by ")
    (log / "public.pem").write_text(said("key"))
    assert signing.public_key(str(log / "public.pem")) == signing.signer().public_key
    offline = ("verify", "lab", "--public-key", str(log / "public.pem"))
    assert "well checkpoints in the lake: 1 signed" in said(*offline)
    said(*offline, "--checkpoints", str(log / "elsewhere"), code=1)
    record = log / "lake" / "lab" / "_audit" / "records" / "000000000001"
    record.write_bytes(record.read_bytes().replace(b"2025-01-02", b"2025-01-03"))
    assert "ill  chain: record 1: it was edited" in said(*offline, code=1)
    assert "no checkpoint can be signed: record 1" in said("checkpoint", "lab", code=1)


def test_show_lists_what_was_asked_for(log: Path) -> None:
    lines = said("show", "lab").splitlines()
    assert len(lines) == 3
    assert lines[0].endswith("publish     ann: date=2025-01-01 rows=5")
    assert lines[2].endswith("access      bob: row=ab (ticket 7)")
    (only,) = said("show", "lab", "--action", "access", "--json").splitlines()
    assert json.loads(only)["subject"] == {"row": "ab"}
    assert said("show", "lab", "--since", "2999-01-01") == ""


@pytest.mark.parametrize("words", [("verify", "none"), ("show", "none"), ("checkpoint", "none")])
def test_a_tenant_without_a_log_is_said(log: Path, words: tuple[str, ...]) -> None:
    assert "audit: the tenant has no audit log" in said(*words, code=1)


def test_sync_says_how_much_was_copied(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Instance:
        def __enter__(self) -> str:
            return "instance"

        def __exit__(self, *args: object) -> None: ...

    monkeypatch.setattr(command.home, "prepare", lambda: None)
    monkeypatch.setattr(command.home, "instance", Instance)
    monkeypatch.setattr(event_mirror, "mirror", lambda instance, lake: {"lab": 2, "_platform": 1})
    assert said("sync").splitlines() == ["_platform: 1 events", "lab: 2 events"]
