"""Appending to the audit log: races, kills, names that count once, sealing, and what is refused."""

import multiprocessing
import os
import signal
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from aug_assets.errors import AuditError, AuditRaceError, LakeError
from resources import audit, audit_store, clock
from resources.audit import AuditLog, audit_log
from resources.audit_store import Store
from resources.checkpoints import walk
from resources.lake import LakeResource


@pytest.fixture
def log(local: LakeResource) -> AuditLog:
    return audit_log(local, "lab")


@pytest.fixture
def local(tmp_path: Path) -> LakeResource:
    return LakeResource(uri=str(tmp_path / "lake"))


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit_store, "SPAN", 4)
    monkeypatch.setattr(audit, "SPAN", 4)


def fill(log: AuditLog, count: int) -> None:
    for number in range(count):
        log.append("run", {"number": number}, by="ann")


def sound(log: AuditLog) -> int:
    found = walk(log.lines.lines())
    assert found.bad == ""
    return found.count


def test_a_record_says_what_was_done_when_by_whom_and_why(log: AuditLog) -> None:
    with clock.standing_at(datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)):
        made = log.append("release", {"row": "ab", "n": 1}, by="ann", why="looked at it", once="x")
    assert (made.seq, made.at) == (0, "2026-01-02T03:04:05.000000+00:00")
    assert (made.action, made.subject, made.by, made.why) == (
        "release",
        {"row": "ab", "n": 1},
        "ann",
        "looked at it",
    )
    next_one = log.append("run", {}, by="bob")
    assert next_one.previous == made.digest
    assert list(log.records()) == [made, next_one]
    assert list(log.records(1)) == [next_one]


def test_tenants_have_a_log_each(local: LakeResource) -> None:
    fill(audit_log(local, "lab"), 2)
    assert audit_log(local, "other").append("run", {}, by="ann").seq == 0
    assert sorted(path.name for path in Path(local.uri).iterdir()) == ["lab", "other"]


def test_a_name_counts_once_whoever_asks_and_however_late(short: None, lake: LakeResource) -> None:
    log = audit_log(lake, "lab")
    first = log.append("publish", {"v": 1}, by="ann", once="a")
    assert log.append("publish", {"v": 2}, by="ann", once="a") == first
    fill(log, 6)
    assert audit_log(lake, "lab").append("publish", {"v": 3}, by="bob", once="a") == first
    assert sound(log) == 7


def test_a_name_whose_note_a_power_cut_emptied_counts_while_it_is_the_last(log: AuditLog) -> None:
    first = log.append("publish", {}, by="ann", once="a")
    log.store.create(audit._note("a"), b"")
    assert log.append("publish", {}, by="ann", once="a") == first


def test_full_spans_become_one_object_and_nothing_is_lost(log: AuditLog, short: None) -> None:
    fill(log, 10)
    assert log.store.names("spans") == ["000000000000", "000000000001"]
    assert log.store.names("records") == ["000000000008", "000000000009"]
    assert [one.subject["number"] for one in log.records()] == list(range(10))
    assert [one.seq for one in log.records(3)] == list(range(3, 10))
    assert sound(log) == 10


