"""What a day leaves in the audit log, and that no step passes that could not write there."""

import copy
import shutil
from pathlib import Path
from typing import Any

import pytest

from aug_assets.assets import audited
from aug_assets.errors import LakeFullError
from resources import environment
from resources.audit import AuditLog, audit_log
from resources.checkpoints import walk
from resources.lake import LakeResource
from tests.assets.days import DAY, Days, Run


def test_a_published_day_and_its_quarantine_are_recorded(published: tuple[Days, Run]) -> None:
    days, run = published
    log = audit_log(days.lake, days.spec.tenant)
    assert walk(log.lines.lines()).bad == ""
    of_day = [one for one in log.records() if one.subject["run_id"] == run.run_id]
    source, *gates, publish = of_day
    assert [one.action for one in of_day] == ["quarantine", *["quarantine"] * len(gates), "publish"]
    assert source.subject["stage"] == "source"
    assert source.subject["rows"] == 3
    assert source.subject["reasons"]["min:amount"] == 2
    assert source.subject["version"] == run.metadata["source"]["quarantine_version"]
    made = run.metadata["validated"]
    told = {name: publish.subject[name] for name in ("dataset", "date", "version", "digest")}
    assert told == {
        "dataset": days.spec.id, "date": DAY, "version": made["delta_version"], "digest": made["digest"],
    }  # fmt: skip
    assert 0 < publish.subject["synthetic"] < publish.subject["rows"]
    assert publish.by == environment.user()


def test_a_step_whose_record_cannot_be_written_fails(
    published: tuple[Days, Run], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(published[0].folder / "lake", tmp_path / "lake")
    days = copy.copy(published[0])
    days.lake = LakeResource(uri=str(tmp_path / "lake"))
    append = AuditLog.append

    def full(self: AuditLog, what: str, *args: Any, **options: Any) -> Any:
        if what == "publish":
            raise LakeFullError("no space")
        return append(self, what, *args, **options)

    monkeypatch.setattr(AuditLog, "append", full)
    run = days.run("validated")
    assert run.errors == {"validated": "lake_full"}
    assert "validated" not in run.metadata


def test_a_retry_of_one_version_is_recorded_once(published: tuple[Days, Run], tmp_path: Path) -> None:
    days, _ = published
    lake = LakeResource(uri=str(tmp_path))

    class Context:
        partition_key = DAY

        class run:  # noqa: N801
            run_id = "again"
            tags = {"user": "ann", "refresh/reason": "drift"}  # noqa: RUF012

    held = days.held("source")
    for _ in range(2):
        audited.quarantined(Context, days.spec, lake, "source", held, 7)
    assert audited.quarantined(Context, days.spec, lake, "source", held.slice(0, 0), 8) == 8
    found = audit_log(lake, days.spec.tenant).records()
    assert [(one.by, one.why) for one in found] == [("ann", "drift")]
