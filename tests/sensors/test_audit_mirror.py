"""The sensor of the audit logs: what it copies, when it signs, and how it is switched off."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg
import pytest

from aug_assets.errors import AuditError
from resources import checkpoints, clock
from resources.audit import audit_log
from resources.event_mirror import CURSOR, NOBODY
from resources.lake import LakeResource
from sensors.audit_mirror import audit_mirror, sign_all

MORNING = datetime(2026, 1, 2, 8, tzinfo=UTC)


@pytest.fixture
def lake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LakeResource:
    for name in ("AUG_SIGNING_KEY_FILE", "AUG_VAULT_ADDR", "AUG_CHECKPOINTS", "AUG_DATASETS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AUG_SIGNING_KEY", "ab" * 32)
    lake = LakeResource(uri=str(tmp_path / "lake"))
    audit_log(lake, "payments").append("run", {}, by="ann")
    return lake


@pytest.fixture(scope="module")
def used(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.local_temp(str(tmp_path_factory.mktemp("home"))) as made:
        made.report_runless_asset_event(dg.AssetMaterialization(["payments", "x_source"]))
        made.report_runless_asset_event(dg.AssetMaterialization(["lonely"]))
        yield made


@pytest.fixture
def instance(used: dg.DagsterInstance) -> dg.DagsterInstance:
    """One of whose events nothing has been copied."""
    used.daemon_cursor_storage.set_cursor_values({CURSOR: "{}"})
    return used


def tick(instance: dg.DagsterInstance, lake: LakeResource, cursor: str | None) -> tuple[str, str | None]:
    context = dg.build_sensor_context(instance, cursor=cursor, resources={"lake": lake})
    data = audit_mirror().evaluate_tick(context)
    return data.skip_message or "", data.cursor


def signed(lake: LakeResource, tenant: str) -> int:
    return len(checkpoints.stored(checkpoints.beside(audit_log(lake, tenant))))


def test_it_copies_each_time_and_signs_once_a_day(instance: dg.DagsterInstance, lake: LakeResource) -> None:
    with clock.standing_at(MORNING):
        told, cursor = tick(instance, lake, None)
        assert (told, cursor) == ("2 events recorded; 2 logs signed", "2026-01-02")
        audit_log(lake, "payments").append("run", {}, by="ann")
        assert tick(instance, lake, cursor) == ("0 events recorded", cursor)
    with clock.standing_at(MORNING.replace(day=3)):
        assert tick(instance, lake, cursor) == ("0 events recorded; 2 logs signed", "2026-01-03")
    assert (signed(lake, "payments"), signed(lake, NOBODY)) == (2, 1)


def test_without_a_key_it_copies_and_says_so(
    instance: dg.DagsterInstance, lake: LakeResource, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AUG_SIGNING_KEY")
    told, _ = tick(instance, lake, None)
    assert told == "2 events recorded; not signed: there is no key to sign with"


def test_an_ill_log_keeps_no_other_from_being_signed(lake: LakeResource) -> None:
    audit_log(lake, "a").append("run", {}, by="ann")
    (Path(lake.uri) / "a" / "_audit" / "records" / "000000000000").write_bytes(b"{}")
    with pytest.raises(AuditError, match="record 0: it is not a record"):
        sign_all(lake, ["a", "payments", "none"])
    assert signed(lake, "payments") == 1


@pytest.mark.parametrize(("setting", "status"), [(None, "RUNNING"), ("OFF", "STOPPED")])
def test_it_runs_by_itself_unless_switched_off(
    monkeypatch: pytest.MonkeyPatch, setting: str | None, status: str
) -> None:
    monkeypatch.delenv("AUG_AUTOMATION", raising=False)
    if setting:
        monkeypatch.setenv("AUG_AUTOMATION", setting)
    assert audit_mirror().default_status.value == status