def test_a_kill_between_sealing_and_tidying_is_made_good(
    local: LakeResource, short: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = audit_log(local, "lab")
    with monkeypatch.context() as patch:
        patch.setattr(Store, "remove", lambda self, names: None)
        fill(log, 5)
    assert (sound(log), len(log.store.names("records"))) == (5, 5)
    fill(log, 3)
    assert (sound(log), log.store.names("records")) == (8, [])


def test_who_believes_in_an_old_end_does_not_win_where_a_span_was_sealed(
    log: AuditLog, short: None, local: LakeResource
) -> None:
    fill(log, 3)
    slow = audit_log(local, "lab")
    old, look = slow.lines.last(), [True]
    real = type(slow.lines).last
    slow.lines.__dict__["last"] = lambda: old if look and look.pop() else real(slow.lines)
    fill(log, 3)
    assert slow.append("run", {"late": True}, by="bob").seq == 6
    assert sound(log) == 7


def test_an_unsealed_log_goes_on_when_sealing_fails(
    local: LakeResource, short: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = audit_log(local, "lab")

    def fail(self: Any, span: int) -> None:
        raise LakeError("no")

    monkeypatch.setattr(audit_store.Records, "_seal", fail)
    fill(log, 9)
    assert sound(log) == 9


def _fork(work: Callable[[int], None], count: int) -> list[Any]:
    context = multiprocessing.get_context("fork")
    processes = [context.Process(target=work, args=(number,)) for number in range(count)]
    for process in processes:
        process.start()
    return processes


def test_four_processes_make_one_chain(local: LakeResource, short: None) -> None:
    def work(number: int) -> None:
        log = audit_log(local, "lab")
        for turn in range(10):
            log.append("run", {"by": number}, by=str(number), once=f"{number}/{turn}")
            log.append("run", {"shared": turn}, by=str(number), once=f"shared/{turn}")

    processes = _fork(work, 4)
    for process in processes:
        process.join(60)
    assert [process.exitcode for process in processes] == [0] * 4
    names = [one.once for one in audit_log(local, "lab").records()]
    assert sound(audit_log(local, "lab")) == 50
    assert len(set(names)) == 50


def test_an_object_is_created_once(lake: LakeResource) -> None:
    store = Store(lake.storage().sub("race"))
    assert [store.create("x", b"1"), store.create("x", b"2")] == [True, False]
    assert store.get("x") == b"1"
    assert store.get("y") is None


def test_a_killed_process_leaves_a_sound_log(local: LakeResource, short: None) -> None:
    def work(number: int) -> None:
        log = audit_log(local, "lab")
        while True:
            log.append("run", {"n": number}, by="ann", once=f"{time.monotonic_ns()}")

    for delay in (0.02, 0.031, 0.043, 0.057):
        (process,) = _fork(work, 1)
        time.sleep(delay)
        os.kill(process.pid, signal.SIGKILL)
        process.join(10)
        before = sound(audit_log(local, "lab"))
        assert audit_log(local, "lab").append("run", {}, by="bob").seq == before


def test_a_failed_write_is_an_error_and_leaves_nothing(
    local: LakeResource, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = audit_log(local, "lab")
    fill(log, 1)

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(audit_store.os, "fsync", full)
        with pytest.raises(LakeError, match="storage is full"):
            log.append("run", {}, by="ann")
    left = Path(log.store.storage.path("records")).iterdir()
    assert [file.name for file in left] == ["000000000000"]
    assert log.append("run", {}, by="ann").seq == 1


@pytest.mark.parametrize(
    ("action", "subject"), [("guess", {}), ("run", {"x": float("nan")}), ("run", {"x": {1, 2}})]
)
def test_what_is_no_record_is_refused(local: LakeResource, action: str, subject: dict[str, Any]) -> None:
    log = audit_log(local, "lab")
    with pytest.raises(AuditError):
        log.append(action, subject, by="ann")
    assert log.lines.last() == -1


def test_nothing_is_appended_to_an_end_that_was_edited(local: LakeResource) -> None:
    log = audit_log(local, "lab")
    fill(log, 2)
    file = Path(log.store.storage.path("records/000000000001"))
    file.write_bytes(file.read_bytes().replace(b'"ann"', b'"eve"'))
    with pytest.raises(AuditError, match=r"record 1 .* was edited"):
        audit_log(local, "lab").append("run", {}, by="ann")


def test_a_forged_name_does_not_keep_a_record_out(local: LakeResource) -> None:
    log = audit_log(local, "lab")
    fill(log, 2)
    log.store.create(audit._note("mine"), b"0")
    with pytest.raises(AuditError, match="a name that it has not"):
        log.append("run", {}, by="ann", once="mine")


def test_an_endless_race_ends(local: LakeResource, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "_ATTEMPTS", 3)
    monkeypatch.setattr(Store, "create", lambda self, name, data, lasting=True: False)
    with pytest.raises(AuditRaceError, match="3 attempts"):
        audit_log(local, "lab").append("run", {}, by="ann")
