"""Several writers of one table, and what a commit survives."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from deltalake import DeltaTable

from aug_assets.errors import CommitConflictError, LakeError
from resources import delta_commit, delta_log
from resources.delta_table import LakeTable
from tests.resources.samples import DAY, OTHER_DAY, numbers, put, values


def test_first_writers_of_a_table_lose_nothing(table: LakeTable) -> None:
    days = [{"date": f"2026-01-{day:02}"} for day in range(1, 9)]
    with ThreadPoolExecutor(8) as pool:
        versions = list(pool.map(lambda day: put(table, numbers(int(day["date"][-2:])), day), days))
    assert sorted(versions) == list(range(1, 9))
    assert [values(table, day) for day in days] == [[n] for n in range(1, 9)]


def test_of_two_writers_of_one_day_one_wins_whole(table: LakeTable) -> None:
    put(table, numbers(0), OTHER_DAY)
    parts = [[table.write_part(numbers(n, n), DAY, f"w{n}-{i}") for i in range(2)] for n in range(6)]
    with ThreadPoolExecutor(6) as pool:
        versions = list(pool.map(lambda mine: table.commit(mine, DAY, numbers().schema, {}), parts))
    for writer, version in enumerate(versions):
        assert values(table, version=version) == [writer] * 4
    assert len(set(versions)) == 6


def beaten_by_a_rival(table: LakeTable, monkeypatch: pytest.MonkeyPatch, times: int) -> None:
    """Let another writer commit between the moment a commit is computed and the moment it is tried."""
    original, rounds = delta_commit._try_commit, iter(range(times))

    def raced(opened: DeltaTable, change: delta_commit.Replacement) -> Exception | None:
        if (turn := next(rounds, None)) is not None:
            rival = delta_log.open_table(table.storage)
            part = table.write_part(numbers(turn), OTHER_DAY, f"rival{turn}")
            theirs = delta_commit.Replacement([part], OTHER_DAY, change.schema, ("date",), {})
            assert original(rival, theirs) is None
        return original(opened, change)

    monkeypatch.setattr(delta_commit, "_try_commit", raced)


def test_lost_races_are_tried_again(table: LakeTable, monkeypatch: pytest.MonkeyPatch) -> None:
    put(table, numbers(9), OTHER_DAY)
    beaten_by_a_rival(table, monkeypatch, times=3)
    assert put(table, numbers(1)) == 5
    assert (values(table), values(table, OTHER_DAY)) == ([1], [2])


def test_races_that_are_always_lost_end(table: LakeTable, monkeypatch: pytest.MonkeyPatch) -> None:
    put(table, numbers(9), OTHER_DAY)
    monkeypatch.setattr(delta_commit, "ATTEMPTS", 4)
    beaten_by_a_rival(table, monkeypatch, times=100)
    with pytest.raises(CommitConflictError, match="4 attempts") as caught:
        put(table, numbers(1))
    assert caught.value.transient
    assert table.partitions() == [OTHER_DAY]


def test_a_failure_that_is_no_race_ends_at_once(table: LakeTable, monkeypatch: pytest.MonkeyPatch) -> None:
    from deltalake.exceptions import CommitFailedError

    put(table, numbers(1))
    calls: list[int] = []

    def refuse(*_: object) -> Exception:
        calls.append(1)
        return CommitFailedError("the log says no")

    monkeypatch.setattr(delta_commit, "_try_commit", refuse)
    with pytest.raises(LakeError, match="the log says no"):
        put(table, numbers(2), name="b")
    assert len(calls) == 3


def test_failed_upkeep_does_not_deny_the_commit(
    table: LakeTable, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(*_: object) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr(delta_log, "CHECKPOINT_EVERY", 1)
    monkeypatch.setattr(DeltaTable, "create_checkpoint", full)
    assert put(table, numbers(1)) == 1
    assert "upkeep failed" in caplog.text
    assert values(table) == [1]


def test_checkpoints_are_made_and_old_versions_stay(
    table: LakeTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delta_log, "CHECKPOINT_EVERY", 3)
    for n in range(7):
        put(table, numbers(n), name=f"p{n}")
    log = table.storage.filesystem().ls(table.storage.path("_delta_log"), detail=False)
    assert sum(name.endswith(".checkpoint.parquet") for name in log) == 2
    assert [values(table, version=version) for version in range(1, 8)] == [[n] for n in range(7)]
